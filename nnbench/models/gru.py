"""The gated recurrent unit.

Cho et al. (2014), with two bias vectors and the reset gate applied after the recurrent product, as cuDNN and PyTorch
have it. The MNIST-1D variant is that of Greydanus and Kobak's (2024) notebook: six units in both directions, the states
of all 40 steps classified together, PyTorch's initialisation. In both directions: Schuster and Paliwal (1997), the
last states side by side. Sizes other than MNIST-1D's are ours; the papers have other tasks.

The ``pytorch`` map reads a module with ``gru = torch.nn.GRU(…)`` of the same depth and directions and
``fc = torch.nn.Linear(…)``.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._papers import MNIST1D
from nnbench.models._recurrent import BIDIRECTIONAL, INPUTS, TASKS, pytorch_weights, recurrent_classifier

PAPER = Paper(
    "Learning phrase representations using RNN encoder-decoder for statistical machine translation",
    "Cho et al.",
    2014,
    "https://arxiv.org/abs/1406.1078",
)

VARIANTS: dict[str, dict[str, Any]] = {
    "gru": {},
    "gru_2x": {"depth": 2},
    "gru_3x": {"depth": 3},
    "gru_tiny": {"units": 16, "input_shape": (8, 8, 1)},
    "bigru": {"bidirectional": True, "paper": BIDIRECTIONAL},
    "bigru_2x": {"bidirectional": True, "depth": 2, "paper": BIDIRECTIONAL},
    "bigru_2x_tiny": {
        "bidirectional": True,
        "depth": 2,
        "units": 8,
        "input_shape": (8, 8, 1),
        "paper": BIDIRECTIONAL,
    },
    "mnist1d_gru": {
        "licence": "Apache-2.0",
        "units": 6,
        "bidirectional": True,
        "readout": "all",
        "initializer": "torch",
        "input_shape": (40,),
        "paper": MNIST1D,
    },
}


@register_model(
    family="rnn",
    paper=PAPER,
    input_shape=(28, 28, 1),
    classes=10,
    tasks=TASKS,
    inputs=INPUTS,
    variants=VARIANTS,
    weights={"pytorch": pytorch_weights("gru", "gru")},
)
def gru(
    input_shape: Shape,
    classes: int,
    *,
    units: int = 128,
    depth: int = 1,
    bidirectional: bool = False,
    readout: str = "last",
    initializer: str = "keras",
) -> keras.Model:
    """A GRU over the rows of an image, the steps of a signal or the values of a table.

    Args:
        units: width of the state, in each direction.
        depth: number of layers.
        bidirectional: read the sample in both directions.
        readout: ``"last"`` classifies the last state, ``"all"`` the states of all steps side by side.
        initializer: ``"keras"`` or ``"torch"``, see `recurrent_options`.
    """
    return recurrent_classifier(
        keras.layers.GRU,
        input_shape,
        classes,
        units=units,
        depth=depth,
        bidirectional=bidirectional,
        readout=readout,
        initializer=initializer,
        name="gru",
    )
