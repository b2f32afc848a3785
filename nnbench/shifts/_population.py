"""What a set of samples says about a sample: centre and spread of its columns or channels.

Rounded to float32, so that the order in which a machine adds does not show.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.metrics.arrays import finite
from nnbench.shifts._draws import Draws


def population_of(x: Array, draws: Draws) -> Array:
    """Return the population (m, *shape), by default `x` (n, *shape) itself.

    Raises:
        ArgumentError: the samples of the population have another shape, or are not finite.
    """
    population = x if draws.population is None else draws.population
    if population.shape[1:] != x.shape[1:] or not len(population):
        raise ArgumentError(f"population must be (m, *{x.shape[1:]}) with m ≥ 1. Received: {population.shape}.")
    return finite("population", population)


def deviations(x: Array, draws: Draws, axes: tuple[int, ...]) -> Array:
    """Return the standard deviation of the population over `axes`, those kept with length 1."""
    population = population_of(x, draws).astype(np.float64)
    return np.asarray(population.std(axis=axes, keepdims=True), np.float32).astype(np.float64)


def means(x: Array, draws: Draws, axes: tuple[int, ...]) -> Array:
    """Return the mean of the population over `axes`, those kept with length 1."""
    population = population_of(x, draws).astype(np.float64)
    return np.asarray(population.mean(axis=axes, keepdims=True), np.float32).astype(np.float64)
