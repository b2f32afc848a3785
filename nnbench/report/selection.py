"""One side of a comparison: a results folder or a frame, whole or in part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nnbench.core.errors import ArgumentError
from nnbench.core.registry import did_you_mean
from nnbench.report.stored import load_report_frame

KEYS = ["family", "model", "dataset", "recipe", "profile", "backend", "device", "precision", "seed"]
"""What cases are matched on."""

Source = str | Path | pd.DataFrame


@dataclass(frozen=True)
class Side:
    """A side's rows, what they were selected by, and how it is called in messages."""

    frame: pd.DataFrame
    selected: Mapping[str, str]
    name: str


def read_sides(baseline: Source, candidate: Source) -> tuple[Side, Side]:
    """Return both sides. A candidate that is a selector alone, `X, is of the baseline's folder.

    Raises:
        ArgumentError: a selector that is not understood, or that selects nothing; a frame without the columns.
        InvalidStoreError: there are no results at a path.
    """
    if isinstance(baseline, (str, Path)) and isinstance(candidate, str) and candidate.startswith("@"):
        candidate = f"{split_selector(str(baseline))[0]}{candidate}"
    return _read("baseline", baseline), _read("candidate", candidate)


def split_selector(text: str) -> tuple[str, dict[str, str]]:
    """Split ``PATH@key=value,key=value`` into path and selection; a path that exists is taken as it is.

    Raises:
        ArgumentError: a key that cases do not have, or no ``=``.
    """
    path, at, selector = text.rpartition("@")
    if not at or Path(text).exists():
        return text, {}
    selected = {}
    for part in selector.split(","):
        key, equals, value = (s.strip() for s in part.partition("="))
        if not equals or key not in KEYS:
            raise ArgumentError(
                f"A selector is PATH@key=value, with a key among {', '.join(KEYS)}. Received: {text!r}."
                f"{did_you_mean(key, KEYS)}"
            )
        selected[key] = value
    return path, selected


def _read(role: str, source: Source) -> Side:
    if isinstance(source, pd.DataFrame):
        return Side(_checked(role, source), {}, role)
    path, selected = split_selector(str(source))
    frame = load_report_frame(path)
    for key, value in selected.items():
        kept = frame[frame[key].astype(str) == value]
        if kept.empty:
            raise ArgumentError(f"{role} {source}: no attempt has {key}={value}; it has {listed(frame, key)}.")
        frame = kept
    return Side(frame, selected, f"{role} {source}")


def _checked(role: str, frame: pd.DataFrame) -> pd.DataFrame:
    needed = [
        *(k for k in KEYS if k != "profile"),
        "status",
        "metric",
        "value",
        "unit",
        "better",
        "low",
        "high",
        "conditions",
    ]
    missing = [c for c in needed if c not in frame]
    if missing:
        raise ArgumentError(f"{role} must be a frame of load_results; it lacks the columns {', '.join(missing)}.")
    return frame


def listed(frame: pd.DataFrame, key: str) -> str:
    """Return a key's values in `frame`, for a message."""
    values = sorted(map(str, frame[key].unique()))
    return ", ".join(values[:8]) + (", …" if len(values) > 8 else "") if values else "nothing"
