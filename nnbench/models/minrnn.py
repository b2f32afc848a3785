"""minGRU and minLSTM over the rows of images, the steps of signals and the values of tables.

Feng et al. (2024): blocks of `nnbench.models._minrnn` on a linear projection of each step, as their code reads values
in place of tokens; the classifier sees the last step. The sizes are ours, near those of `gru` and `lstm`; the paper
has no such task.
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.models._initializers import layer_options
from nnbench.models._inputs import sequence_input
from nnbench.models._minrnn import PAPER, blocks, linear
from nnbench.models._outputs import head
from nnbench.models._recurrent import INPUTS, TASKS

VARIANTS: dict[str, dict[str, Any]] = {
    "mingru": {"cell": "mingru"},
    "mingru_tiny": {"cell": "mingru", "width": 16, "depth": 1, "input_shape": (8, 8, 1)},
    "minlstm": {"cell": "minlstm"},
    "minlstm_tiny": {"cell": "minlstm", "width": 16, "depth": 1, "input_shape": (8, 8, 1)},
}


@register_model(
    family="rnn",
    licence="MIT",
    paper=PAPER,
    input_shape=(28, 28, 1),
    classes=10,
    tasks=TASKS,
    inputs=INPUTS,
    variants=VARIANTS,
)
def minrnn(
    input_shape: Shape,
    classes: int,
    *,
    cell: str = "mingru",
    width: int = 64,
    depth: int = 2,
    expansion: float = 2.0,
    kernel: int = 4,
    dropout: float = 0.0,
) -> keras.Model:
    """A minimal recurrent network over the rows of an image, the steps of a signal or the values of a table.

    Args:
        cell: ``"mingru"`` or ``"minlstm"``.
        width: dimensions of each step's vector.
        depth: number of blocks.
        expansion: width of the state, as a multiple of `width`.
        kernel: window of the convolution in front of each recurrent layer; 0 leaves it out.
        dropout: share dropped in the two-layer networks while training.
    """
    inputs, x = sequence_input(input_shape)
    x = linear(x, width, "embedding")
    x = blocks(x, cell=cell, depth=depth, expansion=expansion, kernel=kernel, dropout=dropout)
    return keras.Model(inputs, head(x[:, -1], classes, **layer_options("torch", width)), name="minrnn")
