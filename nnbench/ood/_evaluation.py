"""Detectors on a model, from samples to a frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.ood._features import FeatureExtractor
from nnbench.ood._scoring import Detectors, Observer, Separation, layer_rows, score_detectors

if TYPE_CHECKING:
    import pandas as pd


def evaluate(
    model: Any,
    *,
    fit: tuple[Array, Array] | None = None,
    in_distribution: Array,
    out_of_distribution: Mapping[str, Array],
    detectors: Detectors = "all",
    preset: str | None = None,
    feature_layer: str | None = None,
    batch_size: int = 128,
    observe: Observer = lambda *_: None,
) -> pd.DataFrame:
    """Tell out-of-distribution samples from in-distribution ones by a classifier's features and logits.

    Every set passes through the model once, whatever the number of detectors; what a few of them cannot do without is
    counted in the columns ``extra_forwards`` and ``extra_backwards``. No detector sees out-of-distribution samples
    before it scores them.

    Args:
        model: a built Functional or Sequential Keras model that gives logits (n, classes).
        fit: training samples (n, *shape) and integer labels (n,), for detectors that learn.
        in_distribution: (n, *shape) samples of the same kind that were not trained on.
        out_of_distribution: (n, *shape) samples of another kind, by the name of the set.
        detectors: ``"all"``, names such as ``["msp", "energy"]``, or detectors by name, such as ``{"hot": energy(
            temperature=10)}``.
        preset: whose hyperparameters detectors given by name take where libraries differ: ``"openood-1.5"``,
            ``"oodeel"``, ``"pytorch-ood"`` (0.4.0) or ``"paper"``; by default ours, which small networks do with too.
        feature_layer: the layer whose output is the features; by default ``"features"``, and where there is none what
            the linear head is given.
        batch_size: samples per pass; changes the speed alone.
        observe: called for each detector that applies as ``observe(detector, scores, foreign_scores)``, with the scores
            (n,) of the in-distribution set and those of each other set by its name.

    Returns:
        One row per detector and set, with the fields of `Separation` as columns. Scores are higher the more a sample
        looks out-of-distribution, and "oodpos" says that such samples are the positives. A detector that does not
        apply, as it needs training samples or a linear head that are not there, has NaN and the reason in its rows.

    Raises:
        UnknownNameError: no such detector.
        ArgumentError: an empty set, shapes that do not fit, or a model that gives probabilities or NaN.
        NotApplicableError: the model is not a classifier.
    """
    import pandas as pd

    shape = in_distribution.shape[1:]
    sets = {"in_distribution": in_distribution, **out_of_distribution, **({} if fit is None else {"fit": fit[0]})}
    for name, x in sets.items():
        if x.shape[1:] != shape:
            raise ArgumentError(f"{name} must be (n, {', '.join(map(str, shape))}). Received: {x.shape}.")
    detectors = detectors if isinstance(detectors, str | Mapping) else list(detectors)
    layers = layer_rows(detectors, preset)
    extract = FeatureExtractor(model, feature_layer=feature_layer, batch_size=batch_size, layers=layers)
    rows = score_detectors(
        detectors,
        None if fit is None else (extract(fit[0]), fit[1]),
        extract(in_distribution),
        {name: extract(x) for name, x in out_of_distribution.items()},
        preset=preset,
        observe=observe,
    )
    return pd.DataFrame(rows, columns=[field.name for field in fields(Separation)])
