"""Sets and detectors that a case names, full spectrum, and what is kept to be drawn."""

from dataclasses import replace

import numpy as np
import pytest

from nnbench import load_dataset
from nnbench.core.case import Case
from nnbench.core.errors import ArgumentError, MissingDataError
from nnbench.core.recipe import Recipe
from nnbench.core.robustness import DETECTORS
from nnbench.harness import detection
from nnbench.harness.detection import evaluate_detectors
from nnbench.harness.score_curves import FALSE_POSITIVE_RATES, score_artifact
from nnbench.metrics.ranking import auroc

SPLITS = load_dataset("digits_0to4")


@pytest.fixture(scope="module")
def model():
    import keras

    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 1))
    return keras.Model(inputs, keras.layers.Dense(5)(keras.layers.Flatten(name="features")(inputs)))


def case(*evaluations, dataset="digits_0to4"):
    return Case("mlp", dataset, Recipe(), "tensorflow", "cpu", "float32", 0, evaluations, "0" * 8)


def conditions(found, metric):
    return [m.conditions for m in found.measurements if m.metric == metric]


def test_without_further_words_it_is_the_dataset_s_own_sets(model):
    found = evaluate_detectors(case("ood:msp"), model, SPLITS)
    assert conditions(found, "ood_auroc_msp") == ["digits_5to9"]
    metrics = [m.metric for m in found.measurements]
    assert metrics == [f"ood_{c}_msp" for c in ("auroc", "aupr_oodpos", "aupr_idpos", "fpr95_oodpos")]
    fpr = found.measurements[-1]
    assert fpr.low <= fpr.value <= fpr.high
    assert fpr.low < fpr.high


def test_groups_and_names(model):
    found = evaluate_detectors(case("ood:msp", "ood:energy", "against:near", "against:made:constant"), model, SPLITS)
    for name in ("msp", "energy"):
        assert conditions(found, f"ood_auroc_{name}") == ["near: digits_5to9", "made:constant"]
    assert set(found.artifacts["ood_scores"]) == {"msp", "energy"}


def test_the_full_spectrum_counts_shifted_samples_as_known(model):
    found = evaluate_detectors(case("ood:energy", "against:near", "full_spectrum"), model, SPLITS)
    shifted = ["shifted: shift:gaussian_noise:1", "shifted: shift:gaussian_noise:3"]
    assert conditions(found, "ood_auroc_energy") == ["near: digits_5to9", *shifted, "full spectrum, near: digits_5to9"]
    areas = {m.conditions: m for m in found.measurements if m.metric == "ood_auroc_energy"}
    assert areas["full spectrum, near: digits_5to9"].n == 180 * 3 + 179


def test_what_is_kept_gives_the_same_area(model):
    found = evaluate_detectors(case("ood:energy", "against:near"), model, SPLITS)
    kept = found.artifacts["ood_scores"]["energy"]
    assert sum(kept["counts"][""]) == 180
    assert sum(kept["counts"]["near: digits_5to9"]) == 179
    area = np.trapezoid(kept["tpr"]["near: digits_5to9"], kept["fpr"])
    assert area == pytest.approx(found.measurements[0].value, abs=0.01)


def test_curves_of_ties_and_of_constants():
    rng = np.random.default_rng(0)
    inside, outside = rng.integers(0, 4, 300).astype(float), rng.integers(1, 5, 200).astype(float)
    kept = score_artifact({"": inside, "far": outside})
    fine = np.interp(np.linspace(0, 1, 2001), FALSE_POSITIVE_RATES, kept["tpr"]["far"])
    assert np.trapezoid(fine, dx=1 / 2000) == pytest.approx(auroc(inside, outside).value, abs=0.01)
    low, high = score_artifact({"": inside, "far": 1e6 + outside})["edges"]
    assert (low, high) == (0, 9), "the axis is of the scores that matter"
    flat = score_artifact({"": np.zeros(3), "far": np.zeros(2)})
    assert flat["tpr"]["far"] == pytest.approx(FALSE_POSITIVE_RATES, abs=1e-4)
    assert sum(flat["counts"]["far"]) == 2


def test_a_preset_is_said_in_every_row_and_must_be_known(model, monkeypatch):
    with_preset = replace(DETECTORS.get("energy"), presets={"hot": {"temperature": 50.0}})
    monkeypatch.setitem(DETECTORS._specs, "energy", with_preset)
    hot = evaluate_detectors(case("ood:energy", "against:near", "preset:hot"), model, SPLITS)
    usual = evaluate_detectors(case("ood:energy", "against:near"), model, SPLITS)
    assert conditions(hot, "ood_auroc_energy") == ["near: digits_5to9 (preset hot)"]
    assert hot.measurements[0].value != usual.measurements[0].value
    with pytest.raises(ArgumentError, match=r"preset must be None or one of .*hot.* Received: 'cold'"):
        evaluate_detectors(case("ood:energy", "preset:cold"), model, SPLITS)


def test_a_set_of_a_group_whose_data_is_absent_is_a_row_with_its_reason(model, monkeypatch):
    def absent(name, *_, **__):
        raise MissingDataError(f"Missing data. Put {name} in place.")

    monkeypatch.setattr("nnbench.ood.foreign_samples", absent)
    found = evaluate_detectors(case("ood:msp", "against:near"), model, SPLITS)
    assert {m.conditions for m in found.measurements} == {"near: digits_5to9"}
    assert "digits_5to9 is not here" in found.measurements[0].reason
    with pytest.raises(MissingDataError):
        evaluate_detectors(case("ood:msp", "against:digits_5to9"), model, SPLITS)


def test_detectors_do_not_apply_without_classes_or_sets(model):
    diabetes = load_dataset("diabetes")
    found = evaluate_detectors(case("ood:msp", dataset="diabetes"), model, diabetes)
    assert "diabetes is a regression dataset" in found.measurements[0].reason
    assert evaluate_detectors(case("quality"), model, SPLITS) == detection.Detected()
