"""What the built-in variants cost, counted once and kept, so that listing them builds none."""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from pathlib import Path

STORE = Path(__file__).parents[1] / "models" / "costs.csv"


@dataclass(frozen=True)
class Cost:
    """Exact counts of a variant at its own input shape and classes.

    Attributes:
        trainable, non_trainable: parameters of what `nnbench.create_model` returns.
        flops: of a forward pass of one sample, two for every multiply-add; None where it cannot be counted.
    """

    trainable: int
    non_trainable: int
    flops: int | None

    @property
    def parameters(self) -> int:
        """All parameters."""
        return self.trainable + self.non_trainable


def stored_cost(variant: str) -> Cost | None:
    """Return the kept cost of a built-in variant; None for a third party's."""
    return _stored().get(variant)


def write_costs(costs: dict[str, Cost], path: Path = STORE) -> None:
    """Keep `costs` by variant."""
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["variant", "trainable", "non_trainable", "flops"])
        for name, cost in sorted(costs.items()):
            writer.writerow([name, cost.trainable, cost.non_trainable, "" if cost.flops is None else cost.flops])


@functools.cache
def _stored() -> dict[str, Cost]:
    with STORE.open(newline="") as stream:
        return {
            row["variant"]: Cost(
                int(row["trainable"]), int(row["non_trainable"]), int(row["flops"]) if row["flops"] else None
            )
            for row in csv.DictReader(stream)
        }
