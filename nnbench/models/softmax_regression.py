"""Softmax regression: linear logits for any number of classes, trained with the cross-entropy.

McFadden (1973), the conditional logit; as a network's output, Bridle (1990). For two classes it is
``logistic_regression`` with one redundant unit.
"""

from __future__ import annotations

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._linear import INPUTS, linear_model

PAPER = Paper(
    "Conditional logit analysis of qualitative choice behavior",
    "McFadden",
    1973,
    "https://eml.berkeley.edu/reprints/mcfadden/zarembka.pdf",
)


@register_model(
    family="neuron",
    paper=PAPER,
    input_shape=(28, 28, 1),
    classes=10,
    inputs=INPUTS,
    variants={"softmax_regression": {}},
)
def softmax_regression(input_shape: Shape, classes: int, *, initializer: str = "keras") -> keras.Model:
    """One linear unit per class, compared by a softmax.

    Args:
        initializer: ``"keras"`` or ``"torch"``: where training starts.
    """
    return linear_model(input_shape, classes, initializer=initializer, name="softmax_regression")
