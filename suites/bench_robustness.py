"""How much of its accuracy a net of each family keeps under attack and on corrupted inputs; and one trained for it.

command:   nnbench run robustness                    (profile quick: 12,000 of 60,000 training images, 1 seed)
           nnbench run robustness --profile full     (all images, 1000 attacked samples, 3 seeds)
data:      MNIST-1D, embedded; Fashion-MNIST through Keras
hardware:  two CPU cores, no GPU
time:      quick: five minutes on two CPU cores, see reports/robustness
expected:  on Fashion-MNIST at ε .1 (linf) AutoAttack leaves the usual nets an eighth or less, and the CNN that was
           trained against it more than half, little less than PGD does; every attack reliable
n:         128 samples under attack (quick), 1000 (full); corruptions on the same samples, 5 severities each
"""

from dataclasses import replace

from nnbench import Entry, Recipe, RobustTraining, Suite

EVALUATIONS = ("quality", "throughput", "attack:pgd", "curve:pgd", "attack:autoattack", "corruptions")

SIGNALS = Recipe(name="short", learning_rate=1e-2, schedule="cosine", batch_size=100, steps=1200,
                 steps_per_execution=20, attack_samples=1000, profiles={"quick": {"attack_samples": 128}})  # fmt: skip
STEEP = replace(SIGNALS, name="steep", learning_rate=2e-2)
GENTLE = replace(SIGNALS, name="gentle", learning_rate=2e-3)

QUICK = {"train_samples": 12_000, "test_samples": 2_000, "attack_samples": 128}
CLOTHES = Recipe(schedule="cosine", steps_per_execution=8, attack_samples=1000)
# Robust nets need width (Madry et al. 2018, section 4): these are between LeNet-5's 6 and 16 maps and their 32 and 64.
SMALL_CNN = {"maps": (16, 32)}


def clothes(name: str, rate: float, *, quick: int, full: int, **changes: object) -> Recipe:
    """A rate and a number of epochs; the quick profile trains on a fifth of the images."""
    profiles = {"quick": {"epochs": quick, **QUICK}}
    return replace(CLOTHES, name=name, learning_rate=rate, epochs=full, profiles=profiles, **changes)


def entry(model: str, dataset: str, recipe: Recipe, **overrides: object) -> Entry:
    """A net with all evaluations."""
    return Entry(model, dataset, recipe, overrides=overrides, evaluations=EVALUATIONS)


# Wong, Rice & Kolter (2020): one step of 1.25 ε from a random point, watched for a collapse.
ROBUST = RobustTraining("fast", epsilon=0.1)

suite = Suite(
    "robustness",
    [
        entry("mnist1d_logistic", "mnist1d", SIGNALS),
        entry("mnist1d_mlp", "mnist1d", SIGNALS),
        entry("mnist1d_cnn", "mnist1d", STEEP),
        entry("mnist1d_gru", "mnist1d", STEEP),
        entry("transformer_encoder", "mnist1d", GENTLE, width=32),
        entry("logistic_regression", "fashion_mnist", clothes("usual", 2e-3, quick=5, full=20)),
        entry("mlp", "fashion_mnist", clothes("usual", 1e-3, quick=5, full=20)),
        entry("lenet5_relu", "fashion_mnist", clothes("usual", 2e-3, quick=5, full=20), **SMALL_CNN),
        entry("gru", "fashion_mnist", clothes("usual", 2e-3, quick=4, full=15), units=64),
        entry("vit_mini", "fashion_mnist", clothes("usual", 1e-3, quick=5, full=25)),
        entry("lenet5_relu", "fashion_mnist", clothes("robust", 2e-3, quick=15, full=30, robust=ROBUST), **SMALL_CNN),
    ],
    seeds={"smoke": 1, "quick": 1, "full": 3},
)
