"""Detectors side by side: a row per detector, a column per dataset and group of sets, and the mean rank."""

from __future__ import annotations

import pandas as pd

PREFIX = "ood_auroc_"
FULL_SPECTRUM = "full spectrum"
RANK = ("", "mean rank")
NOT_FOREIGN = ("shifted: ", FULL_SPECTRUM)
"""Beginnings of the conditions under which known classes are scored too; they stay out of means over foreign sets."""
GROUPS = ("", "near", "far")
"""What counts for the ranks. Shifted samples are known classes: telling them apart is neither good nor bad."""


def areas(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `frames.summary` that are AUROC of detectors, with ``detector``, ``group`` and ``against``.

    A set that was asked for by its name has an empty group.
    """
    rows = summary[summary["metric"].str.startswith(PREFIX)]
    found = [split_label(c) for c in rows["conditions"]]
    return rows.assign(
        detector=rows["metric"].str.removeprefix(PREFIX),
        group=pd.Series([g for g, _ in found], index=rows.index, dtype=str),
        against=pd.Series([a for _, a in found], index=rows.index, dtype=str),
    )


def split_label(label: str) -> tuple[str, str]:
    """Return the group and the set of a label: ``near: mnist_5to9`` gives near and mnist_5to9."""
    if label.startswith(FULL_SPECTRUM):
        return FULL_SPECTRUM, label.removeprefix(FULL_SPECTRUM).lstrip(", ")
    group, colon, against = label.partition(": ")
    return (group, against) if colon else ("", label)


def ranks(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the mean AUROC of each detector on each dataset and group, over models, places and sets.

    Returns:
        A row per detector, the best first, with two-level columns (dataset, group) and `RANK`, the mean of its ranks
        over the columns in which every detector has a number: 1 is the best, equals share their ranks. Empty without
        any.
    """
    rows = areas(summary)
    rows = rows[rows["group"].isin(GROUPS)]
    if rows.empty:
        return pd.DataFrame()
    rows = rows.assign(group=pd.Categorical(rows["group"], GROUPS, ordered=True))
    table = rows.pivot_table(index="detector", columns=["dataset", "group"], values="mean", observed=True)
    mean = table.dropna(axis="columns").round(6).rank(ascending=False).mean(axis="columns")
    table.columns = pd.MultiIndex.from_tuples([(str(c[0]), str(c[1])) for c in table.columns])
    table[RANK] = mean
    return table.sort_values(RANK, kind="stable")
