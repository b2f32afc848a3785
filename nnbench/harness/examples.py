"""A few samples before and after an attack, as plain data for a report to draw."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnbench.core.dataset import Array, DatasetSpec, Split

DRAWN = 5
DIGITS = 3
KINDS = ("image", "signal")


def attack_examples(result: Any, test: Split, spec: DatasetSpec, *, attack: str, conditions: str) -> dict[str, Any]:
    """Return samples that an attack moved, of as many classes as there are, those that it fooled first.

    Empty for data that no report draws, and where nothing was moved. The keys: kind, attack, conditions, bounds, labels
    (k,), fooled (k,), clean and adversarial (k, *shape).
    """
    if spec.kind not in KINDS:
        return {}
    moved = np.flatnonzero((result.x_adv != test.x).reshape(len(test), -1).any(axis=1))
    chosen = moved[_spread(test.y[moved], result.success[moved])]
    if not len(chosen):
        return {}
    return {
        "kind": spec.kind,
        "attack": attack,
        "conditions": conditions,
        "bounds": list(spec.bounds or ()),
        "labels": test.y[chosen].tolist(),
        "fooled": result.success[chosen].tolist(),
        "clean": _plain(test.x[chosen]),
        "adversarial": _plain(result.x_adv[chosen]),
    }


def _spread(labels: Array, fooled: Array) -> Array:
    """Return `DRAWN` rows at most: the fooled ones first, and of these a row of every class before a second of any."""
    turn = np.zeros(len(labels), int)
    for label in np.unique(labels):
        for hit in (True, False):
            own = (labels == label) & (fooled == hit)
            turn[own] = np.arange(own.sum())
    return np.lexsort((np.arange(len(labels)), labels, turn, ~fooled))[:DRAWN]


def _plain(x: Array) -> Any:
    return np.round(x.astype(float), DIGITS).tolist()
