"""The temporal convolutional network as classifier and regressor: a linear layer on what the last step sees.

Bai, Kolter and Koltun (2018), `nnbench.models._tcn`, in the sizes of their table 2 (kernel, levels, maps). Sequential
MNIST, permuted or not: (784,) values, about 70K parameters (66,910). Adding problem of T steps: (T, 2) values, one
output, about 70K (70,369 for T = 600).

The ``pytorch`` map reads the authors' code (``tcn``, ``linear``; github.com/locuslab/TCN).
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.weights import WeightMap
from nnbench.models._initializers import layer_options
from nnbench.models._inputs import sequence_input
from nnbench.models._outputs import head
from nnbench.models._recurrent import INPUTS, TASKS
from nnbench.models._tcn import IGNORED, KEYS, PAPER, levels

ADDING: dict[str, Any] = {"classes": 1, "tasks": ("regression",), "inputs": ("signal",)}
VARIANTS: dict[str, dict[str, Any]] = {
    "tcn": {},
    "tcn_tiny": {"width": 8, "depth": 3, "kernel": 3, "input_shape": (8, 8, 1)},
    "tcn_mnist": {"input_shape": (784,), "inputs": ("signal", "table")},
    "tcn_adding_200": {**ADDING, "width": 27, "depth": 7, "kernel": 6, "input_shape": (200, 2)},
    "tcn_adding_400": {**ADDING, "width": 27, "depth": 7, "kernel": 7, "input_shape": (400, 2)},
    "tcn_adding_600": {**ADDING, "width": 24, "depth": 8, "kernel": 8, "input_shape": (600, 2)},
}

WEIGHTS = WeightMap({**KEYS, "logits": "linear"}, ignored=IGNORED)


@register_model(
    family="cnn",
    licence="MIT",
    paper=PAPER,
    input_shape=(28, 28, 1),
    classes=10,
    tasks=TASKS,
    inputs=INPUTS,
    variants=VARIANTS,
    weights={"pytorch": WEIGHTS},
)
def tcn(
    input_shape: Shape, classes: int, *, width: int = 25, depth: int = 8, kernel: int = 7, dropout: float = 0.0
) -> keras.Model:
    """A temporal convolutional network over the rows of an image, the steps of a signal or the values of a table.

    The last step sees 1 + 2·(kernel − 1)·(2^depth − 1) steps.

    Args:
        width: maps of every level.
        depth: number of levels; each doubles the dilation.
        kernel: window of the convolutions.
        dropout: share dropped after every convolution while training.
    """
    inputs, x = sequence_input(input_shape)
    x = levels(x, [width] * depth, kernel=kernel, dropout=dropout)
    return keras.Model(inputs, head(x[:, -1], classes, **layer_options("torch", width)), name="tcn")
