"""Multiply-adds of recurrent layers: at every step, input and state through the matrices of each gate."""

from __future__ import annotations

from typing import Any

from nnbench.metrics._call import Call
from nnbench.metrics._rules import Rule, keras_name

GATES = {"SimpleRNNCell": 1, "GRUCell": 3, "LSTMCell": 4}


def _recurrent(layer: Any, call: Call) -> int | None:
    batch, steps, width = call.inputs[0]
    total = 0
    for cell in getattr(layer.cell, "cells", [layer.cell]):
        gates = GATES.get(keras_name(cell))
        if gates is None:
            return None
        total += gates * cell.units * (width + cell.units)
        width = cell.units
    return batch * steps * total


RULES: dict[str, Rule] = {
    "SimpleRNN": _recurrent,
    "LSTM": _recurrent,
    "GRU": _recurrent,
    "RNN": _recurrent,
}
