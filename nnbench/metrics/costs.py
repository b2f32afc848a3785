"""Counts what the built-in variants cost: ``python -m nnbench.metrics.costs [PATTERN]`` writes the kept table anew."""

from __future__ import annotations

import sys

from nnbench.core.catalog import create_model, list_models, model_info
from nnbench.core.costs import STORE, Cost, stored_cost, write_costs
from nnbench.core.errors import NotApplicableError
from nnbench.metrics.flops import count_flops
from nnbench.metrics.parameters import count_parameters
from nnbench.runtime.abstract import without_values


def counted_cost(variant: str) -> Cost:
    """Return the cost of a registered variant, counted on a model without values.

    Raises:
        UnknownNameError: no such variant.
    """
    with without_values():
        model = create_model(variant)
        count = count_parameters(model)
        try:
            flops = count_flops(model)
        except NotApplicableError:
            return Cost(count.trainable, count.non_trainable, None)
    return Cost(count.trainable, count.non_trainable, None if flops.uncounted else flops.total)


def main(pattern: str = "*") -> None:
    """Count the built-in variants that match `pattern` and keep the others' counts."""
    own = [name for name in list_models() if model_info(name).builder.__module__.startswith("nnbench.")]
    known = {name: cost for name in own if (cost := stored_cost(name)) is not None} if STORE.exists() else {}
    write_costs({**known, **{name: counted_cost(name) for name in list_models(pattern) if name in own}})


if __name__ == "__main__":
    main(*sys.argv[1:])
