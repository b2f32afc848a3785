"""The frame around a recurrent layer: a sample read step by step, a classifier on what the layer has seen."""

from __future__ import annotations

from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape
from nnbench.core.paper import Paper
from nnbench.core.weights import Key, WeightMap
from nnbench.models._initializers import layer_options, recurrent_options
from nnbench.models._inputs import sequence_input
from nnbench.models._outputs import head

BIDIRECTIONAL = Paper(
    "Bidirectional recurrent neural networks", "Schuster and Paliwal", 1997, "https://doi.org/10.1109/78.650093"
)

INPUTS = ("image", "signal", "table")
TASKS = ("classification", "regression")
READOUTS = ("last", "all")


def pytorch_weights(layer: str, module: str) -> WeightMap:
    """Return the map of a classifier that holds a ``torch.nn`` recurrent module of any depth and a linear layer ``fc``.

    Args:
        layer: what `recurrent_classifier` calls its layers.
        module: what the PyTorch classifier calls its recurrent module.
    """
    forward = Key(module, suffix="_l{1:-1}")
    return WeightMap(
        {
            rf"{layer}(\d+)/{layer}_cell": forward,
            r"both_ways(\d+)/forward_.+": forward,
            r"both_ways(\d+)/backward_.+": Key(module, suffix="_l{1:-1}_reverse"),
            "logits": "fc",
        }
    )


def recurrent_classifier(
    layer: Any,
    input_shape: Shape,
    classes: int,
    *,
    units: int,
    depth: int,
    bidirectional: bool,
    readout: str,
    initializer: str,
    name: str,
) -> keras.Model:
    """Return a model of `depth` layers that read an image by rows, a signal or a table value by value.

    Args:
        layer: a Keras recurrent layer class.
        units: width of the state, in each direction.
        readout: ``"last"`` classifies the last state, ``"all"`` the states of all steps side by side.
        initializer: ``"keras"`` or ``"torch"``, see `recurrent_options`.

    Raises:
        ArgumentError: an unknown `readout` or `initializer`, or a shape that cannot be read in steps.
    """
    if readout not in READOUTS:
        raise ArgumentError(f"readout must be one of {', '.join(READOUTS)}. Received: {readout!r}.")
    inputs, x = sequence_input(input_shape)
    for i in range(1, depth + 1):
        sequences = i < depth or readout == "all"
        cell = layer(units, return_sequences=sequences, name=f"{name}{i}", **recurrent_options(initializer, units))
        x = (keras.layers.Bidirectional(cell, name=f"both_ways{i}") if bidirectional else cell)(x)
    if readout == "all":
        x = keras.layers.Flatten(name="flatten")(x)
    outputs = head(x, classes, **layer_options(initializer, x.shape[-1]))
    return keras.Model(inputs, outputs, name=name)
