"""The simple recurrent network: h_t = tanh(W x_t + U h_{t-1} + b).

Elman (1990). The recurrent matrix starts orthogonal. In both directions: Schuster and Paliwal (1997), the last states
side by side. The sizes are ours; the papers have other tasks.

The ``pytorch`` map reads a module with ``rnn = torch.nn.RNN(…)`` of the same depth and directions and
``fc = torch.nn.Linear(…)``; PyTorch's two bias vectors are added.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._recurrent import BIDIRECTIONAL, INPUTS, TASKS, pytorch_weights, recurrent_classifier

PAPER = Paper("Finding structure in time", "Elman", 1990, "https://doi.org/10.1207/s15516709cog1402_1")

VARIANTS: dict[str, dict[str, Any]] = {
    "simple_rnn": {},
    "simple_rnn_2x": {"depth": 2},
    "simple_rnn_tiny": {"units": 16, "input_shape": (8, 8, 1)},
    "birnn": {"bidirectional": True, "paper": BIDIRECTIONAL},
    "birnn_2x": {"bidirectional": True, "depth": 2, "paper": BIDIRECTIONAL},
}


@register_model(
    family="rnn",
    paper=PAPER,
    input_shape=(28, 28, 1),
    classes=10,
    tasks=TASKS,
    inputs=INPUTS,
    variants=VARIANTS,
    weights={"pytorch": pytorch_weights("simple_rnn", "rnn")},
)
def simple_rnn(
    input_shape: Shape,
    classes: int,
    *,
    units: int = 128,
    depth: int = 1,
    bidirectional: bool = False,
    readout: str = "last",
    initializer: str = "keras",
) -> keras.Model:
    """A simple recurrent network over the rows of an image, the steps of a signal or the values of a table.

    Args:
        units: width of the state, in each direction.
        depth: number of layers.
        bidirectional: read the sample in both directions.
        readout: ``"last"`` classifies the last state, ``"all"`` the states of all steps side by side.
        initializer: ``"keras"`` or ``"torch"``, see `recurrent_options`.
    """
    return recurrent_classifier(
        keras.layers.SimpleRNN,
        input_shape,
        classes,
        units=units,
        depth=depth,
        bidirectional=bidirectional,
        readout=readout,
        initializer=initializer,
        name="simple_rnn",
    )
