"""Clean against attacked and corrupted accuracy: a row per model and dataset, joined points."""

from __future__ import annotations

import pandas as pd

from nnbench.report.figures._frame import name_axes
from nnbench.report.figures._panel import Panel, row_axes
from nnbench.report.figures._rows import cut, row_labels
from nnbench.report.figures._seaborn import load_seaborn
from nnbench.report.figures._style import GLYPHS, GRID, MARKERS, family_colour
from nnbench.report.formatting import plain

CORRUPTED = "corruption_accuracy"
_ENDING = "_accuracy"
_KEYS = ["family", "model", "dataset", "recipe", "backend", "device", "precision"]
_NAMES = {"pgd": "PGD", "fgsm": "FGSM", "autoattack": "AutoAttack", "corruption": "corrupted", "hotflip": "HotFlip"}


def robustness_panels(summary: pd.DataFrame) -> list[Panel]:
    """Return one panel: accuracy on clean samples (ring), under each attack and corrupted, with intervals.

    Empty where no attack was made.

    Args:
        summary: the frame of `frames.summary`.
    """
    pairs = clean_and_attacked(summary)
    models = pairs[[*_KEYS, "clean"]].drop_duplicates().reset_index(drop=True)
    shapes = dict(zip([name for _, name in marks(summary)], MARKERS * 3, strict=False))
    return [_panel(pairs.merge(part.assign(y=part.index), on=[*_KEYS, "clean"]), part, title, shapes)
            for part, title in cut(models)]  # fmt: skip


def attacked(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a summary that are accuracies under attack or corruption."""
    moved = summary["conditions"].str.contains("eps=|edits=") & summary["metric"].str.endswith(_ENDING)
    return summary[moved | (summary["metric"] == CORRUPTED)]


def clean_and_attacked(summary: pd.DataFrame) -> pd.DataFrame:
    """Return a row per model, dataset, place and attack: the keys, attack, conditions, clean, attacked, low, high."""
    clean = summary.loc[summary["metric"] == "accuracy", [*_KEYS, "mean"]].rename(columns={"mean": "clean"})
    rows = attacked(summary)
    rows = rows.assign(attack=_named(rows["metric"]))[[*_KEYS, "attack", "conditions", "mean", "low", "high"]]
    pairs = rows.rename(columns={"mean": "attacked"}).merge(clean, on=_KEYS)
    order = ["dataset", "clean", "model", "attack"]
    return pairs.sort_values(order, ascending=[True, False, True, False], ignore_index=True, kind="stable")


def marks(summary: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the glyph and the name of every attack in a summary, for a legend; PGD first, corruptions last."""
    metrics = attacked(summary)["metric"].drop_duplicates()
    names = sorted(metrics, key=lambda m: (m == CORRUPTED, m != "pgd_accuracy", m))
    return [(GLYPHS[i % len(GLYPHS)], name) for i, name in enumerate(_named(pd.Series(names, dtype=str)))]


def _named(metrics: pd.Series[str]) -> pd.Series[str]:
    return metrics.str.removesuffix(_ENDING).map(lambda name: _NAMES.get(name, name))


def _panel(rows: pd.DataFrame, models: pd.DataFrame, title: str, shapes: dict[str, str]) -> Panel:
    sns = load_seaborn()

    figure, axes, names = row_axes(row_labels(models))
    colours = [family_colour(f) for f in models["family"]]
    least = rows.groupby("y")["attacked"].min().reindex(range(len(models)))
    axes.hlines(range(len(models)), least, models["clean"], colors=GRID, linewidth=3, zorder=1)
    own = [family_colour(f) for f in rows["family"]]
    axes.hlines(rows["y"], rows["low"].clip(0), rows["high"].clip(upper=1), colors=own, linewidth=1.2, zorder=2)
    axes.scatter(
        models["clean"],
        range(len(models)),
        s=34,
        facecolors="none",
        edgecolors=colours,
        linewidth=1.5,
        zorder=3,
        gid="clean",
    )
    sns.scatterplot(
        rows,
        x="attacked",
        y="y",
        hue="family",
        palette={f: family_colour(f) for f in rows["family"]},
        style="attack",
        markers={name: shapes[name] for name in rows["attack"].unique()},
        s=38,
        linewidth=0,
        legend=False,
        ax=axes,
        zorder=4,
    )
    axes.collections[-1].set_gid("attacked")
    axes.set_xlim(-0.02, 1.02)
    name_axes(axes, "accuracy (share)", rows=names)
    return Panel(title, figure, {"clean": _clean_texts(models), "attacked": _attacked_texts(rows)})


def _clean_texts(models: pd.DataFrame) -> list[str]:
    return [f"{r['model']} on {r['dataset']}\n{plain(r['clean'])} clean" for r in models.to_dict("records")]


def _attacked_texts(rows: pd.DataFrame) -> list[str]:
    return [
        f"{r['model']} on {r['dataset']}\n{plain(r['attacked'])} {_under(str(r['attack']))} ({r['conditions']})"
        for r in rows.to_dict("records")
    ]


def _under(attack: str) -> str:
    return attack if attack == _NAMES["corruption"] else f"under {attack}"
