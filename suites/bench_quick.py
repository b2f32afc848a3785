"""Every family on embedded data, in minutes and without a network.

command:   nnbench run quick          (or: pytest suites/bench_quick.py)
hardware:  two CPU cores, no GPU
time:      see reports/quick, which holds this suite's results of such a machine
expected:  every case ok; MNIST-1D within 5 points of the published accuracies
seeds:     3
"""

from dataclasses import replace

from nnbench import Entry, Published, Recipe, Suite

GREYDANUS = "Greydanus and Kobak 2024"

# MNIST-1D's own protocol is Adam 1e-2, batch 100, 6000 steps: bench_mnist1d. These are a fifth of that.
SHORT = Recipe(name="short", learning_rate=1e-2, schedule="cosine", batch_size=100, steps=1200, steps_per_execution=20)
ORDERED = replace(SHORT, name="ordered", shuffle=False)  # as the published code leaves the samples
STEEP = replace(SHORT, name="steep", learning_rate=2e-2)
RECURRENT = replace(STEEP, name="recurrent", steps=1000)
TABLE = Recipe(name="table", learning_rate=1e-2, schedule="cosine", batch_size=16, epochs=15, steps_per_execution=8)
CURVED = Recipe(name="curved", learning_rate=5e-3, schedule="cosine", batch_size=64, epochs=40, steps_per_execution=32)
IMAGE = Recipe(name="image", learning_rate=5e-3, schedule="cosine", batch_size=32, epochs=12, steps_per_execution=15)
TEXT = Recipe(name="text", learning_rate=3e-3, schedule="cosine", batch_size=32, epochs=3, train_samples=3200,
              test_samples=320, steps_per_execution=10)  # fmt: skip
POINTS = Recipe(name="points", learning_rate=1e-2, schedule="cosine", optimizer_options={"beta_1": 0.5, "beta_2": 0.9},
                batch_size=256, epochs=15, train_samples=25_600)  # fmt: skip

suite = Suite(
    "quick",
    [
        Entry("perceptron", "two_moons", TABLE),
        Entry("mlp_tiny", "xor", TABLE),
        Entry("logistic_regression", "iris", TABLE),
        Entry("linear_regression", "diabetes", TABLE),
        Entry("mnist1d_logistic", "mnist1d", SHORT, published=Published("accuracy", 0.32, GREYDANUS)),
        Entry("mnist1d_mlp", "mnist1d", ORDERED, published=Published("accuracy", 0.68, GREYDANUS)),
        Entry("mlp", "spirals", CURVED),
        Entry("mlp", "breast_cancer", TABLE),
        Entry("mlp", "wine", TABLE),
        Entry("mnist1d_cnn", "mnist1d", STEEP, published=Published("accuracy", 0.94, GREYDANUS)),
        Entry("cnn_small", "digits", replace(IMAGE, learning_rate=2e-3, epochs=6)),
        Entry("mnist1d_gru", "mnist1d", RECURRENT, published=Published("accuracy", 0.91, GREYDANUS)),
        Entry("lstm_tiny", "digits", IMAGE),
        Entry("transformer_tiny", "digits", IMAGE),
        Entry("gpt_tiny", "python_docs_char", TEXT),
        Entry("mlp_gan_small", "ring8", POINTS),
        Entry("mlp_gan_small", "grid25", POINTS),
    ],
)
