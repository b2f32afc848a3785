"""Two results side by side: paired by case, with intervals and a verdict."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from nnbench.core.errors import ArgumentError
from nnbench.report.frames import by_family, measured, varying
from nnbench.report.selection import KEYS, Side, Source, listed, read_sides
from nnbench.report.statistics import Difference, Interval, paired_difference, verdict

NUMBERS = ["value", "low", "high"]
SHOWN = ["recipe", "profile", "backend", "device", "precision"]
"""Keys that have a column only where they tell rows apart."""


def compare(baseline: Source, candidate: Source, *, by: str | Sequence[str] | None = None) -> pd.DataFrame:
    """Compare two results, metric by metric, over the cases that both have.

    Each side is a results folder, a selection from one (``"reports/quick@seed=1"``, also ``@backend=NAME`` or
    ``@device=gpu,precision=float32``), or a frame of `load_results`. A candidate that is a selector alone
    (``"@device=gpu"``) is of the baseline's folder.

    Args:
        by: the keys that the sides differ in, and that cases are therefore not matched on. By default those that both
            selectors name, with different values; and recipe, profile, backend, device, precision and seed where each
            side has one value, a different one.

    Returns:
        One row per model, dataset, metric and conditions: family, model, dataset, metric, conditions, baseline,
        candidate (means over the pairs), difference (candidate minus baseline), low, high (its 95 % interval), ratio
        (candidate over baseline), n (pairs), verdict (``better``, ``worse``, ``inconclusive``; empty where neither
        direction is better), unit, better. Recipe, profile, backend, device and precision follow dataset where they
        differ between rows.

    Raises:
        ArgumentError: a selector that is not understood; no case in common; several cases of one side for one of the
            other.
        InvalidStoreError: there are no results at a path.
    """
    one, other = read_sides(baseline, candidate)
    differing = _differing(one, other) if by is None else _known([by] if isinstance(by, str) else list(by))
    # A model brings its family along.
    free = {*differing, "family"} if "model" in differing else {*differing}
    keys = [k for k in KEYS if k not in free and k in one.frame and k in other.frame]
    pairs = _pairs(one, other, keys, differing)
    rows = [
        _row(key, group) for key, group in pairs.groupby([k for k in keys if k != "seed"] + ["metric", "conditions"])
    ]
    frame = by_family(pd.DataFrame(rows))
    shown = varying(frame, SHOWN)
    results = ["baseline", "candidate", "difference", "low", "high", "ratio", "n", "verdict", "unit", "better"]
    names = [k for k in ("family", "model", "dataset") if k in frame]
    return frame[[*names, *shown, "metric", "conditions", *results]]


def _differing(one: Side, other: Side) -> list[str]:
    """Return the keys that set the sides apart, by selection or because each has one value of its own."""
    selected = [k for k in one.selected if one.selected[k] != other.selected.get(k, one.selected[k])]
    both = [k for k in (*SHOWN, "seed") if k in one.frame and k in other.frame and k not in selected]
    own = {k: (set(one.frame[k].unique()), set(other.frame[k].unique())) for k in both}
    return selected + [k for k, (a, b) in own.items() if len(a) == len(b) == 1 and a != b]


def _known(by: list[str]) -> list[str]:
    unknown = [k for k in by if k not in KEYS]
    if unknown:
        raise ArgumentError(f"by must be among {', '.join(KEYS)}. Received: {', '.join(unknown)}.")
    return by


def _pairs(one: Side, other: Side, keys: list[str], differing: list[str]) -> pd.DataFrame:
    """Return one row per case and metric that both sides have, with both sides' numbers."""
    at = [*keys, "metric", "conditions"]
    sides = []
    for side in (one, other):
        rows = measured(side.frame)
        own = [k for k in KEYS if k in rows] + ["metric", "conditions"]
        rows = rows[rows["metric"] != "published"].drop_duplicates(own, keep="last")
        _refuse_several(side, rows, at, differing)
        sides.append(rows[[*at, *NUMBERS, "unit", "better"]])
    pairs = sides[0].merge(sides[1].drop(columns=["unit", "better"]), on=at, suffixes=("_baseline", "_candidate"))
    if pairs.empty:
        raise ArgumentError(_nothing_in_common(one, other, keys))
    return pairs


def _refuse_several(side: Side, rows: pd.DataFrame, at: list[str], differing: list[str]) -> None:
    if not rows.duplicated(at).any():
        return
    several = varying(rows, differing)
    example = f"@{several[0]}={rows[several[0]].iloc[0]}" if several else ""
    have = "; ".join(f"{k}: {listed(rows, k)}" for k in several)
    raise ArgumentError(
        f"{side.name} has several cases for one of the other side ({have}). Select one, as in PATH{example}."
    )


def _nothing_in_common(one: Side, other: Side, keys: list[str]) -> str:
    done = [(s.name, s.frame[s.frame["status"] == "ok"]) for s in (one, other)]
    differ = [k for k in keys if set(done[0][1][k].unique()) != set(done[1][1][k].unique())] or keys
    has = [f"{name} has {_contents(rows, differ)}" for name, rows in done]
    return f"No finished case in common, matched on {', '.join(keys)}: {'; '.join(has)}."


def _contents(rows: pd.DataFrame, keys: list[str]) -> str:
    return ", ".join(f"{k} {listed(rows, k)}" for k in keys) if len(rows) else "no finished case"


def _row(key: object, pairs: pd.DataFrame) -> dict[str, object]:
    first = pairs.iloc[0]
    baseline, candidate = pairs["value_baseline"].to_numpy(float), pairs["value_candidate"].to_numpy(float)
    difference = paired_difference(baseline, candidate, (_own(pairs, "baseline"), _own(pairs, "candidate")))
    mean, other = float(baseline.mean()), float(candidate.mean())
    keys = [c for c in pairs.columns if c in KEYS and c != "seed"] + ["metric", "conditions"]
    return {
        **dict(zip(keys, key if isinstance(key, tuple) else (key,), strict=True)),
        "baseline": mean,
        "candidate": other,
        **_numbers(difference),
        "ratio": other / mean if mean else float("nan"),
        "verdict": verdict(difference, first["better"]),
        "unit": first["unit"],
        "better": first["better"],
    }


def _numbers(difference: Difference) -> dict[str, object]:
    low, high = difference.interval
    return {"difference": difference.value, "low": low, "high": high, "n": difference.n}


def _own(pairs: pd.DataFrame, side: str) -> list[Interval]:
    return list(map(Interval, pairs[f"low_{side}"].astype(float), pairs[f"high_{side}"].astype(float)))
