"""TabM: an ensemble of MLPs for tables whose members share almost all of their weights.

Gorishniy, Kotelnikov and Babenko (2025), section 3; sizes, dropout and initialisation are the defaults of the authors'
package ``tabm`` without embeddings of numbers. A member differs from another by the factors in front of and behind each
shared matrix (``"full"``), by those in front of the first one (``"mini"``), or shares nothing (``"packed"``); the last
layer is each member's own.

Different from the package: a model has one output, so ``logits`` is the mean of the members' logits. The package gives
all of them; the paper averages the members' losses in training and their probabilities in prediction. For that, take
the layer ``members`` (B, K, classes) by ``nnbench.feature_extractor(model, "members")``. Categories are to be one-hot
encoded beforehand; in the package, the columns of one feature then start with the same sign.

Shapes: B batch, K members, W width.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._convolution import relu
from nnbench.models._initializers import layer_options
from nnbench.models._inputs import flat_input
from nnbench.models._outputs import output_dtype, stage
from nnbench.models._tabular import INPUTS, TASKS, dense
from nnbench.models._transformer import dropped

PAPER = Paper(
    "TabM: advancing tabular deep learning with parameter-efficient ensembling",
    "Gorishniy, Kotelnikov and Babenko",
    2025,
    "https://arxiv.org/abs/2410.24210",
)

VARIANTS: dict[str, dict[str, Any]] = {
    "tabm": {},
    "tabm_mini": {"members": "mini"},
    "tabm_packed": {"members": "packed"},
    "tabm_tiny": {"k": 4, "width": 16, "depth": 2, "classes": 10},
}

MEMBERS = ("full", "mini", "packed")


@register_model(
    family="tabular",
    licence="Apache-2.0",
    paper=PAPER,
    input_shape=(8,),
    classes=1,
    tasks=TASKS,
    inputs=INPUTS,
    variants=VARIANTS,
)
def tabm(
    input_shape: Shape,
    classes: int,
    *,
    k: int = 32,
    width: int = 512,
    depth: int = 3,
    members: str = "full",
    dropout: float = 0.1,
) -> keras.Model:
    """An ensemble in one network; ``features`` holds the members' hidden units side by side (B, K·W).

    Args:
        k: number of members.
        width: units of each hidden layer.
        depth: number of hidden layers.
        members: what is a member's own: ``"full"``, ``"mini"`` or ``"packed"``, see above.
        dropout: share of the hidden units dropped while training, of each member independently.

    Raises:
        ArgumentError: another `members`.
    """
    if members not in MEMBERS:
        raise ArgumentError(f"members must be one of {', '.join(MEMBERS)}. Received: {members!r}.")
    inputs, x = flat_input(input_shape)
    x = keras.layers.RepeatVector(k, name="copies")(x)
    if members == "mini":
        x = _scaled(x, "signs", first=True)
    for i in range(1, depth + 1):
        x = relu(_hidden(x, width, members, i))
        x = stage(dropped(x, dropout, f"dropout{i}"), i)
    return keras.Model(inputs, _averaged(x, classes), name="tabm")


def _hidden(x: Any, width: int, members: str, number: int) -> Any:
    """Return the members' linear layers of `x` (B, K, n): (B, K, width)."""
    name = f"hidden{number}"
    if members == "packed":
        return _separate(x, width, name)
    if members == "mini":
        return dense(x, width, name)
    limit = x.shape[-1] ** -0.5
    kernel = keras.initializers.RandomUniform(-limit, limit)
    x = _scaled(x, f"{name}_before", first=number == 1)
    x = keras.layers.Dense(width, use_bias=False, kernel_initializer=kernel, name=name)(x)
    return _scaled(x, f"{name}_after", bias_limit=limit)


def _scaled(x: Any, name: str, *, first: bool = False, bias_limit: float | None = None) -> Any:
    """Return `x` (B, K, n) times each member's factors, which start as random signs for the `first` and else as ones.

    Args:
        bias_limit: add shifts, which start within this limit, the same for all members.
    """
    from nnbench.layers.affine import Affine, AlikeUniform, RandomSigns

    signs = RandomSigns() if first else "ones"
    if bias_limit is None:
        return Affine(rank=2, use_bias=False, scale_initializer=signs, name=name)(x)
    shifts = AlikeUniform(-bias_limit, bias_limit)
    return Affine(rank=2, scale_initializer=signs, bias_initializer=shifts, name=name)(x)


def _separate(x: Any, units: int, name: str, dtype: str | None = None) -> Any:
    """Return a linear layer of each member's own of `x` (B, K, n): (B, K, units)."""
    layer = keras.layers.EinsumDense(
        "bkn,knu->bku",
        output_shape=(x.shape[1], units),
        bias_axes="ku",
        name=name,
        dtype=dtype,
        **layer_options("torch", x.shape[-1]),
    )
    return layer(x)


def _averaged(x: Any, classes: int) -> Any:
    """Return logits (B, classes), the mean of those that each member gives for its row of `x` (B, K, W)."""
    sides = x.shape[1:]
    x = keras.layers.Flatten(name="features")(x)
    x = _separate(keras.layers.Reshape(sides, name="rows")(x), classes, "members", output_dtype())
    return keras.layers.GlobalAveragePooling1D(name="logits", dtype=output_dtype())(x)
