"""Figures: what is drawn, that names in them stay text, and that they leave matplotlib as it was."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from synthetic_results import ENTRIES, GAN_IMAGES, SCRIPT, Entry, adversarial, attempt_of, write

from nnbench.report.figures import FIGURES, draw_figures
from nnbench.report.figures._frame import tick_text, ticks
from nnbench.report.figures._labels import spread
from nnbench.report.figures._panel import shortened
from nnbench.report.figures._style import FAMILY_COLOURS, family_colour
from nnbench.report.figures.adversarial import visible_change
from nnbench.report.figures.curves import strengths
from nnbench.report.figures.learning import MOST_EPOCHS, over_seeds
from nnbench.report.figures.quality import drawn_rows
from nnbench.report.figures.robustness import clean_and_attacked, marks
from nnbench.report.figures.samples import mosaic
from nnbench.report.stored import read_stored

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawn(stored):
    return {d.spec.id: d for d in draw_figures(stored)}


def trees(figure):
    return [ElementTree.fromstring(text) for _, text, _ in figure.panels]


def texts(tree):
    return ["".join(e.itertext()) for e in tree.iter(f"{SVG}text")]


def test_every_figure_has_panels(drawn):
    assert list(drawn) == [f.id for f in FIGURES]
    titles = {name: [title for title, _, _ in d.panels] for name, d in drawn.items()}
    assert titles["quality-parameters"] == ["mnist1d", "digits", "diabetes", "breast_cancer"]
    assert titles["learning"][:4] == ["mnist1d", "digits", "diabetes", "breast_cancer"]
    assert titles["learning"][4:] == ["digits (adversarial)", "ring8 (adversarial)", "pydoc"]
    assert titles["samples"] == ["dcgan · digits", "mlp_gan · ring8"]
    assert titles["curves"] == ["digits · pgd"]
    named = ["cnn1d · mnist1d · autoattack linf eps=0.1", "lenet5 · digits · autoattack linf eps=0.1"]
    assert sorted(titles["adversarial"]) == named


def test_every_axis_has_a_unit(drawn):
    labels = {t for d in drawn.values() for tree in trees(d) for t in texts(tree)}
    across = {"parameters (count)", "inference throughput (samples/s)", "time (s)", "epoch (count)"}
    up = {"accuracy (share), higher is better", "R² (1), higher is better", "training loss (nat)"}
    assert across | up | {"AUROC (1); dashed: chance"} <= labels


def test_models_are_named(drawn):
    named = set(texts(trees(drawn["quality-parameters"])[0]))
    assert {"gru", "lstm", "cnn1d", "encoder_tiny", "mlp", "logistic"} <= named
    assert "gru · mnist1d" in texts(trees(drawn["robustness"])[0])
    assert {"mlp_gan G", "mlp_gan D"} <= set(texts(trees(drawn["learning"])[-2]))


def test_points_tell_their_numbers(drawn):
    titles = ["".join(e.itertext()) for e in trees(drawn["quality-parameters"])[0].iter(f"{SVG}title")]
    assert len(titles) == 6
    assert "gru (tensorflow cpu)\naccuracy .893 ± .006\n5,134 parameters (count)" in titles


def test_ids_are_unique_over_the_page(drawn):
    ids = [e.get("id") for d in drawn.values() for tree in trees(d) for e in tree.iter() if e.get("id")]
    assert len(ids) == len(set(ids))


def test_references_are_to_the_same_drawing(drawn):
    for figure in drawn.values():
        for tree in trees(figure):
            ids = {e.get("id") for e in tree.iter()}
            raw = ElementTree.tostring(tree, encoding="unicode")
            assert set(re.findall(r"url\(#([^)]+)\)", raw)) <= ids
            assert set(re.findall(r'href="#([^"]+)"', raw)) <= ids


def test_ink_follows_the_page(drawn):
    raw = drawn["robustness"].panels[0][1]
    assert "var(--muted)" in raw
    assert "#667085" not in raw


def test_nothing_is_styled_for_the_whole_page(drawn):
    assert not any("<style" in text for d in drawn.values() for _, text, _ in d.panels)


def test_a_script_stays_text(drawn):
    for figure in drawn.values():
        assert not any("<script" in text for _, text, _ in figure.panels)
    assert any(t.startswith(SCRIPT[:8]) for t in texts(trees(drawn["robustness"])[0]))


@pytest.mark.parametrize("name", ["$x^{", "模型🚀", "a\nb\x1b[1m", "<b>&amp;\"'", "{{ 7 * 7 }}", "x" * 300])
def test_odd_names_are_drawn(tmp_path, name):
    entry = Entry("a new $family", name, f"{name} data", "classification", 100, 0.5)
    figures = draw_figures(read_stored(write(tmp_path, [attempt_of(entry, 0)])))
    assert [d.spec.id for d in figures] == [
        "quality-parameters",
        "quality-throughput",
        "robustness",
        "ood",
        "detectors",
        "scores",
        "roc",
        "reliability",
        "conformal",
        "learning",
        "phases",
    ]


@pytest.mark.parametrize(
    "attempts",
    [
        [attempt_of(ENTRIES[0], 0)],
        [attempt_of(ENTRIES[13], 0)],
        [attempt_of(ENTRIES[14], 0), attempt_of(GAN_IMAGES, 0)],
        [attempt_of(ENTRIES[11], s) for s in range(2)],
        [replace(attempt_of(ENTRIES[0], 0), measurements=(), curves={"loss": [0.5]})],
        [replace(attempt_of(ENTRIES[0], 0), curves={"loss": [float("nan"), float("inf"), 1.0, 1e-9]})],
        [replace(attempt_of(ENTRIES[14], 0), artifacts={"generated": {"kind": "sound", "samples": [1]}})],
        [replace(attempt_of(ENTRIES[14], 0), artifacts={"generated": {"kind": "points", "samples": []}, "else": 1})],
        [replace(attempt_of(ENTRIES[0], 0), artifacts={"adversarial": {"kind": "image", "clean": [[1]]}})],
        [replace(attempt_of(ENTRIES[0], 0), artifacts={"adversarial": {**adversarial("cnn1d"), "kind": "smell"}})],
    ],
    ids=[
        "one",
        "language",
        "generators",
        "regression",
        "one epoch",
        "broken curve",
        "unknown kind",
        "no samples",
        "odd examples",
        "unknown examples",
    ],
)
def test_unusual_results_are_drawn(tmp_path, attempts):
    assert draw_figures(read_stored(write(tmp_path, attempts)))


def test_several_places_have_shapes(tmp_path):
    attempts = [attempt_of(e, s, backend=b) for e in ENTRIES[:3] for s in range(2) for b in ("tensorflow", "jax")]
    figure = draw_figures(read_stored(write(tmp_path, attempts)))[0]
    assert [name for _, _, name in figure.legend] == ["neuron", "mlp", "cnn", "jax cpu", "tensorflow cpu"]
    assert [glyph for glyph, _, _ in figure.legend[-2:]] == ["●", "▲"]


def test_matplotlib_is_left_as_it_was(stored):
    with mpl.rc_context({"font.size": 31, "axes.facecolor": "pink"}):
        before = dict(mpl.rcParams)
        draw_figures(stored)
        assert dict(mpl.rcParams) == before


def test_the_same_results_give_the_same_drawing(stored):
    one, other = (draw_figures(stored) for _ in range(2))
    assert [d.panels for d in one] == [d.panels for d in other]


def test_datasets_of_one_model_have_no_panel_beside_others(stored):
    assert [g["dataset"].iloc[0] for g in drawn_rows(stored.overview, "parameters")][:2] == ["mnist1d", "digits"]
    alone = stored.overview[stored.overview["model"] == "gpt_char"]
    assert len(drawn_rows(alone, "parameters")) == 1


def test_clean_and_attacked(stored):
    pairs = clean_and_attacked(stored.summary)
    assert len(pairs) == 12 + 2 * 4
    assert [name for _, name in marks(stored.summary)] == ["PGD", "AutoAttack", "corrupted"]
    assert pairs.loc[pairs["model"] == "lenet5", "attack"].tolist() == ["corrupted", "PGD", "AutoAttack"]
    gru = pairs[pairs["model"] == "gru"].iloc[0]
    assert gru["attacked"] < gru["clean"]
    assert gru["conditions"] == "linf eps=0.1 steps=20"


def test_strengths_are_read_from_their_conditions(stored):
    lines = strengths(stored.summary)
    assert set(lines["strength"]) == {0, 0.05, 0.1, 0.2}
    assert set(lines["norm"]) == {"linf"}
    assert set(lines["line"]) == {"logistic", "lenet5", "resnet20", "vit_tiny"}
    falls = lines.sort_values("strength").groupby("model")["mean"].apply(lambda v: v.is_monotonic_decreasing)
    assert falls.all()


def test_changes_are_scaled_by_their_example():
    change = np.stack([np.full((2, 2, 1), 0.1), np.full((2, 2, 1), -0.02), np.zeros((2, 2, 1))])
    assert visible_change(change)[:, 0, 0, 0].tolist() == [1, 0, 0.5]


def test_curves_over_seeds():
    rows = [("cnn", "c", "loss", e, float(e + s)) for s in (0, 2) for e in range(1, 1001)]
    frame = over_seeds(pd.DataFrame(rows, columns=["family", "model", "name", "epoch", "value"]))
    assert len(frame) <= MOST_EPOCHS
    assert frame["epoch"].iloc[-1] == 1000
    assert frame[["mean", "low", "high"]].iloc[-1].tolist() == [1001, 1000, 1002]


def test_mosaic():
    images = np.stack([np.full((2, 3, 1), i / 10) for i in range(9)])
    sheet = mosaic(images)
    assert sheet.shape == (5, 31, 1)
    assert sheet[0, :3, 0].tolist() == [0, 0, 0]
    assert sheet[3, 0, 0] == 0.8
    assert np.isnan(sheet[2]).all()
    assert np.isnan(sheet[:, 3]).all()


def test_labels_are_spread():
    found = spread(np.array([10.0, 10.0, 11.0, 90.0]), 8.0, 0.0, 100.0)
    assert np.diff(np.sort(found)).min() >= 8 - 1e-9
    assert found[3] == 90
    assert spread(np.array([99.0, 100.0]), 8.0, 0.0, 100.0).tolist() == [92, 100]
    assert spread(np.array([]), 8.0, 0.0, 1.0).tolist() == []


@pytest.mark.parametrize(
    ("limits", "options", "expected"),
    [
        ((0.0, 1.0), {}, ["0", ".2", ".4", ".6", ".8", "1"]),
        ((-2.1, 2.1), {}, ["−2", "−1", "0", "1", "2"]),
        ((0.5, 12.5), {"whole": True}, ["3", "6", "9", "12"]),
        ((0.6, 3.4), {"whole": True}, ["1", "2", "3"]),
        ((300, 1.1e7), {"log": True}, ["1k", "10k", "100k", "1M", "10M"]),
        ((1000, 30_000), {"log": True}, ["1k", "10k"]),
        ((2000, 9000), {"log": True}, ["2k", "5k"]),
        ((0.0005, 2.0), {"log": True}, [".001", ".01", ".1", "1"]),
        ((1.2, 0.0), {}, []),
    ],
)
def test_ticks(limits, options, expected):
    assert [tick_text(v) for v in ticks(*limits, **options)] == expected


def test_shortened():
    assert shortened("resnet20", 20) == "resnet20"
    assert shortened("module:a_function", 9) == "modu…tion"
    assert shortened("two\nlines", 20) == "two lines"


def test_colours_of_families():
    assert len(set(FAMILY_COLOURS.values())) == len(FAMILY_COLOURS)
    assert family_colour("a plugin's") == family_colour("a plugin's")
