"""Blocks that mobile networks share: convolutions that are normalised and activated, and inverted residuals.

Sandler et al. (2018), figure 3; with squeezing and excitation as in Howard et al. (2019), figure 4; fused as in Tan and
Le (2021), figure 2. Maps are (batch, h, w, c). Convolutions have no biases and start from He's normal initialisation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.models._convolution import convolution
from nnbench.models._initializers import he_normal
from nnbench.models._stochastic_depth import dropped_path

TIMM_KEYS = {
    "stem": "conv_stem",
    "stem_norm": "bn1",
    r"block\d+_depthwise": "blocks.#.conv_dw",
    r"block1_project|block\d+_expand": "blocks.#.conv_pw",
    r"block\d+_project": "blocks.#.conv_pwl",
    r"block\d+_squeeze": "blocks.#.se.conv_reduce",
    r"block\d+_excite": "blocks.#.se.conv_expand",
    r"block1_depthwise_norm|block\d+_expand_norm|last_norm": "blocks.#.bn1",
    r"block1_project_norm|block\d+_depthwise_norm": "blocks.#.bn2",
    r"block\d+_project_norm": "blocks.#.bn3",
    "logits": "classifier",
}
"""timm's names for networks of numbered inverted residuals, of which the first does not expand; the last convolution is
among the blocks unless a key of its own, before these, says otherwise."""


@dataclass(frozen=True)
class Style:
    """What all layers of a network have in common.

    Attributes:
        epsilon, momentum: of the batch normalisations.
        squeeze_activation: of the squeezed values.
        gate: turns the excited values into factors.
        depthwise_fan: what the initialisation of depthwise kernels counts: ``"fan_in"``, channels times the kernel's
            size (torchvision), or ``"fan_out"``, the kernel's size (timm).
    """

    epsilon: float = 1e-5
    momentum: float = 0.9
    squeeze_activation: str = "relu"
    gate: str = "sigmoid"
    depthwise_fan: str = "fan_in"


@dataclass(frozen=True)
class Block:
    """One inverted residual.

    Attributes:
        kernel, strides: of the convolution that mixes pixels.
        expanded: maps between the convolutions; as many as come in for none that expands.
        filters: maps that come out.
        activation: after all but the last convolution.
        squeezed: values that all maps are squeezed to before they are weighed; 0 for unweighed maps.
        fused: one full convolution expands and mixes pixels.
        drop: share of samples that skip the block while training.
    """

    kernel: int
    strides: int
    expanded: int
    filters: int
    activation: str
    squeezed: int = 0
    fused: bool = False
    drop: float = 0.0


def rounded(filters: float, multiple: int = 8) -> int:
    """Return the multiple that is nearest to `filters`, at least one and never below 90 % of it."""
    nearest = max(multiple, int(filters + multiple / 2) // multiple * multiple)
    return nearest + multiple if nearest < 0.9 * filters else nearest


def check_multiplier(argument: str, value: float) -> None:
    """Raise ArgumentError unless `value`, a multiplier of widths or depths, is above 0."""
    if value <= 0:
        raise ArgumentError(f"{argument} must be above 0. Received: {value}.")


def convolved(
    x: Any, filters: int, kernel: int, *, strides: int = 1, activation: str | None = None, style: Style, name: str
) -> Any:
    """Return the normalised and activated convolution of `x`: (batch, ⌈h/strides⌉, ⌈w/strides⌉, filters)."""
    options = {"use_bias": False, "kernel_initializer": he_normal("fan_out"), "name": name}
    x = convolution(x, filters, kernel, strides=strides, padding=kernel // 2, **options)
    return _finished(x, activation, style, name)


def depthwise(x: Any, kernel: int, *, strides: int = 1, activation: str | None = None, style: Style, name: str) -> Any:
    """Return the convolution of each map of `x` with a kernel of its own, normalised and activated."""
    if strides > 1:
        x = keras.layers.ZeroPadding2D(kernel // 2, name=f"{name}_padding")(x)
    layer = keras.layers.DepthwiseConv2D(
        kernel,
        strides=strides,
        padding="valid" if strides > 1 else "same",
        use_bias=False,
        depthwise_initializer=he_normal(style.depthwise_fan),
        name=name,
    )
    return _finished(layer(x), activation, style, name)


def inverted_residual(x: Any, block: Block, style: Style, name: str) -> Any:
    """Return `x` expanded, mixed and projected, plus `x` itself where the shape is the same."""
    h = (_fused if block.fused else _separated)(x, block, style, name)
    if block.strides > 1 or x.shape[-1] != block.filters:
        return h
    return keras.layers.Add(name=f"{name}_add")([dropped_path(h, block.drop, f"{name}_drop"), x])


def _separated(x: Any, block: Block, style: Style, name: str) -> Any:
    if block.expanded != x.shape[-1]:
        x = convolved(x, block.expanded, 1, activation=block.activation, style=style, name=f"{name}_expand")
    options: dict[str, Any] = {"strides": block.strides, "activation": block.activation}
    x = depthwise(x, block.kernel, style=style, name=f"{name}_depthwise", **options)
    if block.squeezed:
        x = _weighed(x, block.squeezed, style, name)
    return convolved(x, block.filters, 1, style=style, name=f"{name}_project")


def _fused(x: Any, block: Block, style: Style, name: str) -> Any:
    options: dict[str, Any] = {"strides": block.strides, "activation": block.activation}
    expands = block.expanded != x.shape[-1]
    filters = block.expanded if expands else block.filters
    x = convolved(x, filters, block.kernel, style=style, name=f"{name}_fused", **options)
    return convolved(x, block.filters, 1, style=style, name=f"{name}_project") if expands else x


def _weighed(x: Any, squeezed: int, style: Style, name: str) -> Any:
    """Return `x` with every map multiplied by a factor that depends on the means of all maps."""
    h = keras.layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_average")(x)
    # A layer on the channels of a single pixel is the 1×1 convolution of the references.
    start = he_normal("fan_out")
    h = keras.layers.Dense(squeezed, style.squeeze_activation, kernel_initializer=start, name=f"{name}_squeeze")(h)
    start = he_normal("fan_out")
    h = keras.layers.Dense(x.shape[-1], style.gate, kernel_initializer=start, name=f"{name}_excite")(h)
    return keras.layers.Multiply(name=f"{name}_weighed")([x, h])


def _finished(x: Any, activation: str | None, style: Style, name: str) -> Any:
    norm = keras.layers.BatchNormalization(epsilon=style.epsilon, momentum=style.momentum, name=f"{name}_norm")
    return keras.layers.Activation(activation, name=f"{name}_{activation}")(norm(x)) if activation else norm(x)
