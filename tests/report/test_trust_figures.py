"""Figures of foreign inputs and of calibration: what they say, and the frames behind them."""

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from synthetic_results import DETECTORS, ENTRIES, attempt_of, write

from nnbench.core.measurement import Measurement
from nnbench.report.figures import draw_figures
from nnbench.report.figures._foreign import area, readable_set, scored
from nnbench.report.figures.conformal import covered
from nnbench.report.figures.reliability import pooled
from nnbench.report.ranks import RANK, areas, ranks, split_label
from nnbench.report.stored import read_stored

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawn(stored):
    return {d.spec.id: d for d in draw_figures(stored)}


def texts(panel):
    return ["".join(e.itertext()) for e in ElementTree.fromstring(panel[1]).iter(f"{SVG}text")]


def titles(panel):
    return ["".join(e.itertext()) for e in ElementTree.fromstring(panel[1]).iter(f"{SVG}title")]


def summary_of(*rows):
    """Return a summary of rows detector, dataset, conditions, mean."""
    frame = pd.DataFrame(rows, columns=["metric", "dataset", "conditions", "mean"])
    return frame.assign(metric="ood_auroc_" + frame["metric"])


def test_labels_of_sets():
    assert split_label("near: mnist_5to9") == ("near", "mnist_5to9")
    assert split_label("mnist_5to9") == ("", "mnist_5to9")
    assert split_label("full spectrum, near: mnist_5to9") == ("full spectrum", "near: mnist_5to9")
    assert split_label("shift:gaussian_noise:3") == ("", "shift:gaussian_noise:3")
    assert readable_set("far: shift:uniform_noise") == "uniform noise"
    assert readable_set("shifted: shift:gaussian_noise:3") == "gaussian noise 3"
    assert readable_set("near: made:constant") == "constant"
    assert readable_set("near: mnist_5to9") == "mnist_5to9"


def test_ranks_are_means_over_columns():
    table = ranks(
        summary_of(
            ("a", "digits", "near: x", 0.9),
            ("b", "digits", "near: x", 0.8),
            ("c", "digits", "near: x", 0.7),
            ("a", "digits", "far: y", 0.6),
            ("a", "digits", "far: z", 0.8),
            ("b", "digits", "far: y", 0.9),
            ("c", "digits", "far: y", 0.7),
            ("c", "digits", "shifted: s", 1.0),
            ("c", "digits", "full spectrum, near: x", 1.0),
        )
    )
    assert list(table.columns) == [("digits", "near"), ("digits", "far"), RANK]
    assert table[RANK].to_dict() == {"b": 1.5, "a": 1.75, "c": 2.75}
    assert table.loc["a", ("digits", "far")] == pytest.approx(0.7)


def test_columns_that_a_detector_lacks_do_not_count():
    table = ranks(
        summary_of(("a", "iris", "u", 0.9), ("b", "iris", "u", 0.8), ("b", "wine", "u", 1.0), ("c", "iris", "u", 0.8))
    )
    assert table[RANK].to_dict() == {"a": 1.0, "b": 2.5, "c": 2.5}
    assert ranks(summary_of()).empty
    assert areas(summary_of()).empty


def test_the_overview_is_of_foreign_sets_alone(tmp_path):
    attempt = attempt_of(ENTRIES[0], 0)
    known = tuple(
        Measurement("ood_auroc_msp", 0.01, conditions=c) for c in ("shifted: noise", "full spectrum, near: uniform")
    )
    plain, more = (
        read_stored(write(tmp_path / name, [replace(attempt, measurements=attempt.measurements + extra)])).overview
        for name, extra in (("plain", ()), ("more", known))
    )
    assert more["ood_auroc_msp"].tolist() == plain["ood_auroc_msp"].tolist()


def test_heat_map(drawn):
    found = texts(drawn["detectors"].panels[0])
    assert {*DETECTORS, "mean rank", "mnist1d", "digits"} <= set(found)
    told = titles(drawn["detectors"].panels[0])
    assert len(told) == 3 * 3
    assert told[0].split("\n")[1].startswith("AUROC .")


