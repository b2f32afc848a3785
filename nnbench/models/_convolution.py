"""Convolutions as the papers pad them: the same number of zeros on every side, also where the stride is above 1."""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras


def convolution(x: Any, filters: int, kernel: int, *, strides: int = 1, padding: int = 0, **options: Any) -> Any:
    """Return the convolution of a signal (batch, n, c) or an image (batch, h, w, c), of `padding` zeros on every side.

    Keras's own ``"same"`` puts more zeros at the end than at the start when it strides over an even side.

    Args:
        **options: of the Keras layer.
    """
    rank = len(x.shape) - 2
    padding_layer = {1: keras.layers.ZeroPadding1D, 2: keras.layers.ZeroPadding2D}[rank]
    layer = {1: keras.layers.Conv1D, 2: keras.layers.Conv2D}[rank]
    same = strides == 1 and 2 * padding == kernel - 1
    if padding and not same:
        x = padding_layer(padding)(x)
    return layer(filters, kernel, strides=strides, padding="same" if same else "valid", **options)(x)


def normalization(x: Any, **options: Any) -> Any:
    """Return `x` batch-normalised with PyTorch's defaults: ε 1e-5, running statistics that keep 0.9."""
    return keras.layers.BatchNormalization(epsilon=1e-5, momentum=0.9, **options)(x)


def relu(x: Any) -> Any:
    """Return max(x, 0)."""
    return keras.layers.ReLU()(x)
