"""Cutting a classifier open: its features, the outputs of its stages, another head."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.registry import did_you_mean

FEATURES = "features"
HEAD = "logits"


def stages(model: keras.Model) -> list[str]:
    """Return the names of the layers whose outputs are the stages of `model`, first to last.

    Every registered convolutional network and Transformer has them: ``stage1`` is what the first stage gives.
    """
    found = [layer.name for layer in model.layers if re.fullmatch(r"stage\d+", layer.name)]
    return sorted(found, key=lambda name: int(name.removeprefix("stage")))


def feature_extractor(model: keras.Model, at: str | Sequence[str] = FEATURES) -> keras.Model:
    """Return a model that gives what `model` computes inside; both share their weights.

    Args:
        model: a built Functional model.
        at: the name of a layer, ``"features"`` being the penultimate representation (n, d) of a classifier;
            ``"stages"`` for all stages; or a list of names. One name gives one output, otherwise a dict by name.

    Raises:
        ArgumentError: a layer that the model does not have, or a model without stages.
    """
    if at == "stages":
        at = stages(model)
        if not at:
            raise ArgumentError(
                f"at='stages' needs a model whose layers are named stage1, stage2 …: {model.name!r} has none."
            )
    if isinstance(at, str):
        return keras.Model(model.input, _output(model, at), name=f"{model.name}_{at}")
    return keras.Model(model.input, {name: _output(model, name) for name in at}, name=f"{model.name}_inside")


def replace_head(model: keras.Model, classes: int, *, name: str | None = None, trainable: bool = True) -> keras.Model:
    """Return a model with a new, freshly initialised head that gives (n, classes) logits.

    The rest is shared with `model`, weights included.

    Args:
        model: a built Functional model with a layer named ``features`` (n, d).
        classes: width of the new head.
        name: of the new model; by default the old one's.
        trainable: False freezes everything but the head.

    Raises:
        ArgumentError: no such layer, or a number of classes below 1.
    """
    if classes < 1:
        raise ArgumentError(f"classes must be at least 1. Received: {classes}.")
    features = _output(model, FEATURES)
    dtype = "float32" if keras.backend.standardize_dtype(features.dtype) in ("float16", "bfloat16") else None
    outputs = keras.layers.Dense(classes, name=HEAD, dtype=dtype)(features)
    replaced = keras.Model(model.input, outputs, name=name or model.name)
    for layer in replaced.layers if not trainable else ():
        layer.trainable = layer.name == HEAD
    return replaced


def _output(model: keras.Model, name: str) -> Any:
    names = [layer.name for layer in model.layers]
    if name not in names:
        raise ArgumentError(f"{model.name!r} has no layer {name!r}.{did_you_mean(name, names)}")
    return model.get_layer(name).output
