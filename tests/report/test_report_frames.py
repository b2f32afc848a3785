"""Frames made from frames: a row per attempt, over seeds, what failed, what was published."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from synthetic_results import ENTRIES, SCRIPT, attempt_of, write

from nnbench.core.measurement import Measurement
from nnbench.report import frames
from nnbench.report.overview import overview
from nnbench.report.stored import load_report_frame, read_stored
from nnbench.results.load import load_results


def row(frame, **keys):
    """Return the one row with these keys."""
    for key, value in keys.items():
        frame = frame[frame[key] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def test_wide_has_a_row_per_attempt(stored):
    wide = frames.wide(stored.frame)
    assert len(wide) == stored.frame["attempt_id"].nunique()
    gru = row(wide, model="gru", seed=0)
    long = stored.frame[stored.frame["attempt_id"] == gru["attempt_id"]]
    assert gru["accuracy"] == row(long, metric="accuracy")["value"]
    expected = row(long, metric="ood_auroc_msp", conditions="uniform")["value"]
    assert gru["ood_auroc_msp [uniform]"] == expected
    assert gru["pgd_accuracy"] == row(long, metric="pgd_accuracy")["value"]
    failed = row(wide, status="oom")
    assert np.isnan(failed["accuracy"])
    assert failed["reason"].startswith("killed at")


def test_summary_over_seeds(stored):
    found = row(stored.summary, model="gru", metric="accuracy")
    values = stored.frame.query("model == 'gru' and metric == 'accuracy' and status == 'ok'")["value"]
    assert found["seeds"] == 3
    assert found["mean"] == pytest.approx(values.mean())
    assert found["std"] == pytest.approx(values.std())
    expected = stats.t.interval(0.95, 2, values.mean(), stats.sem(values))
    assert found[["low", "high"]].tolist() == pytest.approx(expected)
    assert found["interval"] == "seeds"


def test_summary_of_one_seed_keeps_the_measurements_interval(stored):
    found = row(stored.summary, model=SCRIPT, metric="accuracy")
    own = row(stored.frame, model=SCRIPT, metric="accuracy")
    assert found[["mean", "low", "high"]].tolist() == own[["value", "low", "high"]].tolist()
    assert (found["seeds"], found["interval"]) == (1, "samples")
    assert row(stored.summary, model=SCRIPT, metric="parameters")["interval"] == ""


def test_a_failed_seed_does_not_count(stored):
    assert row(stored.summary, model="lstm", metric="accuracy")["seeds"] == 2


def test_what_was_not_applicable_has_no_row(stored):
    assert stored.summary.query("model == 'mlp_gan' and metric == 'pgd_accuracy'").empty


def test_summary_is_in_the_order_of_families(stored):
    order = list(stored.summary["family"].drop_duplicates())
    assert order == ["neuron", "mlp", "cnn", "rnn", "transformer", "gan"]


def test_the_newest_of_equal_cases_counts(tmp_path):
    old = attempt_of(ENTRIES[0], 0)
    case = replace(old.case, dataset_hash="f" * 8)
    new = replace(attempt_of(ENTRIES[0], 0, shift=0.2), case=case, started="2026-03-02T00:00:00.000+00:00")
    found = read_stored(write(tmp_path, [new, old])).summary
    accuracy = row(found, metric="accuracy")
    assert (accuracy["seeds"], accuracy["mean"]) == (1, new["accuracy"])


def test_failures(stored):
    found = frames.failures(stored.frame)
    assert set(found["status"]) == {"diverged", "oom", "error", "skipped"}
    oom = row(found, status="oom")
    assert oom["reason"] == "killed at 14.2 GB resident, of 14 GB allowed"
    assert oom["command"] == f"nnbench run --case {oom['case_id']}"


def test_a_failure_that_gave_numbers_keeps_its_own_reason(tmp_path):
    numbers = (Measurement("parameters", 10), Measurement("accuracy", float("nan"), reason="never evaluated"))
    lost = replace(attempt_of(ENTRIES[0], 0), status="diverged", reason="loss became NaN", measurements=numbers)
    frame = load_results(write(tmp_path, [lost]))
    assert frames.failures(frame)["reason"].tolist() == ["loss became NaN"]
    assert frames.summary(frame).empty


def test_not_applicable(stored):
    found = row(frames.not_applicable(stored.frame), reason="regression has no classes to confuse")
    assert found["models"] == "linear, mlp_regressor"
    assert found["metrics"] == "ood_auroc_energy, ood_auroc_knn, ood_auroc_msp, pgd_accuracy"
    assert found["n"] == 6


def test_published_beside_measured(stored):
    found = frames.published(stored.summary)
    assert set(found["model"]) == {"logistic", "mlp", "cnn1d", "gru"}
    gru, ours = row(found, model="gru"), row(stored.summary, model="gru", metric="accuracy")
    assert (gru["metric"], gru["published"], gru["source"]) == ("accuracy", 0.91, "Greydanus & Kobak 2024")
    assert gru["difference"] == pytest.approx(ours["mean"] - 0.91)
    assert gru["within"] == (ours["low"] <= 0.91 <= ours["high"])


def test_a_source_may_name_its_metric(tmp_path):
    numbers = (
        Measurement("accuracy", 0.9),
        Measurement("ece", 0.04, low=0.03, high=0.06),
        Measurement("published", 0.05, conditions="ece: Guo 2017"),
    )
    folder = write(tmp_path, [replace(attempt_of(ENTRIES[0], 0), measurements=numbers)])
    found = frames.published(read_stored(folder).summary).iloc[0]
    assert (found["metric"], found["source"], found["within"]) == ("ece", "Guo 2017", True)


def test_overrides_tell_models_apart(tmp_path):
    attempts = [attempt_of(ENTRIES[1], 0), attempt_of(ENTRIES[1], 0, units=8, depth=2)]
    assert set(load_report_frame(write(tmp_path, attempts))["model"]) == {"mlp", "mlp(depth=2, units=8)"}


def test_overview(stored):
    found = row(stored.overview, model="gru")
    metric = {m: row(stored.summary, model="gru", metric=m) for m in ("accuracy", "pgd_accuracy", "latency_p90")}
    assert (found["quality_metric"], found["quality_better"]) == ("accuracy", "higher")
    assert found["quality"] == metric["accuracy"]["mean"]
    assert found["pgd_accuracy_low"] == metric["pgd_accuracy"]["low"]
    assert found["pgd_accuracy_conditions"] == "linf eps=0.1 steps=20"
    assert found["latency_p90"] == metric["latency_p90"]["mean"]
    sets = stored.summary.query("model == 'gru' and metric == 'ood_auroc_msp'")
    assert found["ood_auroc_msp"] == pytest.approx(sets["mean"].mean())
    assert len(stored.overview) == 17


def test_quality_is_the_tasks_own(stored):
    found = stored.overview.set_index("model")["quality_metric"]
    assert found[["linear", "gpt_char", "mlp_gan"]].tolist() == ["r2", "bits_per_character", "high_quality_share"]


def test_frames_of_nothing(tmp_path):
    frame = load_results(write(tmp_path, []))
    assert isinstance(frame, pd.DataFrame)
    for step in (frames.wide, frames.summary, frames.failures, frames.not_applicable):
        assert step(frame).empty
    assert frames.published(frames.summary(frame)).empty
    assert overview(frames.summary(frame)).empty


def test_flags_are_gathered_over_attacks_and_seeds(stored):
    digits = stored.overview[stored.overview["dataset"] == "digits"].set_index("model")
    assert digits.loc["lenet5", ["reliable", "flags"]].tolist() == [1, ""]
    assert digits.loc["resnet20", ["reliable", "flags"]].tolist() == [0, "pgd: zero gradient"]
    assert stored.overview.loc[stored.overview["dataset"] == "mnist1d", "reliable"].isna().all()
