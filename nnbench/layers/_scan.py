"""Linear recurrences over the steps of a sequence, computed for all steps at once.

Blelloch (1990), section 1.4: h_t = a_t · h_{t-1} + b_t is a scan with an associative operator on pairs (a, b), so a
sequence of n steps takes about 2·log2(n) parallel ones. Heinsen (2023) for the form in logarithms, here with pairs as
well: the cumulative sums that he divides by lose their last digits in long sequences.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nnbench.core.lazy import keras

Pair = tuple[Any, Any]


def linear_scan(decay: Any, drive: Any) -> Any:
    """Return h_t = decay_t · h_{t-1} + drive_t with h_0 = 0, all three (batch, steps, ...)."""
    return _scanned(_after, decay, drive)


def log_linear_scan(log_decay: Any, log_drive: Any) -> Any:
    """Return log h_t of h_t = exp(log_decay_t) · h_{t-1} + exp(log_drive_t) with h_0 = 0, all (batch, steps, ...)."""
    return _scanned(_log_after, log_decay, log_drive)


def _scanned(combine: Callable[[Pair, Pair], Pair], decay: Any, drive: Any) -> Any:
    states = keras.ops.associative_scan(combine, (decay, drive), axis=1)[1]
    # Compiled for free batch sizes, TensorFlow's scan forgets the rank.
    return keras.ops.reshape(states, keras.ops.shape(drive))


def _after(first: Pair, second: Pair) -> Pair:
    return first[0] * second[0], second[0] * first[1] + second[1]


def _log_after(first: Pair, second: Pair) -> Pair:
    return first[0] + second[0], keras.ops.logaddexp(second[0] + first[1], second[1])
