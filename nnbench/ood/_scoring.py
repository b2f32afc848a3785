"""Detectors on features and logits that are there already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.robustness import DETECTORS, Detector
from nnbench.metrics.arrays import class_labels
from nnbench.metrics.ranking import aupr, auroc, fpr_at_tpr
from nnbench.ood._features import FeaturePass

Detectors = Literal["all"] | Iterable[str] | Mapping[str, Detector]
"""Every registered detector, some by name with their defaults, or your own objects by the name in the result."""


@dataclass(frozen=True)
class Separation:
    """How well a detector tells one set from the in-distribution samples.

    Attributes:
        dataset: name of the out-of-distribution set.
        auroc, auroc_low, auroc_high: area under the ROC curve and DeLong's 95 % interval (NaN for a single sample); the
            same whichever side is called positive.
        aupr_oodpos: average precision with the out-of-distribution samples as positives.
        aupr_idpos: average precision with the in-distribution samples as positives.
        fpr95_oodpos: share of in-distribution samples at or above the highest threshold that at least 95 % of the
            out-of-distribution samples reach, OpenOOD's convention.
        n_id, n_ood: numbers of samples.
    """

    detector: str
    dataset: str
    auroc: float
    auroc_low: float
    auroc_high: float
    aupr_oodpos: float
    aupr_idpos: float
    fpr95_oodpos: float
    n_id: int
    n_ood: int


def score_detectors(
    detectors: Detectors,
    fit_pass: tuple[FeaturePass, Array] | None,
    id_pass: FeaturePass,
    ood_passes: Mapping[str, FeaturePass],
) -> list[Separation]:
    """Fit detectors and score every set once.

    Args:
        detectors: see `Detectors`.
        fit_pass: training samples and their labels (n,); without it, detectors that learn nothing can be used.
        id_pass: in-distribution samples that were not trained on.
        ood_passes: out-of-distribution samples by the name of the set.

    Returns:
        One separation per detector and set, in the order given.

    Raises:
        UnknownNameError: no such detector.
        ArgumentError: an empty set, labels that do not fit, or scores that are not finite.
        NotApplicableError: a detector needs features or training samples that are not there.
    """
    for name, samples in {"in_distribution": id_pass, **ood_passes}.items():
        if not len(samples):
            raise ArgumentError(f"{name} must hold at least one sample. Received: none.")
    rows = []
    for name, detector in _chosen(detectors).items():
        if fit_pass is not None:
            _fit(detector, *fit_pass)
        inside = _scores(name, detector, id_pass)
        rows += [_separation(name, key, inside, _scores(name, detector, p)) for key, p in ood_passes.items()]
    return rows


def _chosen(detectors: Detectors) -> Mapping[str, Detector]:
    if isinstance(detectors, Mapping):
        return detectors
    if isinstance(detectors, str) and detectors != "all":
        raise ArgumentError(f'detectors must be "all", names, or detectors by name. Received: {detectors!r}.')
    return {name: DETECTORS.get(name).create() for name in (DETECTORS if detectors == "all" else detectors)}


def _fit(detector: Detector, samples: FeaturePass, labels: Array) -> None:
    labels = class_labels(labels, samples.logits.shape[1])
    if labels.shape != (len(samples),):
        raise ArgumentError(f"labels must be ({len(samples)},). Received: {labels.shape}.")
    detector.fit(samples.features, samples.logits, labels)


def _scores(name: str, detector: Detector, samples: FeaturePass) -> Array:
    scores = np.asarray(detector.score(samples.features, samples.logits), np.float64)
    if scores.shape != (len(samples),) or not np.isfinite(scores).all():
        raise ArgumentError(
            f"detector {name!r} must give {len(samples)} finite scores. Received: shape {scores.shape}, "
            f"{np.isfinite(scores).sum()} finite."
        )
    return scores


def _separation(detector: str, dataset: str, inside: Array, outside: Array) -> Separation:
    area = auroc(inside, outside)
    return Separation(
        detector=detector,
        dataset=dataset,
        auroc=area.value,
        auroc_low=np.nan if area.low is None else area.low,
        auroc_high=np.nan if area.high is None else area.high,
        aupr_oodpos=aupr(inside, outside),
        aupr_idpos=aupr(-outside, -inside),
        fpr95_oodpos=fpr_at_tpr(inside, outside),
        n_id=len(inside),
        n_ood=len(outside),
    )
