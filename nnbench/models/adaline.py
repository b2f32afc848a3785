"""ADALINE, the adaptive linear neuron: one linear unit per class, fitted to ±1 before the threshold.

Widrow and Hoff (1960). It is the perceptron's network with another rule: the error is that of the linear output, not of
the decision, which makes learning a least-squares problem. `least_mean_squares` is that error; on cross-entropy, which
the shipped recipes use, the same network is logistic regression.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._linear import INPUTS, linear_model

PAPER = Paper("Adaptive switching circuits", "Widrow and Hoff", 1960, "https://doi.org/10.21236/AD0241531")


@register_model(family="neuron", paper=PAPER, input_shape=(4,), classes=2, inputs=INPUTS, variants={"adaline": {}})
def adaline(input_shape: Shape, classes: int, *, initializer: str = "keras") -> keras.Model:
    """One linear unit per class, to be fitted by least mean squares.

    Args:
        initializer: ``"keras"`` or ``"torch"``: where training starts.
    """
    return linear_model(input_shape, classes, initializer=initializer, name="adaline")


def least_mean_squares(labels: Any, logits: Any) -> Any:
    """Return the squared error (batch,) of Widrow and Hoff's rule, averaged over the units.

    A Keras loss: ``model.compile(loss=least_mean_squares)``. One step of plain gradient descent on a sample moves the
    weights by the rate times 2/classes · (target − output) · input.

    Args:
        labels: class numbers (batch,) or (batch, 1).
        logits: outputs (batch, classes); the label's unit should give 1 and the others -1.
    """
    labels = keras.ops.cast(keras.ops.reshape(labels, (-1,)), "int32")
    targets = 2 * keras.ops.one_hot(labels, logits.shape[-1], dtype=logits.dtype) - 1
    return keras.ops.mean(keras.ops.square(targets - logits), axis=-1)
