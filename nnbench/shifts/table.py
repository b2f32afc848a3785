"""Corruptions of tables (n, columns), after what goes wrong between collecting data and using it.

No paper fixes their strengths; those here are ours. Means, deviations and substitutes come from the population, column
by column.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.robustness import register_corruption
from nnbench.metrics.arrays import finite
from nnbench.shifts._draws import Draws
from nnbench.shifts._population import deviations, means, population_of

TABLES = ("table",)
NOISE = (0.1, 0.2, 0.4, 0.6, 0.8)
SHARES = (0.05, 0.10, 0.20, 0.30, 0.50)
SWAPS = (0.1, 0.2, 0.4, 0.6, 1.0)
UNIT_SHARES = (0.02, 0.05, 0.10, 0.15, 0.20)
UNITS = 10
OFFSETS = (0.25, 0.5, 1.0, 1.5, 2.0)
GRIDS = (0.25, 0.5, 1.0, 1.5, 2.0)


@register_corruption("feature_noise", kinds=TABLES)
def feature_noise(x: Array, severity: int, draws: Draws, _bounds: object) -> Array:
    """Add normal noise of .1 to .8 standard deviations of each column."""
    x = _checked(x)
    return x + NOISE[severity - 1] * deviations(x, draws, (0,)) * draws.normal("noise", x.shape[1]).astype(np.float64)


@register_corruption("missing_values", kinds=TABLES)
def missing_values(x: Array, severity: int, draws: Draws, _bounds: object) -> Array:
    """Lose 5 to 50 % of the values; each is imputed by the mean of its column."""
    x = _checked(x)
    return np.where(_hit(x, draws, SHARES[severity - 1]), means(x, draws, (0,)), x)


@register_corruption("feature_replacement", kinds=TABLES)
def feature_replacement(x: Array, severity: int, draws: Draws, _bounds: object) -> Array:
    """Take 5 to 50 % of the values from another sample of the population, drawn for each."""
    x = _checked(x)
    population = population_of(x, draws)
    others = population[draws.integers("others", x.shape[1], len(population)), np.arange(x.shape[1])]
    return np.where(_hit(x, draws, SHARES[severity - 1]), others, x)


@register_corruption("column_swap", kinds=TABLES)
def column_swap(x: Array, severity: int, draws: Draws, _bounds: object) -> Array:
    """Swap pairs of columns, the same for all samples: 10 % to all of the columns, at least two."""
    x = _checked(x)
    columns = x.shape[1]
    pairs = min(columns // 2, max(1, round(SWAPS[severity - 1] * columns / 2)))
    order = draws.shared("columns").permutation(columns)[: 2 * pairs]
    swapped = x.copy()
    swapped[:, order[::2]], swapped[:, order[1::2]] = x[:, order[1::2]], x[:, order[::2]]
    return swapped


@register_corruption("unit_errors", kinds=TABLES)
def unit_errors(x: Array, severity: int, draws: Draws, _bounds: object) -> Array:
    """Multiply 2 to 20 % of the values by 10, as a wrong unit does."""
    x = _checked(x)
    return np.where(_hit(x, draws, UNIT_SHARES[severity - 1]), x.astype(np.float64) * UNITS, x)


@register_corruption("covariate_shift", kinds=TABLES)
def covariate_shift(x: Array, severity: int, draws: Draws, _bounds: object) -> Array:
    """Move each column by .25 to 2 of its standard deviations, up or down, the same for all samples."""
    x = _checked(x)
    directions = 2 * draws.shared("directions").integers(0, 2, x.shape[1]) - 1
    return x + OFFSETS[severity - 1] * deviations(x, draws, (0,)) * directions


@register_corruption("rounded_features", kinds=TABLES)
def rounded_features(x: Array, severity: int, draws: Draws, _bounds: object) -> Array:
    """Round each column to steps of .25 to 2 of its standard deviations, counted from its mean."""
    x = _checked(x)
    step, centre = GRIDS[severity - 1] * deviations(x, draws, (0,)), means(x, draws, (0,))
    return np.where(step > 0, centre + step * np.rint((x - centre) / np.where(step > 0, step, 1)), x)


def _checked(x: Array) -> Array:
    if x.ndim != 2 or x.shape[1] < 2:
        raise ArgumentError(f"x must be a table (n, columns) of two or more columns. Received: {x.shape}.")
    return finite("x", x)


def _hit(x: Array, draws: Draws, share: float) -> Array:
    return np.asarray(draws.uniform("places", x.shape[1]) < share)
