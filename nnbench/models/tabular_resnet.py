"""The residual network for tables.

Gorishniy, Rubachev, Khrulkov and Babenko (2021), section 3.2. The paper tunes every size; the variant's is that of the
example of the authors' package ``rtdl_revisiting_models``, which the blocks, PyTorch's initialisation and batch
normalisation (ε 1e-5) follow. Categories are to be one-hot encoded beforehand, as the package says. The paper's MLP is
the variant ``tabular_mlp`` of `nnbench.models.mlp`.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.models._convolution import normalization, relu
from nnbench.models._initializers import layer_options
from nnbench.models._inputs import flat_input
from nnbench.models._outputs import head, stage
from nnbench.models._tabular import INPUTS, RTDL, TASKS, dense
from nnbench.models._transformer import dropped

VARIANTS: dict[str, dict[str, Any]] = {
    "tabular_resnet": {},
    "tabular_resnet_tiny": {"width": 16, "classes": 10},
}


@register_model(
    family="mlp",
    licence="MIT",
    paper=RTDL,
    input_shape=(8,),
    classes=1,
    tasks=TASKS,
    inputs=INPUTS,
    variants=VARIANTS,
)
def tabular_resnet(
    input_shape: Shape,
    classes: int,
    *,
    width: int = 192,
    depth: int = 2,
    hidden_ratio: float = 2.0,
    hidden_dropout: float = 0.15,
    residual_dropout: float = 0.0,
) -> keras.Model:
    """Residual blocks of a batch normalisation and a two-layer network.

    Args:
        width: units of the residual stream.
        depth: number of blocks.
        hidden_ratio: hidden units of a block, as a multiple of `width`.
        hidden_dropout: share of the hidden units dropped while training.
        residual_dropout: share of what a block adds dropped while training.

    Raises:
        ArgumentError: no block, or blocks without a hidden unit.
    """
    _check(depth, int(hidden_ratio * width))
    inputs, x = flat_input(input_shape)
    x = dense(x, width, "embedding")
    for i in range(1, depth + 1):
        name = f"block{i}"
        h = relu(dense(normalization(x, name=f"{name}_norm"), int(hidden_ratio * width), f"{name}_dense1"))
        h = dense(dropped(h, hidden_dropout, f"{name}_dropout1"), width, f"{name}_dense2")
        h = dropped(h, residual_dropout, f"{name}_dropout2")
        x = stage(keras.layers.Add(name=f"{name}_add")([x, h]), i)
    x = relu(normalization(x, name="norm"))
    return keras.Model(inputs, head(x, classes, **layer_options("torch", width)), name="tabular_resnet")


def _check(depth: int, hidden: int) -> None:
    if depth < 1:
        raise ArgumentError(f"depth must be at least 1. Received: {depth}.")
    if hidden < 1:
        raise ArgumentError(f"hidden_ratio must give a block at least 1 hidden unit. Received: {hidden}.")
