"""Stacks of dilated causal convolutions, which the temporal convolutional classifier and language model share.

Bai, Kolter and Koltun (2018), section 3, and their public code. Level i, from 0, has dilation 2^i and two convolutions,
each weight-normalised and followed by ReLU and dropout; what it reads is added, through a 1×1 convolution where the
number of maps changes, and followed by ReLU. The kernels' directions start from PyTorch's default and their norms at
the root mean square norm of that default, since the code's own initialisation is undone by its weight normalisation.
The 1×1 convolution starts from a normal distribution of deviation 0.01.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.paper import Paper
from nnbench.core.weights import Key
from nnbench.models._initializers import layer_options
from nnbench.models._outputs import stage

PAPER = Paper(
    "An empirical evaluation of generic convolutional and recurrent networks for sequence modeling",
    "Bai, Kolter and Koltun",
    2018,
    "https://arxiv.org/abs/1803.01271",
)

KEYS: dict[str, Key | str] = {
    r"level(\d+)_convolution(\d+)": Key("tcn.network.{1:-1}.conv{2}", names={"kernel": "weight_v", "gain": "weight_g"}),
    r"level(\d+)_shortcut": "tcn.network.{1:-1}.downsample",
}
"""Where the levels stand in a state dict of the authors' PyTorch code."""

IGNORED = (r"tcn\.network\.\d+\.net\..*",)
"""Its second names of the same parameters."""


def levels(x: Any, widths: Sequence[int], *, kernel: int, dropout: float) -> Any:
    """Return `x` (batch, steps, channels) after one level for each of `widths`: (batch, steps, widths[-1]).

    Args:
        kernel: window of the convolutions, in steps of the level's dilation.
        dropout: share dropped after every convolution while training.

    Raises:
        ArgumentError: no level, or a kernel below 2, which would see one step alone.
    """
    if not widths or min(widths) < 1:
        raise ArgumentError(f"levels and width must be at least 1. Received: {tuple(widths)}.")
    if kernel < 2:
        raise ArgumentError(f"kernel must be at least 2. Received: {kernel}.")
    for i, width in enumerate(widths, 1):
        x = stage(_level(x, width, kernel, 2 ** (i - 1), dropout, f"level{i}"), i)
    return x


def _level(x: Any, width: int, kernel: int, dilation: int, dropout: float, name: str) -> Any:
    h = x
    for j in (1, 2):
        h = _convolved(h, width, kernel, dilation, f"{name}_convolution{j}")
        h = keras.layers.ReLU(name=f"{name}_relu{j}")(h)
        h = keras.layers.Dropout(dropout, name=f"{name}_dropout{j}")(h) if dropout else h
    if x.shape[-1] != width:
        normal = keras.initializers.RandomNormal(stddev=0.01)
        x = keras.layers.Conv1D(width, 1, kernel_initializer=normal, name=f"{name}_shortcut")(x)
    return keras.layers.ReLU(name=f"{name}_relu")(keras.layers.Add(name=f"{name}_add")([x, h]))


def _convolved(x: Any, width: int, kernel: int, dilation: int, name: str) -> Any:
    from nnbench.layers.weight_normalization import WeightNormalizedConv1D

    return WeightNormalizedConv1D(
        width,
        kernel,
        padding="causal",
        dilation_rate=dilation,
        # Uniform values in ±1/√n have a sum of squares of 1/3 on average.
        gain_initializer=keras.initializers.Constant(3**-0.5),
        **layer_options("torch", kernel * x.shape[-1]),
        name=name,
    )(x)
