"""What the figures of foreign inputs share: which scores are drawn, what sets are called, and their colours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nnbench.report.ranks import split_label

ARTIFACT = "ood_scores"
MOST = 6
"""Panels."""

COLOURS = ("#3a7fc8", "#e07b26", "#2e9d72", "#9b5fc7", "#d64a64", "#1797a6", "#b0880f", "#6a70d6", "#7f8896")
"""Of lines that stand for no family; legible on light and dark paper."""


@dataclass(frozen=True)
class Scored:
    """The scores of one model's detectors: name to what `nnbench.harness.score_curves` kept of them."""

    model: str
    dataset: str
    detectors: Mapping[str, Mapping[str, Any]]


def scored(artifacts: pd.DataFrame) -> list[Scored]:
    """Return the scores of the first seed of `MOST` models: a model of each dataset first, then the others."""
    rows = artifacts[artifacts["name"] == ARTIFACT].sort_values("seed", kind="stable")
    rows = rows.drop_duplicates(["model", "dataset"])
    turn = rows.groupby("dataset", sort=False).cumcount()
    rows = rows.assign(turn=turn).sort_values("turn", kind="stable").head(MOST)
    return [
        Scored(str(r["model"]), str(r["dataset"]), r["values"])
        for r in rows.to_dict("records")
        if isinstance(r["values"], dict) and r["values"]
    ]


def area(kept: Mapping[str, Any], label: str) -> float:
    """Return the area under a kept curve, by trapezoids."""
    x, y = kept["fpr"], kept["tpr"][label]
    return float(sum((x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2 for i in range(1, len(x))))


def foreign_labels(kept: Mapping[str, Any]) -> list[str]:
    """Return the labels of the sets that hold none of the known classes."""
    return [label for label in kept["tpr"] if split_label(label)[0] != "shifted"]


def mean_area(kept: Mapping[str, Any]) -> float:
    """Return the mean area over the foreign sets; 0 where there is none."""
    found = [area(kept, label) for label in foreign_labels(kept)]
    return sum(found) / len(found) if found else 0.0


def readable_set(label: str) -> str:
    """Return ``near: shift:permuted_features`` as ``permuted features``; a dataset keeps its name."""
    name = split_label(label)[1]
    kind, colon, rest = name.partition(":")
    if not colon or kind not in ("shift", "made"):
        return name
    word, _, severity = rest.partition(":")
    return f"{word.replace('_', ' ')} {severity}".rstrip()


def colours_of(names: Iterable[str]) -> dict[str, str]:
    """Return a colour for each different name, in the order of their first occurrence."""
    return {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(dict.fromkeys(names))}
