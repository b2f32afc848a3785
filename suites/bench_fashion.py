"""Fashion-MNIST: one net per family, accuracy and robustness; the MNIST test images as foreign inputs.

command:   nnbench run fashion                       (profile quick: 12,000 of 60,000 training images, 3 seeds)
           nnbench run fashion --profile full        (all of them, 3 seeds)
data:      Fashion-MNIST through Keras; MNIST test images (mnist.npz or mnist-t10k-images.npz in the Keras home)
hardware:  two CPU cores, no GPU
time:      see reports/fashion, which holds this suite's results of such a machine
expected:  every case ok; in full, LeNet-5 at 91 % or better
seeds:     3
"""

from nnbench import Entry, Recipe, Suite

QUICK_SHARE = {"train_samples": 12_000, "test_samples": 2_000}


def recipe(name: str, rate: float, quick_epochs: int, full_epochs: int, *, batch_size: int = 128) -> Recipe:
    """Adam with a cosine schedule; the quick profile trains on a fifth of the images."""
    return Recipe(
        name=name,
        learning_rate=rate,
        schedule="cosine",
        batch_size=batch_size,
        epochs=full_epochs,
        steps_per_execution=8,
        attack_samples=1000,
        profiles={"quick": {"epochs": quick_epochs, "attack_samples": 256, **QUICK_SHARE}},
    )


suite = Suite(
    "fashion",
    [
        Entry("logistic_regression", "fashion_mnist", recipe("logistic", 2e-3, 10, 20)),
        Entry("mlp", "fashion_mnist", recipe("mlp", 1e-3, 10, 20)),
        Entry("lenet5", "fashion_mnist", recipe("lenet", 2e-3, 12, 25)),
        Entry("lenet5_relu", "fashion_mnist", recipe("lenet", 2e-3, 12, 25)),
        Entry("resnet20_cifar", "fashion_mnist", recipe("resnet", 2e-3, 4, 12)),
        Entry("lstm", "fashion_mnist", recipe("rows", 2e-3, 8, 15)),
        Entry("gru", "fashion_mnist", recipe("rows", 2e-3, 8, 15)),
        Entry("vit_mini", "fashion_mnist", recipe("vit", 1e-3, 8, 25)),
    ],
)
