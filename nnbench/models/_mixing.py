"""What the networks that mix patches by dense layers share: MLP-Mixer, gMLP and ResMLP.

Weights start as in timm, after the authors' Flax code: Glorot's uniform kernels, biases of deviation 1e-6 in two-layer
networks, a patch embedding of LeCun's normal, a head of zeros. Shapes: B batch, N patches, W width.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape
from nnbench.models._inputs import image_input
from nnbench.models._outputs import head

BIAS_STDDEV = 1e-6


def patch_input(input_shape: Shape, patch: int, width: int) -> tuple[Any, Any]:
    """Return the input of images (B, h, w, c), and their square patches as tokens (B, N, W) by one linear map.

    Raises:
        ArgumentError: a shape that is no image's, or whose sides `patch` does not divide.
    """
    inputs, x = image_input(input_shape)
    if x.shape[1] % patch or x.shape[2] % patch:
        raise ArgumentError(f"input_shape must have sides that patch ({patch}) divides. Received: {input_shape}.")
    embedding = keras.layers.Conv2D(
        width, patch, strides=patch, kernel_initializer="lecun_normal", name="patch_embedding"
    )
    return inputs, keras.layers.Reshape((-1, width), name="patches")(embedding(x))


def dense(x: Any, units: int, name: str, **options: Any) -> Any:
    """Return a dense layer of `x` (..., n): (..., units), whose bias starts next to zero."""
    options.setdefault("bias_initializer", keras.initializers.RandomNormal(stddev=BIAS_STDDEV))
    return keras.layers.Dense(units, name=name, **options)(x)


def two_layers(x: Any, hidden: int, name: str, initializers: Callable[[], dict[str, Any]] = dict) -> Any:
    """Return a network of one hidden layer with GELU, of the width of `x` (..., n): layers ``{name}1``, ``{name}2``.

    Args:
        initializers: gives a layer's own, as keyword arguments; two layers of one initialiser would start alike.
    """
    h = dense(x, hidden, f"{name}1", activation="gelu", **initializers())
    return dense(h, x.shape[-1], f"{name}2", **initializers())


def swapped(x: Any, name: str) -> Any:
    """Return `x` (B, n, m) as (B, m, n)."""
    return keras.layers.Permute((2, 1), name=name)(x)


def added(x: Any, h: Any, name: str) -> Any:
    """Return the sum of two arrays of the same shape."""
    return keras.layers.Add(name=name)([x, h])


def normalized(x: Any, name: str, epsilon: float = 1e-6) -> Any:
    """Return layer-normalised `x` (..., W)."""
    return keras.layers.LayerNormalization(epsilon=epsilon, name=name)(x)


def pooled_logits(x: Any, classes: int, initializer: Any) -> Any:
    """Return logits (B, classes) of the tokens' mean; `x` is (B, N, W), ``features`` (B, W)."""
    x = keras.layers.GlobalAveragePooling1D(name="average")(x)
    return head(x, classes, kernel_initializer=initializer)


def head_initializer(zero_head: bool) -> str:
    """Return the name of the initialiser of a head that starts at zero, or like every other layer."""
    return "zeros" if zero_head else "glorot_uniform"
