"""Tables: four of the smallest that scikit-learn ships, and California housing.

- Breast cancer: Street, Wolberg, Mangasarian (1993). Wine: Aeberhard, Coomans, de Vel (1992). Iris: Fisher (1936).
- Diabetes: Efron, Hastie, Johnstone, Tibshirani (2004), Least Angle Regression.
- California housing: Pace, Barry (1997), Sparse Spatial Autoregressions.

Features are float32, each scaled to mean 0 and deviation 1 by the training split, so perturbations are in standard
deviations. Bounds hold the extremes of the splits of the first 10,000 seeds; a value beyond would be clipped. Targets
of regression are scaled likewise: an error times ``extras["target_std"]`` is in the original unit.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnbench.core.dataset import Array, AttackSetting, Split, register_dataset
from nnbench.core.lazy import keras
from nnbench.datasets._files import KERAS_MIRROR, DataFile, hashes, through_keras
from nnbench.datasets._splits import divide, held_out_size, standardised, standardised_targets

Regression = tuple[Split, Split, Mapping[str, Array]]

ATTACK = AttackSetting("linf", epsilon=0.1, steps=20, step_size=0.0125)
OUT_OF_DISTRIBUTION = ("shift:permuted_features",)

BREAST_CANCER_BOUNDS = (-4.0, 18.0)
WINE_BOUNDS = (-5.0, 7.0)
IRIS_BOUNDS = (-4.0, 4.0)
DIABETES_BOUNDS = (-4.0, 5.0)
# Blocks of up to 35,682 people stand beside a mean of 1,425 and a deviation of 1,132.
CALIFORNIA_BOUNDS = (-4.0, 40.0)
CALIFORNIA = DataFile(
    "california_housing.npz",
    "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
    f"{KERAS_MIRROR}california_housing.npz",
)


@register_dataset(
    "breast_cancer",
    kind="table",
    task="classification",
    shape=(30,),
    classes=2,
    bounds=BREAST_CANCER_BOUNDS,
    sizes=held_out_size(569),
    source="https://archive.ics.uci.edu/dataset/17/breast+cancer+wisconsin+diagnostic",
    licence="CC-BY-4.0",
    attack=ATTACK,
    out_of_distribution=OUT_OF_DISTRIBUTION,
)
def breast_cancer(seed: int) -> tuple[Split, Split]:
    """Cell nuclei of tumours, malignant or benign, one in five held out by class."""
    from sklearn.datasets import load_breast_cancer

    return _classified(load_breast_cancer(return_X_y=True), seed, BREAST_CANCER_BOUNDS)


@register_dataset(
    "wine",
    kind="table",
    task="classification",
    shape=(13,),
    classes=3,
    bounds=WINE_BOUNDS,
    sizes=held_out_size(178),
    source="https://archive.ics.uci.edu/dataset/109/wine",
    licence="CC-BY-4.0",
    attack=ATTACK,
    out_of_distribution=OUT_OF_DISTRIBUTION,
)
def wine(seed: int) -> tuple[Split, Split]:
    """Chemical analyses of wines by cultivar, one in five held out by class."""
    from sklearn.datasets import load_wine

    return _classified(load_wine(return_X_y=True), seed, WINE_BOUNDS)


@register_dataset(
    "iris",
    kind="table",
    task="classification",
    shape=(4,),
    classes=3,
    bounds=IRIS_BOUNDS,
    sizes=held_out_size(150),
    source="https://archive.ics.uci.edu/dataset/53/iris",
    licence="CC-BY-4.0",
    attack=ATTACK,
    out_of_distribution=OUT_OF_DISTRIBUTION,
)
def iris(seed: int) -> tuple[Split, Split]:
    """Measures of iris flowers by species, one in five held out by class."""
    from sklearn.datasets import load_iris

    return _classified(load_iris(return_X_y=True), seed, IRIS_BOUNDS)


@register_dataset(
    "diabetes",
    kind="table",
    task="regression",
    shape=(10,),
    classes=1,
    bounds=DIABETES_BOUNDS,
    sizes=held_out_size(442),
    source="https://www4.stat.ncsu.edu/~boos/var.select/diabetes.html",
    licence="none stated",
)
def diabetes(seed: int) -> Regression:
    """Progression of diabetes within a year, in deviations of a score from 25 to 346, one in five held out."""
    from sklearn.datasets import load_diabetes

    x, y = load_diabetes(return_X_y=True, scaled=False)
    return standardised_targets(*standardised(*divide(x, y, seed, stratified=False), DIABETES_BOUNDS))


@register_dataset(
    "california_housing",
    kind="table",
    task="regression",
    shape=(8,),
    classes=1,
    bounds=CALIFORNIA_BOUNDS,
    sizes={"train": 16_512, "test": 4_128},
    source="https://www.dcc.fc.up.pt/~ltorgo/Regression/cal_housing.html",
    licence="none stated",
    files=hashes(CALIFORNIA),
)
def california_housing(_seed: int) -> Regression:
    """Median value of houses in Californian blocks of 1990, in deviations of dollars, Keras's splits."""
    train, test = through_keras((CALIFORNIA,), keras.datasets.california_housing.load_data)
    return standardised_targets(*standardised(_wide(*train), _wide(*test), CALIFORNIA_BOUNDS))


def _classified(arrays: tuple[Array, Array], seed: int, bounds: tuple[float, float]) -> tuple[Split, Split]:
    x, y = arrays
    return standardised(*divide(x, y.astype(np.int32), seed, stratified=True), bounds)


def _wide(x: Array, y: Array) -> Split:
    """Return a split in float64: the moments of a column of large values lose digits in float32."""
    return Split(x.astype(np.float64), y.astype(np.float64))
