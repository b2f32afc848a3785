"""How another library names the weights of an architecture: maps from our layers to its state dict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Key:
    """Where one kind of layer stands in a state dict.

    Attributes:
        prefix: the path of the other library's module. ``{1}`` stands for the first group of the pattern that the
            layer's path matched, ``{2:-1}`` for the second one less 1. ``#`` stands for the n-th of all paths that fit
            here, in natural order, for the n-th layer of ours under this pattern. A prefix that ends in ``_`` is
            continued without a dot, as in ``in_proj_weight``.
        part: ``(i, n)`` where the module holds n such layers fused along its outputs and this is number i, from 0.
        transposed: linear weights are (outputs, inputs), as PyTorch's; False for (inputs, outputs).
        unflatten: (channels, height, width) of the map that a linear layer reads flattened, channels first.
        suffix: follows every parameter's name, such as ``_l0``.
        names: our variable's name to the parameter's own, where that is not the usual one (kernel: weight …).
    """

    prefix: str
    part: tuple[int, int] | None = None
    transposed: bool = True
    unflatten: tuple[int, int, int] | None = None
    suffix: str = ""
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WeightMap:
    """A whole state dict of one library.

    Attributes:
        keys: pattern of our layers' paths (``"stage(\\d+)_conv"``, matched in full) to where they stand.
        ignored: patterns of keys that carry no weight of ours: buffers, and copies of tied weights.
        strip: prefixes that some of the library's classes put before every key.
    """

    keys: Mapping[str, Key | str]
    ignored: tuple[str, ...] = ()
    strip: tuple[str, ...] = ()


SOURCES = ("torchvision", "timm", "transformers", "pytorch", "keras")
"""Libraries whose names of weights `nnbench.load_weights` may be given.

``pytorch`` stands for a module of ``torch.nn`` alone; the file of the builder says how its parts are named.
"""
