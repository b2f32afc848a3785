"""Two results side by side: what is paired, what is said of it, and what cannot be compared."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from synthetic_results import ENTRIES, attempt_of, write

from nnbench.core.errors import ArgumentError, InvalidStoreError
from nnbench.report.comparison import compare
from nnbench.report.selection import split_selector
from nnbench.results.load import load_results

COLUMNS = ["family", "model", "dataset", "metric", "conditions"]
COLUMNS += ["baseline", "candidate", "difference", "low", "high", "ratio", "n", "verdict", "unit", "better"]


def of(frame, model, metric):
    rows = frame[(frame["model"] == model) & (frame["metric"] == metric)]
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Two models in two places, two seeds each; the second place is slower by nine tenths."""
    attempts = [attempt_of(e, s, backend=b) for e in ENTRIES[1:3] for s in range(2) for b in ("tensorflow", "jax")]
    return write(tmp_path_factory.mktemp("places"), attempts)


def test_columns(folder, shifted):
    assert list(compare(folder, shifted).columns) == COLUMNS


def test_pairs_are_seeds_of_one_case(folder, shifted):
    found = of(compare(folder, shifted), "cnn1d", "accuracy")
    sides = []
    for path in (folder, shifted):
        frame = load_results(path).query("model == 'cnn1d' and metric == 'accuracy' and status == 'ok'")
        sides.append(frame.set_index("seed")["value"].sort_index())
    differences = sides[1] - sides[0]
    assert found["n"] == 3
    assert found["baseline"] == pytest.approx(sides[0].mean())
    assert found["difference"] == pytest.approx(differences.mean())
    assert found["ratio"] == pytest.approx(sides[1].mean() / sides[0].mean())
    if np.ptp(differences) > 1e-12:
        expected = stats.t.interval(0.95, 2, differences.mean(), stats.sem(differences))
        assert found[["low", "high"]].tolist() == pytest.approx(expected)


def test_only_seeds_that_both_have_are_paired(folder, shifted):
    assert of(compare(folder, shifted), "lstm", "accuracy")["n"] == 2


def test_published_numbers_are_not_compared(folder, shifted):
    assert "published" not in set(compare(folder, shifted)["metric"])


def test_conditions_are_matched(folder, shifted):
    found = compare(folder, shifted)
    sets = found[(found["model"] == "gru") & (found["metric"] == "ood_auroc_msp")]
    assert sorted(sets["conditions"]) == ["gaussian_noise", "uniform"]


def test_verdicts_honour_the_direction(tmp_path):
    slow = attempt_of(ENTRIES[1], 0)
    path = write(tmp_path, [slow])
    frame = load_results(path)
    fast = frame.copy()
    time = fast["metric"].isin(["latency_p50", "inference_throughput", "nll"])
    fast.loc[time, ["value", "low", "high"]] *= 10
    found = compare(frame, fast)
    assert of(found, "mlp", "latency_p50")["verdict"] == "worse"
    assert of(found, "mlp", "inference_throughput")["verdict"] == "better"
    assert of(found, "mlp", "nll")["verdict"] == "inconclusive"
    assert of(found, "mlp", "accuracy")["verdict"] == "inconclusive"


@pytest.mark.parametrize("by", [None, "backend"])
def test_two_backends_of_one_folder(places, by):
    found = compare(f"{places}@backend=tensorflow", "@backend=jax", by=by)
    assert set(found["model"]) == {"mlp", "cnn1d"}
    assert set(found["n"]) == {2}
    assert "backend" not in found


def test_two_seeds_of_one_folder(places):
    found = compare(f"{places}@seed=0,backend=jax", "@seed=1,backend=jax")
    assert set(found["n"]) == {1}
    assert of(found, "mlp", "accuracy")["low"] < 0 < of(found, "mlp", "accuracy")["high"]


def test_folders_of_one_backend_each(places):
    frame = load_results(places)
    one, other = (frame[frame["backend"] == b] for b in ("tensorflow", "jax"))
    assert set(compare(one, other)["n"]) == {2}


def test_places_that_both_have_get_a_column(places):
    found = compare(places, places)
    assert list(found.columns) == [*COLUMNS[:3], "backend", *COLUMNS[3:]]
    assert set(found.loc[found["metric"] == "accuracy", "verdict"]) == {"inconclusive"}


def test_frames_and_folders_mix(folder, shifted):
    assert of(compare(load_results(folder), shifted), "gru", "accuracy")["n"] == 3


def test_a_selector_on_one_side_is_a_filter(folder, shifted):
    found = compare(f"{folder}@model=gru", shifted)
    assert set(found["model"]) == {"gru"}


def test_nothing_in_common(folder, places):
    write(places.parent / "other", [attempt_of(ENTRIES[10], s) for s in range(2)])
    told = r"No finished case in common.*: baseline .*@dataset=mnist1d has family .*gru.* model mlp, "
    with pytest.raises(ArgumentError, match=told):
        compare(f"{folder}@dataset=mnist1d", places.parent / "other")


def test_a_side_without_finished_cases(folder):
    with pytest.raises(ArgumentError, match=r"@backend=jax has no finished case; candidate .* has family cnn, gan"):
        compare(f"{folder}@backend=jax", "@backend=tensorflow")


def test_several_for_one(places):
    with pytest.raises(ArgumentError, match=r"several cases for one of the other side \(backend: jax, tensorflow\)"):
        compare(f"{places}@backend=jax", places, by="backend")


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("@colour=red", "with a key among family, model"),
        ("@sed=1", "Did you mean 'seed'"),
        ("@seed", "A selector is PATH@key=value"),
        ("@seed=9", "no attempt has seed=9; it has 0, 1"),
    ],
)
def test_selectors_that_select_nothing(places, selector, message):
    with pytest.raises(ArgumentError, match=message):
        compare(f"{places}{selector}", places)


def test_unknown_by(places):
    with pytest.raises(ArgumentError, match=r"by must be among .*Received: metric"):
        compare(places, places, by="metric")


def test_a_frame_without_the_columns(places):
    with pytest.raises(ArgumentError, match=r"candidate must be a frame .* it lacks the columns low, high"):
        compare(places, load_results(places).drop(columns=["low", "high"]))


def test_no_such_folder(places, tmp_path):
    with pytest.raises(InvalidStoreError, match="No results at"):
        compare(places, tmp_path / "nothing")


def test_two_models_of_different_families(folder):
    found = compare(f"{folder}@model=gru,dataset=mnist1d", "@model=cnn1d,dataset=mnist1d")
    accuracy = found[found["metric"] == "accuracy"].iloc[0]
    assert (accuracy["dataset"], accuracy["n"], accuracy["verdict"]) == ("mnist1d", 3, "better")


def test_selectors(tmp_path):
    assert split_selector("a/b@seed=1, device=gpu") == ("a/b", {"seed": "1", "device": "gpu"})
    assert split_selector("a/b") == ("a/b", {})
    (tmp_path / "me@work").mkdir()
    assert split_selector(str(tmp_path / "me@work")) == (str(tmp_path / "me@work"), {})
    assert split_selector(f"{tmp_path}/me@work@seed=1") == (f"{tmp_path}/me@work", {"seed": "1"})
