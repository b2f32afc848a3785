"""The deep autoencoder: a sample squeezed into a short code, and made anew from it.

Hinton and Salakhutdinov (2006), figure 1 and the supporting text: logistic units, a linear code, a decoder that mirrors
the encoder; logistic outputs for digits and curves, linear ones for faces, a softmax over words for documents, which
are read as shares of the 2000 commonest words. The paper trains it by stacked restricted Boltzmann machines and then by
back-propagation of the cross-entropy; this is the network of the second step, whose weights start from Glorot's uniform
distribution.

The model has one input and one output, so that ``model.fit(x, x)`` trains it; `parts` gives its two halves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._inputs import flat_input
from nnbench.models._reconstruction import check_unlabelled, sample_output

PAPER = Paper(
    "Reducing the dimensionality of data with neural networks",
    "Hinton and Salakhutdinov",
    2006,
    "https://doi.org/10.1126/science.1127647",
)

DOCUMENTS = {"widths": (500, 250, 125), "output": "softmax", "input_shape": (2000,), "inputs": ("table",)}
VARIANTS: dict[str, dict[str, Any]] = {
    "autoencoder": {"widths": (1000, 500, 250), "code": 30},
    "autoencoder_2d": {"widths": (1000, 500, 250), "code": 2},
    "autoencoder_curves": {"widths": (400, 200, 100, 50, 25), "code": 6},
    "autoencoder_faces": {
        "widths": (2000, 1000, 500),
        "code": 30,
        "output": "linear",
        "input_shape": (25, 25, 1),
    },
    "autoencoder_documents": {**DOCUMENTS, "code": 10},
    "autoencoder_documents_2d": {**DOCUMENTS, "code": 2},
    "autoencoder_tiny": {"widths": (16,), "code": 4, "input_shape": (8, 8, 1)},
}


@register_model(
    family="autoencoder",
    paper=PAPER,
    input_shape=(28, 28, 1),
    classes=None,
    tasks=("reconstruction",),
    inputs=("image", "signal", "table", "points"),
    variants=VARIANTS,
)
def autoencoder(
    input_shape: Shape,
    classes: int | None = None,
    *,
    widths: Sequence[int] = (1000, 500, 250),
    code: int = 30,
    output: str = "logistic",
) -> keras.Model:
    """An encoder and a mirrored decoder in one model; ``features`` is the code (batch, code).

    Args:
        classes: None; the samples have no labels.
        widths: units of the encoder's hidden layers; the decoder has them in the opposite order.
        code: units of the code.
        output: ``"logistic"`` for samples between 0 and 1, ``"softmax"`` for those that also add up to 1, ``"linear"``
            for any; ``logits`` is what the first two are applied to.
    """
    check_unlabelled(classes)
    inputs, x = flat_input(input_shape)
    for i, width in enumerate(widths, start=1):
        x = keras.layers.Dense(width, activation="sigmoid", name=f"encoder{i}")(x)
    x = keras.layers.Dense(code, name="features")(x)
    for i, width in enumerate(reversed(widths), start=1):
        x = keras.layers.Dense(width, activation="sigmoid", name=f"decoder{i}")(x)
    return keras.Model(inputs, sample_output(x, input_shape, output), name="autoencoder")


def parts(model: keras.Model) -> dict[str, keras.Model]:
    """Return the halves of what `autoencoder` built, which share its weights.

    Returns:
        ``"encoder"``, samples (batch, *input_shape) to codes (batch, code), and ``"decoder"``, codes to samples.
    """
    code = model.get_layer("features").output
    return {
        "encoder": keras.Model(model.input, code, name="encoder"),
        "decoder": keras.Model(code, model.output, name="decoder"),
    }
