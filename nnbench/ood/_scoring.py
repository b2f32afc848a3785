"""Detectors on features and logits that are there already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError, NotApplicableError
from nnbench.core.registry import did_you_mean
from nnbench.core.robustness import DETECTORS, Detector, Needs
from nnbench.metrics.arrays import class_labels
from nnbench.metrics.ranking import aupr, auroc, fpr_at_tpr
from nnbench.ood._features import FeaturePass, LayerRows

Detectors = Literal["all"] | Iterable[str] | Mapping[str, Detector]
"""Every registered detector, some by name with their defaults, or your own objects by the name in the result."""

Observer = Callable[[str, Array, Mapping[str, Array]], None]
"""``observe(detector, scores, foreign_scores)``: what a detector gave, for those who want more than its separations."""

ROWS = 2048
"""Samples that are scored at a time, so that a score's intermediate arrays stay small."""


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
        extra_forwards, extra_backwards: passes per scored sample beyond the one that all detectors share.
        not_applicable: why the detector does not apply, and the numbers are NaN; empty where it does.
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
    extra_forwards: float = 0.0
    extra_backwards: float = 0.0
    not_applicable: str = ""


def score_detectors(
    detectors: Detectors,
    fit_pass: tuple[FeaturePass, Array] | None,
    id_pass: FeaturePass,
    ood_passes: Mapping[str, FeaturePass],
    *,
    preset: str | None = None,
    observe: Observer = lambda *_: None,
) -> list[Separation]:
    """Fit detectors, one after the other, and score every set once.

    Args:
        detectors: see `Detectors`.
        fit_pass: training samples and their labels (n,); without it, detectors that learn do not apply.
        id_pass: in-distribution samples that were not trained on.
        ood_passes: out-of-distribution samples by the name of the set.
        preset, observe: see `nnbench.ood.evaluate`.

    Returns:
        One separation per detector and set, in the order given.

    Raises:
        UnknownNameError: no such detector.
        ArgumentError: an empty set, labels that do not fit, an unknown preset, or scores that are not finite.
    """
    for name, samples in {"in_distribution": id_pass, **ood_passes}.items():
        if not len(samples):
            raise ArgumentError(f"{name} must hold at least one sample. Received: none.")
    if fit_pass is not None:
        fit_pass = fit_pass[0], _labels(*fit_pass)
    rows: list[Separation] = []
    for name, create in chosen(detectors, preset):
        try:
            rows += _separations(name, create(), fit_pass, id_pass, ood_passes, observe)
        except NotApplicableError as reason:
            sizes = {key: len(samples) for key, samples in ood_passes.items()}
            rows += [_no_separation(name, key, len(id_pass), n, str(reason)) for key, n in sizes.items()]
    return rows


def chosen(detectors: Detectors, preset: str | None = None) -> Iterator[tuple[str, Callable[[], Detector]]]:
    """Give the names of detectors, and what creates each.

    Raises:
        UnknownNameError, ArgumentError: see `score_detectors`.
    """
    if isinstance(detectors, Mapping):
        return ((name, lambda d=detector: d) for name, detector in detectors.items())  # type: ignore[misc]
    if isinstance(detectors, str) and detectors != "all":
        raise ArgumentError(f'detectors must be "all", names, or detectors by name. Received: {detectors!r}.')
    _require_preset(preset)
    specs = [DETECTORS.get(name) for name in (DETECTORS if detectors == "all" else detectors)]
    options = {spec.name: spec.presets.get(preset or "", {}) for spec in specs}
    return ((spec.name, lambda s=spec: s.create(**options[s.name])) for spec in specs)  # type: ignore[misc]


def needs_of(detector: Any) -> Needs:
    """Return what a detector declares to need; nothing where it declares nothing."""
    return getattr(detector, "needs", Needs())


def layer_rows(detectors: Detectors, preset: str | None = None) -> set[LayerRows]:
    """Return the functions of inner layers that some detectors need rows of."""
    wanted = {needs_of(create()).layers for _, create in chosen(detectors, preset)}
    return {function for function in wanted if function is not None}


def fit_detector(detector: Detector, samples: FeaturePass, labels: Array) -> None:
    """Let a detector learn from training samples and their labels (n,).

    Raises:
        NotApplicableError: the samples lack what it needs.
    """
    features, needed = arguments(detector, samples)
    needed.pop("probe", None)
    detector.fit(features, samples.logits, labels, **needed)


