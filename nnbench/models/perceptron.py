"""The perceptron: one linear threshold unit per class.

Rosenblatt (1958). The unit's threshold is left to the decision (the largest logit wins); the logits are what it is
applied to.
"""

from __future__ import annotations

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._linear import INPUTS, linear_model

PAPER = Paper(
    "The perceptron: a probabilistic model for information storage and organization in the brain",
    "Rosenblatt",
    1958,
    "https://doi.org/10.1037/h0042519",
)


@register_model(family="neuron", paper=PAPER, input_shape=(4,), classes=2, inputs=INPUTS, variants={"perceptron": {}})
def perceptron(input_shape: Shape, classes: int, *, initializer: str = "keras") -> keras.Model:
    """One linear unit per class.

    Args:
        initializer: ``"keras"`` or ``"torch"``: where training starts.
    """
    return linear_model(input_shape, classes, initializer=initializer, name="perceptron")