def test_two_detectors_make_no_heat_map(tmp_path):
    attempt = attempt_of(ENTRIES[0], 0)
    kept = tuple(m for m in attempt.measurements if not m.metric.endswith("_knn"))
    found = draw_figures(read_stored(write(tmp_path, [replace(attempt, measurements=kept)])))
    assert "detectors" not in [d.spec.id for d in found]


def test_many_detectors_leave_the_points_to_the_heat_map(tmp_path):
    attempt = attempt_of(ENTRIES[0], 0)
    more = tuple(Measurement(f"ood_auroc_d{i}", 0.5 + i / 20, conditions="uniform") for i in range(8))
    found = draw_figures(read_stored(write(tmp_path, [replace(attempt, measurements=attempt.measurements + more)])))
    assert "ood" not in [d.spec.id for d in found]
    assert "detectors" in [d.spec.id for d in found]


def test_a_model_of_each_dataset_is_drawn_first(stored, drawn):
    assert [s.dataset for s in scored(stored.artifacts)][:3] == ["digits", "mnist1d", "breast_cancer"]
    assert len(drawn["scores"].panels) == 6
    assert [name for _, _, name in drawn["scores"].legend] == ["known", "gaussian_noise", "uniform"]
    assert drawn["roc"].legend[0][2] == "msp"
    axes = texts(drawn["scores"].panels[0])
    assert any(t.startswith("score of ") for t in axes)
    assert any("least AUROC" in t for t in axes)
    assert any(t.startswith("true positive rate · ") for t in texts(drawn["roc"].panels[0]))


def test_area_of_what_is_kept():
    assert area({"fpr": [0, 0.5, 1], "tpr": {"far": [0, 1, 1]}}, "far") == pytest.approx(0.75)


def test_diagrams_are_pooled_over_seeds_by_samples():
    one = {"count": [0, 30], "confidence": [None, 0.9], "accuracy": [None, 0.8]}
    other = {"count": [0, 10], "confidence": [None, 0.7], "accuracy": [None, 0.4]}
    found = pooled([one, other])
    assert found.share.tolist() == [1.0]
    assert found.confidence.tolist() == pytest.approx([0.85])
    assert found.accuracy.tolist() == pytest.approx([0.7])
    assert found.ece == pytest.approx(0.15)
    assert pooled([]) is None
    assert pooled([{"count": [0], "confidence": [None], "accuracy": [None]}]) is None


def test_reliability_says_what_scaling_did(drawn):
    panel = drawn["reliability"].panels[0]
    label = next(t for t in texts(panel) if "ECE" in t)
    before, after = (float(x) for x in label.partition("ECE ")[2].split(" → "))
    assert after < before
    assert any(t.startswith("after scaling: confidence") for t in titles(panel))
    assert np.isfinite([before, after]).all()


def test_coverage_stands_beside_what_was_promised(stored, drawn):
    rows = covered(stored.summary)
    assert set(rows["score"]) == {"lac", "aps"}
    assert rows["promised"].unique() == pytest.approx([0.9])
    assert rows.loc[rows["score"] == "lac", "size"].unique() == pytest.approx([1.2])
    told = titles(drawn["conformal"].panels[0])
    assert len(told) == len(rows)
    assert any("1.200 classes a set" in t for t in told)


def test_a_model_that_was_not_scaled_has_its_diagram(tmp_path):
    attempt = attempt_of(ENTRIES[0], 0)
    only = {"reliability": {"none": attempt.artifacts["reliability"]["none"]}}
    found = {d.spec.id: d for d in draw_figures(read_stored(write(tmp_path, [replace(attempt, artifacts=only)])))}
    assert "→" not in " ".join(texts(found["reliability"].panels[0]))
    assert "scores" not in found
    assert "roc" not in found
