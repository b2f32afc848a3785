"""Colours and type of the figures. The colours of ink and paper follow the page's theme, see `_svg`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nnbench.report.figures._seaborn import load_seaborn

INK, MUTED, GRID, PAPER = "#1d2129", "#667085", "#e4e7ec", "#fefefe"
THEMED = {INK: "var(--ink)", MUTED: "var(--muted)", GRID: "var(--line)", PAPER: "var(--card)"}
"""Colours that a page replaces by its own. They are used for nothing else."""

FAMILY_COLOURS = {
    "neuron": "#7f8896",
    "mlp": "#3a7fc8",
    "cnn": "#e07b26",
    "rnn": "#2e9d72",
    "transformer": "#9b5fc7",
    "gan": "#d64a64",
    "autoencoder": "#1797a6",
    "diffusion": "#b0880f",
    "state_space": "#6a70d6",
    "tabular": "#96694c",
}
_FURTHER = ("#c2589f", "#5f9a2f", "#4a97d9", "#a8563a")

MARKERS = ("o", "^", "s", "D", "v", "P", "X")
GLYPHS = ("●", "▲", "■", "◆", "▼", "✚", "✖")
"""The same shapes for legends in text."""

FONT_SIZE = 9.0
POINTS_PER_INCH = 72


def family_colour(family: str) -> str:
    """Return a family's colour, legible on light and dark paper; the same in every report."""
    return FAMILY_COLOURS.get(family) or _FURTHER[sum(map(ord, family)) % len(_FURTHER)]


@contextmanager
def drawing() -> Iterator[None]:
    """Draw and save figures in our style, whatever the caller's settings; they are untouched afterwards."""
    import matplotlib as mpl

    sns = load_seaborn()

    with mpl.rc_context():
        mpl.rcdefaults()
        settings: Any = _settings(sns)
        with mpl.rc_context(settings), warnings.catch_warnings():
            # Names in scripts that matplotlib's font lacks are drawn by the browser, in its own.
            warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
            yield


def _settings(sns: Any) -> dict[str, Any]:
    return {
        **sns.axes_style("ticks"),
        "font.size": FONT_SIZE,
        "axes.titlesize": FONT_SIZE,
        "text.color": INK,
        "axes.edgecolor": GRID,
        "axes.facecolor": "none",
        "axes.grid": False,
        "axes.linewidth": 0.8,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlelocation": "left",
        "axes.titley": 1.035,
        "figure.facecolor": "none",
        "lines.solid_capstyle": "round",
        "savefig.facecolor": "none",
        "svg.fonttype": "none",
        # A dollar sign in a model's name is no formula, and no name is read as one.
        "text.parse_math": False,
        "svg.hashsalt": "nnbench",
    }
