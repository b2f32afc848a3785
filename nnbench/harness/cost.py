"""What a model costs before it has learnt anything: parameters, FLOPs, size."""

from __future__ import annotations

import math
import re
from typing import Any

from nnbench.core.errors import NotApplicableError
from nnbench.core.measurement import LOWER, Measurement, not_applicable
from nnbench.metrics.flops import count_flops
from nnbench.metrics.parameters import count_parameters


def cost_measurements(networks: dict[str, Any]) -> list[Measurement]:
    """Return exact parameter counts, forward FLOPs of one sample and bytes of weights of the first network.

    The other networks of a family are counted under their role, as in ``parameters_discriminator``.
    """
    model, *others = networks.values()
    count = count_parameters(model)
    values = {
        "parameters": count.total,
        "parameters_trainable": count.trainable,
        "parameters_non_trainable": count.non_trainable,
    }
    for role, other in zip(list(networks)[1:], others, strict=True):
        values[f"parameters_{role}"] = count_parameters(other).total
    counts = [Measurement(name, float(value), "1", LOWER) for name, value in values.items()]
    return [*counts, _flops(model), _size(model)]


def _flops(model: Any) -> Measurement:
    try:
        flops = count_flops(model)
    except NotApplicableError as error:
        return not_applicable("flops", str(error), unit="FLOP", better=LOWER)
    if flops.uncounted:
        return not_applicable("flops", f"no formula for {', '.join(flops.uncounted)}", unit="FLOP", better=LOWER)
    return Measurement("flops", float(flops.total), "FLOP", LOWER)


def _size(model: Any) -> Measurement:
    size = sum(math.prod(w.shape) * _bits(str(w.dtype)) // 8 for w in model.weights)
    return Measurement("model_size", float(size), "bytes", LOWER)


def _bits(dtype: str) -> int:
    """Return the bits of a number: those that the name says (``bfloat16``, ``uint8``), and a byte for ``bool``."""
    said = re.search(r"\d+", dtype)
    return int(said[0]) if said else 8
