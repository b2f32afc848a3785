"""MNIST-1D by its published protocol: Adam 1e-2, batch 100, 6000 steps, no shuffling (Greydanus and Kobak 2024).

command:   nnbench run mnist1d
hardware:  two CPU cores, no GPU
time:      see reports/mnist1d, which holds this suite's results of such a machine
expected:  means over 3 seeds within 2 points of logistic 32, MLP 68, CNN 94, GRU 91 %
seeds:     3
"""

from nnbench import Entry, Published, Recipe, Suite

SOURCE = "Greydanus and Kobak 2024"
PROTOCOL = Recipe(
    name="published", learning_rate=1e-2, batch_size=100, steps=6000, shuffle=False, steps_per_execution=20
)
PUBLISHED = {"mnist1d_logistic": 0.32, "mnist1d_mlp": 0.68, "mnist1d_cnn": 0.94, "mnist1d_gru": 0.91}

suite = Suite(
    "mnist1d",
    [
        Entry(model, "mnist1d", PROTOCOL, published=Published("accuracy", value, SOURCE))
        for model, value in PUBLISHED.items()
    ],
)
