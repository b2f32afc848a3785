"""A last look at trained weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnbench.core.errors import DivergedError
from nnbench.core.lazy import keras


def require_finite(*networks: Any) -> None:
    """Refuse weights that are not finite.

    The loss alone does not show them: a compiled ReLU may turn NaN into 0.

    Raises:
        DivergedError: with the weight's path.
    """
    for weight in (w for network in networks for w in network.weights):
        if not np.isfinite(keras.ops.convert_to_numpy(weight.value)).all():
            raise DivergedError(f"the weight {weight.path} is not finite after the training")
