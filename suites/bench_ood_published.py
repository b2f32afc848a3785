"""Digits 0 to 4 known, 5 to 9 foreign: oodeel's experiment beside the numbers that its notebooks print.

command:   nnbench run ood_published --out reports/ood_published     (the tests below then find the suite's attempts)
data:      MNIST (mnist.npz in the Keras home, or there in mnist/ the four original files); where it is not, the same
           with Fashion-MNIST's classes
hardware:  two CPU cores, no GPU
time:      four minutes
expected:  on MNIST every AUROC within .03 of the published one, over the seeds; on Fashion-MNIST no bound
seen:      MSP .930, max logit .914, energy .911, ODIN .878, GEN .914, Mahalanobis .876, ViM .961, KNN .971, SHE .728
seeds:     3

The net is `mnist_convnet`, trained with Adam 1e-3 for 5 epochs in batches of 128, and with 10 outputs of which 5 are
never right; detectors have oodeel's hyperparameters. It is the one of the last epoch, there that of the epoch that does
best on the test samples. SHE's number is of another net, an MLP of 300 and 150 units, and there it joins the scores of
both layers; here it is that of the second.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from nnbench import Entry, Published, Recipe, Suite

SOURCE = "oodeel's notebooks, MNIST 0-4 against 5-9"
BOUND = 0.03
SEEDS = 3


@dataclass(frozen=True)
class Notebook:
    """A network, and what detectors reach on it: AUROC and FPR95, the foreign samples being the positives."""

    model: str
    overrides: dict
    published: dict

    @property
    def evaluations(self):
        """What is asked of each of its attempts."""
        detectors = (f"ood:{name}" for name in self.published)
        return ("quality", *detectors, f"against:{WHOLE}_5to9", "preset:oodeel")

    def entry(self):
        """Its line of the suite."""
        values = [
            Published(f"{metric}_{name}", value, SOURCE)
            for name, pair in self.published.items()
            for metric, value in zip(METRICS, pair, strict=True)
        ]
        return Entry(self.model, DATASET, RECIPE, self.overrides, published=values, evaluations=self.evaluations)


METRICS = ("ood_auroc", "ood_fpr95_oodpos")
NOTEBOOKS = (
    Notebook(
        "mnist_convnet",
        {"classes": 10},
        {
            "msp": (0.939, 0.417),
            "max_logit": (0.931, 0.404),
            "energy": (0.929, 0.408),
            "odin": (0.899, 0.457),
            "gen": (0.927, 0.428),
            "mahalanobis": (0.893, 0.420),
            "vim": (0.967, 0.124),
            "knn": (0.975, 0.092),
        },
    ),
    Notebook("mlp", {"classes": 10, "widths": (300, 150)}, {"she": (0.740, 0.647)}),
)


def mnist_is_there():
    """Whether the labelled files lie where they are looked for, found without importing Keras."""
    folder = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "datasets"
    return (folder / "mnist.npz").exists() or len(list((folder / "mnist").glob("*-ubyte.gz"))) == 4


WHOLE = "mnist" if mnist_is_there() else "fashion_mnist"
DATASET = f"{WHOLE}_0to4"
RECIPE = Recipe(name="oodeel", learning_rate=1e-3, epochs=5, batch_size=128, ood_samples=None)

suite = Suite(
    "ood_published",
    [notebook.entry() for notebook in NOTEBOOKS],
    seeds={"smoke": 1, "quick": SEEDS, "full": SEEDS},
    profile="full",
)


@pytest.fixture(scope="module")
def found():
    """The attempts by model and seed, which run once, whichever test comes first."""
    return {}


@pytest.mark.parametrize(
    ("notebook", "detector"), [pytest.param(n, name, id=name) for n in NOTEBOOKS for name in n.published]
)
def test_beside_the_published(notebook, detector, found, nnbench, record_property):
    for seed in range(SEEDS):
        if (notebook.model, seed) not in found:
            options = {"overrides": notebook.overrides, "evaluations": notebook.evaluations}
            found[notebook.model, seed] = nnbench(notebook.model, DATASET, recipe=RECIPE, seed=seed, **options)
    attempts = [found[notebook.model, seed] for seed in range(SEEDS)]
    auroc, fpr = np.mean([[a[f"{metric}_{detector}"] for metric in METRICS] for a in attempts], axis=0)
    published = notebook.published[detector]
    record_property(
        detector,
        f"AUROC {auroc:.3f} (published {published[0]:.3f}), FPR95 {fpr:.3f} ({published[1]:.3f}) on {DATASET}",
    )
    if WHOLE == "mnist" and all(a.profile == "full" for a in attempts):
        assert auroc == pytest.approx(published[0], abs=BOUND)
