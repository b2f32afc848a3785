"""The directions in which features hardly vary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError, NotApplicableError
from nnbench.core.robustness import LinearHead
from nnbench.ood._batches import blocks
from nnbench.ood._moments import second_moment, working_dtype

Origin = Literal["mean", "head"]


@dataclass(frozen=True)
class Residual:
    """The residual subspace: an origin (d,), and an orthonormal basis (d, r) of what the principal space leaves."""

    origin: Array
    basis: Array

    @classmethod
    def of(cls, features: Array, origin: Array, principal: int | float) -> Residual:
        """Return the residual subspace of features (n, d).

        Args:
            features: (n, d).
            origin: (d,), where the axes meet.
            principal: the number of principal directions; below 1, the largest number that explains no more than this
                share of the second moment about `origin`.

        Raises:
            NotApplicableError: the principal space leaves nothing.
        """
        values, vectors = np.linalg.eigh(second_moment(features, origin))
        width, count = len(values), principal
        if principal < 1:
            explained = np.cumsum(values[::-1]) / max(values.sum(), np.finfo(np.float64).tiny)
            count = int(np.searchsorted(explained, principal, side="right"))
        if count >= width:
            raise NotApplicableError(f"needs more than {count} features; there are {width}")
        return cls(origin, vectors[:, : width - int(count)])

    def norms(self, features: Array) -> Array:
        """Return the lengths (n,) of the residuals of features (n, d), in float64."""
        dtype = working_dtype(features.shape[1])
        parts = (features - self.origin).astype(dtype) @ self.basis.astype(dtype)
        return np.asarray(np.sqrt(np.einsum("ij,ij->i", parts, parts, dtype=np.float64)))

    def mean_norm(self, features: Array) -> float:
        """Return the mean length of the residuals of features (n, d)."""
        return float(sum(self.norms(features[rows]).sum() for rows in blocks(*features.shape)) / len(features))


def origin_of(origin: Origin, features: Array, head: LinearHead | None) -> Array:
    """Return the mean of the features (d,), or the point −(Wᵀ)⁺ b whose logits come closest to none."""
    if origin == "mean" or head is None:
        return np.asarray(features.mean(axis=0, dtype=np.float64))
    return np.asarray(-np.linalg.pinv(head.weights.T.astype(np.float64)) @ head.bias)


def checked_principal(principal: int | float, origin: str) -> None:
    """Check the arguments that subspace detectors share.

    Raises:
        ArgumentError: neither a number of directions nor a share, or another origin.
    """
    if not principal > 0 or (principal > 1 and principal != int(principal)):
        raise ArgumentError(f"principal must be a share below 1 or a number of directions. Received: {principal!r}.")
    if origin not in ("mean", "head"):
        raise ArgumentError(f"origin must be 'mean' or 'head'. Received: {origin!r}.")
