"""Long short-term memory.

Hochreiter and Schmidhuber (1997), with the forget gate of Gers, Schmidhuber and Cummins (2000), whose bias starts at 1.
One bias vector per layer. In both directions: Graves and Schmidhuber (2005), the last states side by side. Stacked:
Graves, Mohamed and Hinton (2013). The sizes are ours; these papers have other tasks.

The ``pytorch`` map reads a module with ``lstm = torch.nn.LSTM(…)`` of the same depth and directions and
``fc = torch.nn.Linear(…)``; PyTorch's two bias vectors are added.
"""

from __future__ import annotations

import functools
from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._recurrent import INPUTS, TASKS, pytorch_weights, recurrent_classifier

PAPER = Paper(
    "Long short-term memory", "Hochreiter and Schmidhuber", 1997, "https://doi.org/10.1162/neco.1997.9.8.1735"
)
BIDIRECTIONAL = Paper(
    "Framewise phoneme classification with bidirectional LSTM and other neural network architectures",
    "Graves and Schmidhuber",
    2005,
    "https://doi.org/10.1016/j.neunet.2005.06.042",
)
STACKED = Paper(
    "Speech recognition with deep recurrent neural networks",
    "Graves, Mohamed and Hinton",
    2013,
    "https://arxiv.org/abs/1303.5778",
)

VARIANTS: dict[str, dict[str, Any]] = {
    "lstm": {},
    "lstm_2x": {"depth": 2, "paper": STACKED},
    "lstm_3x": {"depth": 3, "paper": STACKED},
    "lstm_tiny": {"units": 16, "input_shape": (8, 8, 1)},
    "bilstm": {"bidirectional": True, "paper": BIDIRECTIONAL},
    "bilstm_2x": {"bidirectional": True, "depth": 2, "paper": STACKED},
    "bilstm_2x_tiny": {"bidirectional": True, "depth": 2, "units": 8, "input_shape": (8, 8, 1), "paper": STACKED},
}


@register_model(
    family="rnn",
    paper=PAPER,
    input_shape=(28, 28, 1),
    classes=10,
    tasks=TASKS,
    inputs=INPUTS,
    variants=VARIANTS,
    weights={"pytorch": pytorch_weights("lstm", "lstm")},
)
def lstm(
    input_shape: Shape,
    classes: int,
    *,
    units: int = 128,
    depth: int = 1,
    bidirectional: bool = False,
    readout: str = "last",
    initializer: str = "keras",
) -> keras.Model:
    """An LSTM over the rows of an image, the steps of a signal or the values of a table.

    Args:
        units: width of the state, in each direction.
        depth: number of layers.
        bidirectional: read the sample in both directions.
        readout: ``"last"`` classifies the last state, ``"all"`` the states of all steps side by side.
        initializer: ``"keras"`` or ``"torch"``, see `recurrent_options`.
    """
    # PyTorch draws the forget gate's bias like every other weight.
    layer = functools.partial(keras.layers.LSTM, unit_forget_bias=initializer != "torch")
    return recurrent_classifier(
        layer,
        input_shape,
        classes,
        units=units,
        depth=depth,
        bidirectional=bidirectional,
        readout=readout,
        initializer=initializer,
        name="lstm",
    )
