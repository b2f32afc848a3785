"""State dicts: a file or a mapping becomes numpy arrays by name."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError

State = dict[str, Array]
Weights = str | os.PathLike[str] | Mapping[str, Any]


def read_state(weights: Weights) -> State:
    """Return arrays by name from a ``.safetensors`` or ``.npz`` file, or from a mapping to tensors of any library.

    Raises:
        ArgumentError: another kind of file, one that is not there or cannot be read, or an empty mapping.
    """
    if isinstance(weights, Mapping):
        state = {str(name): _numpy(value) for name, value in weights.items()}
    else:
        state = _read_file(Path(weights))
    if not state:
        raise ArgumentError("weights must hold at least one tensor. Received: none.")
    return state


def natural_order(names: Any) -> list[str]:
    """Return `names` sorted with numbers as numbers, so that ``layer.10`` follows ``layer.9``."""
    return sorted(
        names, key=lambda name: [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in re.split(r"[._]", name)]
    )


def _read_file(path: Path) -> State:
    readers = {".safetensors": _read_safetensors, ".npz": _read_npz}
    if path.suffix not in readers:
        raise ArgumentError(
            f"weights must be a .safetensors or .npz file, or a mapping. Received: {str(path)!r}. "
            "PyTorch writes the former by safetensors.torch.save_file(model.state_dict(), path)."
        )
    if not path.is_file():
        raise ArgumentError(f"weights must be a file that exists. Received: {str(path)!r}.")
    try:
        return readers[path.suffix](path)
    except Exception as error:
        raise ArgumentError(f"weights cannot be read from {str(path)!r}: {error}") from error


def _read_safetensors(path: Path) -> State:
    from safetensors.numpy import load_file

    return dict(load_file(path))


def _read_npz(path: Path) -> State:
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _numpy(value: Any) -> Array:
    # Tensors that track gradients, or live on a device, convert after these two calls only.
    for step in ("detach", "cpu"):
        value = getattr(value, step, lambda value=value: value)()
    return np.asarray(value)
