"""Multinomial logistic (softmax) regression: linear logits, trained with the cross-entropy.

Cox (1958) for two classes; the softmax over several is McFadden's (1973). The MNIST-1D variant is the baseline of
Greydanus and Kobak (2024), with PyTorch's initialisation as published.
"""

from __future__ import annotations

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._linear import INPUTS, linear_model
from nnbench.models._papers import MNIST1D

PAPER = Paper(
    "The regression analysis of binary sequences", "Cox", 1958, "https://doi.org/10.1111/j.2517-6161.1958.tb00292.x"
)

VARIANTS = {
    "logistic_regression": {},
    "mnist1d_logistic": {
        "licence": "Apache-2.0",
        "input_shape": (40,),
        "classes": 10,
        "initializer": "torch",
        "paper": MNIST1D,
    },
}


@register_model(family="neuron", paper=PAPER, input_shape=(4,), classes=2, inputs=INPUTS, variants=VARIANTS)
def logistic_regression(input_shape: Shape, classes: int, *, initializer: str = "keras") -> keras.Model:
    """Softmax regression on the flattened sample.

    Args:
        initializer: ``"keras"`` or ``"torch"``: where training starts.
    """
    return linear_model(input_shape, classes, initializer=initializer, name="logistic_regression")
