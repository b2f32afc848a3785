"""Long short-term memory.

Hochreiter and Schmidhuber (1997), with the forget gate of Gers, Schmidhuber and Cummins (2000), whose bias starts at 1.
One bias vector per layer.
"""

from __future__ import annotations

import functools

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._recurrent import INPUTS, TASKS, recurrent_classifier

PAPER = Paper(
    "Long short-term memory", "Hochreiter and Schmidhuber", 1997, "https://doi.org/10.1162/neco.1997.9.8.1735"
)

VARIANTS = {
    "lstm": {},
    "lstm_tiny": {"units": 16, "input_shape": (8, 8, 1)},
}


@register_model(
    family="rnn", paper=PAPER, input_shape=(28, 28, 1), classes=10, tasks=TASKS, inputs=INPUTS, variants=VARIANTS
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
