"""The end that all classifiers share: a layer named ``features`` and one named ``logits``."""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras


def output_dtype() -> str | None:
    """Return float32 where the active policy computes in 16 bits, so that losses get full-precision logits."""
    return "float32" if keras.config.dtype_policy().compute_dtype in ("float16", "bfloat16") else None


def stage(x: Any, number: int) -> Any:
    """Return `x`, the output of stage `number` from 1, under the name ``stage1``, ``stage2`` … that extractors use."""
    return keras.layers.Identity(name=f"stage{number}")(x)


def logits(x: Any, classes: int, **options: Any) -> Any:
    """Return (..., classes) logits (regression: values) of `x` (..., width).

    Args:
        **options: of ``keras.layers.Dense``.
    """
    return keras.layers.Dense(classes, name="logits", dtype=output_dtype(), **options)(x)


def head(x: Any, classes: int, **options: Any) -> Any:
    """Return logits (batch, classes) of features `x` (batch, width), which get the name that detectors look for."""
    return logits(keras.layers.Identity(name="features")(x), classes, **options)
