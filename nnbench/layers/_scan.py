"""Linear recurrences over the steps of a sequence, computed for all steps at once.

Blelloch (1990), section 1.4: h_t = a_t · h_{t-1} + b_t is a scan with an associative operator on pairs (a, b), so a
sequence of n steps takes about 2·log2(n) parallel ones. Heinsen (2023) for the form in logarithms, here with pairs as
well: the cumulative sums that he divides by lose their last digits in long sequences.

Where the number of steps is known, as in all of our models, the scan is made of slices and concatenations alone, which
every exporter knows; Keras's own has conditions within for TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nnbench.core.lazy import keras

Pair = tuple[Any, Any]
Combine = Callable[[Pair, Pair], Pair]


def linear_scan(decay: Any, drive: Any) -> Any:
    """Return h_t = decay_t · h_{t-1} + drive_t with h_0 = 0, all three (batch, steps, ...)."""
    return _scanned(_after, decay, drive)


def log_linear_scan(log_decay: Any, log_drive: Any) -> Any:
    """Return log h_t of h_t = exp(log_decay_t) · h_{t-1} + exp(log_drive_t) with h_0 = 0, all (batch, steps, ...)."""
    return _scanned(_log_after, log_decay, log_drive)


def _scanned(combine: Combine, decay: Any, drive: Any) -> Any:
    if drive.shape[1] is not None:
        return _scan(combine, (decay, drive), drive.shape[1])[1]
    states = keras.ops.associative_scan(combine, (decay, drive), axis=1)[1]
    # Compiled for free batch sizes, TensorFlow's scan forgets the rank.
    return keras.ops.reshape(states, keras.ops.shape(drive))


def _scan(combine: Combine, pair: Pair, n: int) -> Pair:
    """Return what `combine` makes of the first t of n steps, for every t."""
    if n < 2:
        return pair
    # Numbered from 0, the odd steps follow from half as many pairs of neighbours, the even ones from the odd ones.
    odd = _scan(combine, combine(_every(pair, 0, n - 1), _every(pair, 1, n)), n // 2)
    even = _until(pair, 1)
    if n > 2:
        later = combine(_until(odd, (n - 1) // 2), _every(pair, 2, n))
        even = _joined(even[0], later[0]), _joined(even[1], later[1])
    return _woven(even[0], odd[0], n), _woven(even[1], odd[1], n)


def _until(pair: Pair, stop: int) -> Pair:
    return pair[0][:, :stop], pair[1][:, :stop]


def _every(pair: Pair, start: int, stop: int) -> Pair:
    """Return every second step from `start` on."""
    return pair[0][:, start:stop:2], pair[1][:, start:stop:2]


def _woven(even: Any, odd: Any, n: int) -> Any:
    """Return the n steps of which the even ones, numbered from 0, are `even` and the others `odd`."""
    half = n // 2
    woven = keras.ops.stack([even[:, :half], odd], axis=2)
    woven = keras.ops.reshape(woven, (-1, 2 * half, *even.shape[2:]))
    return _joined(woven, even[:, half:]) if n % 2 else woven


def _joined(first: Any, second: Any) -> Any:
    return keras.ops.concatenate([first, second], axis=1)


def _after(first: Pair, second: Pair) -> Pair:
    return first[0] * second[0], second[0] * first[1] + second[1]


def _log_after(first: Pair, second: Pair) -> Pair:
    # The logarithm of a sum of exponentials, of operations that ONNX has.
    a, b = second[0] + first[1], second[1]
    sums = keras.ops.maximum(a, b) + keras.ops.softplus(-keras.ops.abs(a - b))
    return first[0] + second[0], sums
