"""Linear regression: one linear unit, trained with the squared error.

Legendre (1805), Gauss (1809); as a network's unit, Widrow and Hoff's (1960) ADALINE.
"""

from __future__ import annotations

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._linear import INPUTS, linear_model

PAPER = Paper("Adaptive switching circuits", "Widrow and Hoff", 1960, "https://doi.org/10.21236/AD0241531")


@register_model(
    family="neuron",
    paper=PAPER,
    input_shape=(10,),
    classes=1,
    tasks=("regression",),
    inputs=INPUTS,
    variants={"linear_regression": {}},
)
def linear_regression(input_shape: Shape, classes: int, *, initializer: str = "keras") -> keras.Model:
    """One linear unit per target; the output (batch, targets) is the predicted value.

    Args:
        initializer: ``"keras"`` or ``"torch"``: where training starts.
    """
    return linear_model(input_shape, classes, initializer=initializer, name="linear_regression")
