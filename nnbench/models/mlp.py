"""The multilayer perceptron: dense layers over the flattened sample.

Rumelhart, Hinton and Williams (1986). The MNIST-1D variant is that of Greydanus and Kobak's (2024) notebook, whose
second layer adds to the first and whose weights start as PyTorch's do. The variant for tables is the MLP of Gorishniy
et al. (2021), section 3.1, with the sizes of the example of the authors' package ``rtdl_revisiting_models``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._initializers import layer_options
from nnbench.models._inputs import flat_input
from nnbench.models._outputs import head
from nnbench.models._papers import MNIST1D
from nnbench.models._tabular import RTDL

PAPER = Paper(
    "Learning representations by back-propagating errors",
    "Rumelhart, Hinton and Williams",
    1986,
    "https://doi.org/10.1038/323533a0",
)

VARIANTS: dict[str, dict[str, Any]] = {
    "mlp_tiny": {"widths": (16,)},
    "mlp": {"widths": (256, 256), "input_shape": (28, 28, 1), "classes": 10},
    "mnist1d_mlp": {
        "licence": "Apache-2.0",
        "widths": (100, 100),
        "residual": True,
        "initializer": "torch",
        "input_shape": (40,),
        "classes": 10,
        "paper": MNIST1D,
    },
    "tabular_mlp": {
        "licence": "MIT",
        "widths": (384, 384),
        "dropout": 0.1,
        "initializer": "torch",
        "input_shape": (8,),
        "classes": 1,
        "paper": RTDL,
    },
}


@register_model(
    family="mlp",
    paper=PAPER,
    input_shape=(4,),
    classes=2,
    tasks=("classification", "regression"),
    inputs=("table", "signal", "image", "points"),
    variants=VARIANTS,
)
def mlp(
    input_shape: Shape,
    classes: int,
    *,
    widths: Sequence[int] = (256, 256),
    activation: str = "relu",
    dropout: float = 0.0,
    residual: bool = False,
    initializer: str = "keras",
) -> keras.Model:
    """Dense layers of the given widths.

    Args:
        widths: units of each hidden layer.
        activation: name of a Keras activation.
        dropout: share of units dropped after each hidden layer while training.
        residual: add a hidden layer's input to its output where the widths agree.
        initializer: ``"keras"`` or ``"torch"``, see `layer_options`.
    """
    inputs, x = flat_input(input_shape)
    for i, width in enumerate(widths, start=1):
        options = layer_options(initializer, x.shape[-1])
        h = keras.layers.Dense(width, activation=activation, name=f"hidden{i}", **options)(x)
        if dropout:
            h = keras.layers.Dropout(dropout, name=f"dropout{i}")(h)
        joined = residual and i > 1 and x.shape[-1] == width
        x = keras.layers.Add(name=f"add{i}")([x, h]) if joined else h
    outputs = head(x, classes, **layer_options(initializer, x.shape[-1]))
    return keras.Model(inputs, outputs, name="mlp")
