"""Fashion-MNIST: one net per family, accuracy and robustness; the MNIST test images as foreign inputs.

command:   nnbench run fashion                       (profile quick: 12,000 of 60,000 training images, 3 seeds)
           nnbench run fashion --profile full        (all of them, 3 seeds)
data:      Fashion-MNIST through Keras; MNIST test images (mnist.npz or mnist-t10k-images.npz in the Keras home)
hardware:  two CPU cores, no GPU
time:      see reports/fashion, which holds this suite's results of such a machine
expected:  every case ok; in full, LeNet-5 at 91 % or better
seeds:     3
"""

from dataclasses import replace

from nnbench import Entry, Recipe, Suite

QUICK_SHARE = {"train_samples": 12_000, "test_samples": 2_000}


BASE = Recipe(
    optimizer="adamw",
    optimizer_options={"weight_decay": 0.05},
    schedule="cosine",
    augment=("flip",),
    steps_per_execution=8,
    attack_samples=1000,
)


def recipe(name: str, rate: float, *, quick: int, full: int) -> Recipe:
    """The base with a rate and a number of epochs; the quick profile trains on a fifth of the images."""
    profiles = {"quick": {"epochs": quick, "attack_samples": 256, **QUICK_SHARE}}
    return replace(BASE, name=name, learning_rate=rate, epochs=full, profiles=profiles)


suite = Suite(
    "fashion",
    [
        Entry("logistic_regression", "fashion_mnist", recipe("logistic", 2e-3, quick=10, full=20)),
        Entry("mlp", "fashion_mnist", recipe("mlp", 1e-3, quick=10, full=20)),
        Entry("lenet5", "fashion_mnist", recipe("lenet", 3e-3, quick=12, full=25)),
        Entry("lenet5_relu", "fashion_mnist", recipe("lenet", 3e-3, quick=12, full=25)),
        Entry("resnet20_cifar", "fashion_mnist", recipe("resnet", 2e-3, quick=4, full=12)),
        Entry("lstm", "fashion_mnist", recipe("rows", 2e-3, quick=8, full=15)),
        Entry("gru", "fashion_mnist", recipe("rows", 2e-3, quick=8, full=15)),
        Entry("vit_mini", "fashion_mnist", recipe("vit", 1e-3, quick=8, full=25)),
    ],
)
