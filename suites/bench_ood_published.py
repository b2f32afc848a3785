"""Digits 0 to 4 known, 5 to 9 foreign: oodeel's experiment beside the numbers that its notebooks print.

command:   nnbench run ood_published --out reports/ood_published     (the tests below then find the suite's attempts)
data:      MNIST (mnist.npz in the Keras home, or there in mnist/ the four original files); where it is not, the same
           with Fashion-MNIST's classes
hardware:  two CPU cores, no GPU
time:      under three minutes with Fashion-MNIST's classes, one seed
expected:  on MNIST every AUROC within .03 of the published one, over the seeds; on Fashion-MNIST no bound
seeds:     3

The net is `mnist_convnet`, trained with Adam 1e-3 for 5 epochs in batches of 128; detectors have oodeel's
hyperparameters. Two things differ: the net has 5 outputs, not 10 of which 5 are never right; and it is the one of the
last epoch, not of the epoch that does best on the test samples.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from nnbench import Entry, Published, Recipe, Suite

SOURCE = "oodeel's notebooks, MNIST 0-4 against 5-9"
BOUND = 0.03
SEEDS = 3

# AUROC and FPR95, the foreign samples being the positives.
PUBLISHED = {
    "msp": (0.939, 0.417),
    "max_logit": (0.931, 0.404),
    "energy": (0.929, 0.408),
    "odin": (0.899, 0.457),
    "gen": (0.927, 0.428),
    "mahalanobis": (0.893, 0.420),
    "she": (0.740, 0.647),
    "vim": (0.967, 0.124),
    "knn": (0.975, 0.092),
}


def mnist_is_there():
    """Whether the labelled files lie where they are looked for, found without importing Keras."""
    folder = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "datasets"
    return (folder / "mnist.npz").exists() or (folder / "mnist" / "train-images-idx3-ubyte.gz").exists()


WHOLE = "mnist" if mnist_is_there() else "fashion_mnist"
MODEL, DATASET = "mnist_convnet", f"{WHOLE}_0to4"
RECIPE = Recipe(name="oodeel", learning_rate=1e-3, epochs=5, batch_size=128, ood_samples=None)
EVALUATIONS = (
    "quality",
    *(f"ood:{name}" for name in PUBLISHED),
    f"against:{WHOLE}_5to9",
    "preset:oodeel",
)

suite = Suite(
    "ood_published",
    [
        Entry(
            MODEL,
            DATASET,
            RECIPE,
            evaluations=EVALUATIONS,
            published=[
                Published(f"{metric}_{name}", value, SOURCE)
                for name, values in PUBLISHED.items()
                for metric, value in zip(("ood_auroc", "ood_fpr95_oodpos"), values, strict=True)
            ],
        )
    ],
    seeds={"smoke": 1, "quick": SEEDS, "full": SEEDS},
    profile="full",
)


@pytest.fixture(scope="module")
def found():
    """The attempts of the suite, which run once, whichever test comes first."""
    return {}


@pytest.mark.parametrize("detector", PUBLISHED)
def test_beside_the_published(detector, found, nnbench, record_property):
    for seed in range(SEEDS):
        if seed not in found:
            found[seed] = nnbench(MODEL, DATASET, recipe=RECIPE, seed=seed, evaluations=EVALUATIONS)
    ours = [[a[f"{metric}_{detector}"] for metric in ("ood_auroc", "ood_fpr95_oodpos")] for a in found.values()]
    (auroc, fpr), published = np.mean(ours, axis=0), PUBLISHED[detector]
    record_property(
        detector,
        f"AUROC {auroc:.3f} (published {published[0]:.3f}), FPR95 {fpr:.3f} ({published[1]:.3f}) on {DATASET}",
    )
    if WHOLE == "mnist" and all(a.profile == "full" for a in found.values()):
        assert auroc == pytest.approx(published[0], abs=BOUND)