def score_samples(detector: Detector, samples: FeaturePass) -> Array:
    """Return a detector's scores (n,) of samples, in float64.

    Raises:
        NotApplicableError: the samples lack what it needs.
        ArgumentError: scores that are not (n,) or not finite.
    """
    slices = (slice(start, start + ROWS) for start in range(0, len(samples), ROWS))
    return np.concatenate([_score_rows(detector, samples.rows(rows)) for rows in slices])


def _score_rows(detector: Detector, samples: FeaturePass) -> Array:
    features, needed = arguments(detector, samples)
    scores = np.asarray(detector.score(features, samples.logits, **needed), np.float64)
    if scores.shape != (len(samples),) or not np.isfinite(scores).all():
        raise ArgumentError(
            f"detector {type(detector).__name__!r} must give {len(samples)} finite scores. Received: shape "
            f"{scores.shape}, {np.isfinite(scores).sum()} finite."
        )
    return scores


def arguments(detector: Detector, samples: FeaturePass) -> tuple[Array, dict[str, Any]]:
    """Return the features, and beside features and logits the keyword arguments, that a detector is given to score.

    Raises:
        NotApplicableError: the samples lack what it needs.
    """
    needs, found = needs_of(detector), {}
    if needs.features and not samples.features.shape[1]:
        raise NotApplicableError("needs features; there are logits alone")
    if needs.head:
        found["head"] = _there(samples.head)
    if needs.layers is not None:
        found["layers"] = _there(samples.layers.get(needs.layers, "needs inner layers, which this pass did not keep"))
    if needs.probe:
        found["probe"] = _there(samples.probe or "needs further passes through a model; there are logits alone")
    inside = needs.head and samples.head_features is not None
    return samples.head_features if inside else samples.features, found  # type: ignore[return-value]


def _there(value: Any) -> Any:
    if isinstance(value, str):
        raise NotApplicableError(value)
    return value


def _labels(samples: FeaturePass, labels: Array) -> Array:
    labels = class_labels(labels, samples.logits.shape[1])
    if labels.shape != (len(samples),):
        raise ArgumentError(f"labels must be ({len(samples)},). Received: {labels.shape}.")
    return labels


def _require_preset(preset: str | None) -> None:
    known = sorted({key for name in DETECTORS for key in DETECTORS.get(name).presets})
    if preset is not None and preset not in known:
        raise ArgumentError(
            f"preset must be None or one of {', '.join(known)}. Received: {preset!r}.{did_you_mean(preset, known)}"
        )


def _separations(
    name: str,
    detector: Detector,
    fit_pass: tuple[FeaturePass, Array] | None,
    id_pass: FeaturePass,
    ood_passes: Mapping[str, FeaturePass],
    observe: Observer,
) -> list[Separation]:
    if fit_pass is not None:
        fit_detector(detector, *fit_pass)
    elif needs_of(detector).training:
        raise NotApplicableError("learns from training samples, and fit is None")
    before = _passes(id_pass)
    inside = _named(name, detector, id_pass)
    outside = {key: _named(name, detector, samples) for key, samples in ood_passes.items()}
    observe(name, inside, outside)
    n = len(inside) + sum(map(len, outside.values()))
    extra = [(now - then) / n for now, then in zip(_passes(id_pass), before, strict=True)]
    return [_separation(name, key, inside, scores, extra) for key, scores in outside.items()]


def _named(name: str, detector: Detector, samples: FeaturePass) -> Array:
    try:
        return score_samples(detector, samples)
    except ArgumentError as error:
        raise ArgumentError(f"{name!r}: {error}") from error


def _passes(samples: FeaturePass) -> tuple[int, int]:
    return (samples.probe.passes.forwards, samples.probe.passes.backwards) if samples.probe else (0, 0)


def _separation(detector: str, dataset: str, inside: Array, outside: Array, extra: list[float]) -> Separation:
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
        extra_forwards=extra[0],
        extra_backwards=extra[1],
    )


def _no_separation(detector: str, dataset: str, n_id: int, n_ood: int, reason: str) -> Separation:
    known = {"detector": detector, "dataset": dataset, "n_id": n_id, "n_ood": n_ood, "not_applicable": reason}
    return Separation(**{f.name: np.nan for f in fields(Separation)} | known)  # type: ignore[arg-type]
