"""An attack's arguments, checked and made a problem."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from nnbench.attacks._checks import of_gradient, of_model
from nnbench.attacks._network import Network
from nnbench.attacks._noise import Noise
from nnbench.attacks._norms import norm_named
from nnbench.attacks._problem import Bounds, Problem, Radii
from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.metrics.arrays import class_labels, finite
from nnbench.metrics.logits import look_like_probabilities


def prepare(
    model: Any,
    x: Array,
    y: Array,
    *,
    norm: str,
    norms: tuple[str, ...],
    epsilon: float | Radii,
    bounds: Bounds,
    seed: int,
    batch_size: int,
    targets: Array | None = None,
    gradients: bool = True,
) -> Problem:
    """Check an attack's arguments and classify the samples as they are.

    Args:
        gradients: whether the attack follows gradients, so that they are looked at.

    Raises:
        ArgumentError: an argument outside what is accepted, inputs outside the bounds, or a model that gives
            probabilities or NaN.
        NotApplicableError: the model is not a classifier of one continuous input.
    """
    _require_positive("batch_size", batch_size)
    if seed < 0:
        raise ArgumentError(f"seed must not be negative. Received: {seed}.")
    geometry = norm_named(norm, norms)
    x, y = np.asarray(x), np.asarray(y)
    radii = epsilon if isinstance(epsilon, Radii) else Radii(np.full(len(x), epsilon, float), np.arange(len(x)))
    for radius in radii.values:
        _require_positive("epsilon", radius)
    if not len(x) or x.ndim < 2 or y.shape != (len(x),):
        raise ArgumentError(f"x must be (n, *shape) and y (n,), with n ≥ 1. Received: {x.shape} and {y.shape}.")
    network = Network(model, x.shape[1:], batch_size)
    flat = finite("x", x).astype(network.dtype).reshape(len(x), -1)
    low, high = network.low, network.high = _limits(bounds, x.shape[1:], flat)
    clean = _clean_logits(network, flat)
    labels = class_labels(y, clean.shape[1]).astype(np.int32)
    goals = None if targets is None else _targets(targets, labels, clean.shape[1])
    answers = clean.argmax(axis=-1)
    attacked = answers == labels if goals is None else answers != goals
    flags = of_model(network, flat[attacked])
    radius = radii.values.astype(network.dtype)[:, None]
    problem = Problem(
        network, x.shape[1:], flat, labels, goals, clean, attacked, norm, geometry, radius, radii.samples, low, high,
        Noise(seed), flags,
    )  # fmt: skip
    if gradients and not flags:
        return replace(problem, flags=of_gradient(problem))
    return problem


def _require_positive(name: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise ArgumentError(f"{name} must be positive and finite. Received: {value}.")


def _targets(targets: Array, labels: Array, classes: int) -> Array:
    goals = class_labels(targets, classes).astype(np.int32)
    if goals.shape != labels.shape or (goals == labels).any():
        raise ArgumentError(
            f"targeted must give each sample a class other than its label, {labels.shape}. Received: {goals.shape}"
            f"{', some of them the label' if goals.shape == labels.shape else ''}."
        )
    return goals


def _limits(bounds: Bounds, shape: tuple[int, ...], x: Array) -> tuple[Array, Array]:
    try:
        low, high = (np.broadcast_to(np.asarray(b, x.dtype), shape).reshape(-1).copy() for b in bounds)
    except (TypeError, ValueError):
        raise ArgumentError(f"bounds must be (low, high), the range of the inputs. Received: {bounds!r}.") from None
    if not (np.isfinite(low).all() and np.isfinite(high).all() and (low < high).all()):
        raise ArgumentError(f"bounds must be finite, with low below high. Received: {bounds!r}.")
    if (x < low).any() or (x > high).any():
        raise ArgumentError(f"x must lie within bounds {bounds!r}. Received: values from {x.min()} to {x.max()}.")
    return low, high


def _clean_logits(network: Network, x: Array) -> Array:
    logits = finite("the model's logits", network.logits(x))
    if look_like_probabilities(logits):
        raise ArgumentError(
            "model must give logits, the values before the softmax. Received: outputs that lie in [0, 1] and sum to 1."
        )
    return logits
