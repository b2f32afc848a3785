"""The temporal convolutional network on polyphonic music: at every step, which of 88 keys sound at the next.

Bai, Kolter and Koltun (2018), `nnbench.models._tcn`, in the sizes of their table 2 (kernel, levels, maps): JSB Chorales
about 300K parameters, Nottingham about 1M. The loss is binary cross-entropy on each logit. Pieces differ in length;
100 steps are this package's choice.

The ``pytorch`` map reads the authors' code (``tcn``, ``linear``; github.com/locuslab/TCN).
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.weights import WeightMap
from nnbench.models._initializers import layer_options
from nnbench.models._inputs import signal_input
from nnbench.models._outputs import logits
from nnbench.models._tcn import IGNORED, KEYS, PAPER, levels

VARIANTS: dict[str, dict[str, Any]] = {
    "tcn_music_tiny": {"width": 8, "depth": 2, "kernel": 3, "input_shape": (16, 12), "classes": 12},
    "tcn_jsb": {"width": 150, "depth": 2, "kernel": 3, "dropout": 0.5},
    "tcn_nottingham": {"width": 150, "depth": 4, "kernel": 6, "dropout": 0.2},
}

WEIGHTS = WeightMap({**KEYS, "logits": "linear"}, ignored=IGNORED)


@register_model(
    family="cnn",
    licence="MIT",
    paper=PAPER,
    input_shape=(100, 88),
    classes=88,
    # Labels for every place of the sample, as a segmentation has them for every pixel.
    tasks=("segmentation",),
    inputs=("signal",),
    feature_layer=None,
    variants=VARIANTS,
    weights={"pytorch": WEIGHTS},
)
def tcn_music(
    input_shape: Shape, classes: int, *, width: int = 150, depth: int = 4, kernel: int = 6, dropout: float = 0.0
) -> keras.Model:
    """Logits (batch, steps, classes) of what sounds next, at every step of (batch, steps, keys) zeros and ones.

    Args:
        width: maps of every level.
        depth: number of levels; each doubles the dilation.
        kernel: window of the convolutions.
        dropout: share dropped after every convolution while training.
    """
    inputs, x = signal_input(input_shape)
    x = levels(x, [width] * depth, kernel=kernel, dropout=dropout)
    return keras.Model(inputs, logits(x, classes, **layer_options("torch", width)), name="tcn_music")
