"""Attacks, curves and corruptions of a case: what is measured, what is kept to be drawn, what does not apply."""

import re
from dataclasses import replace

import numpy as np
import pytest

from nnbench import corruptions
from nnbench.core.case import derived_seed
from nnbench.core.catalog import create_model, dataset_info, load_dataset
from nnbench.core.dataset import AttackSetting, Split, Splits
from nnbench.core.lazy import keras
from nnbench.core.recipe import Recipe
from nnbench.core.robust_training import RobustTraining
from nnbench.core.robustness import ATTACKS
from nnbench.harness.attacked import STRENGTHS, evaluate_attacks
from nnbench.harness.bench import benchmark
from nnbench.harness.corrupted import corruption_measurements
from nnbench.harness.inference import Predictor

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def trained():
    """A linear net on digits."""
    splits = load_dataset("digits")
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
    model.compile(keras.optimizers.Adam(0.02), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(splits.train.x, splits.train.y, batch_size=64, epochs=3, verbose=0)
    return model, splits


def case_with(planned, *evaluations, samples=60):
    case = planned("logistic_regression", "digits", attack_samples=samples).case
    return replace(case, evaluations=evaluations)


def by_metric(found):
    return {m.metric: m for m in found}


def test_an_attack_gives_its_accuracy_flags_and_passes(trained, planned):
    found = evaluate_attacks(case_with(planned, "attack:pgd", "attack:fgsm"), *trained)
    values = by_metric(found.measurements)
    assert values["pgd_accuracy"].conditions == "linf eps=0.1 steps=20"
    assert values["pgd_accuracy"].n == 60
    assert values["pgd_accuracy"].low < values["pgd_accuracy"].value < values["pgd_accuracy"].high
    assert values["fgsm_accuracy"].conditions == "linf eps=0.1"
    assert values["pgd_reliable"].value == 1
    assert 0 < values["fgsm_backwards"].value < values["pgd_backwards"].value
    drawn = found.artifacts["adversarial"]
    assert (drawn["attack"], drawn["kind"], drawn["bounds"]) == ("fgsm", "image", [0, 1])
    clean, moved = (np.array(drawn[k]) for k in ("clean", "adversarial"))
    assert clean.shape == moved.shape == (5, 8, 8, 1)
    assert 0 < np.abs(clean - moved).max() <= 0.101
    assert len(set(drawn["labels"])) == 5


def test_flags_are_kept_beside_the_number(planned):
    inputs = keras.Input((8, 8, 1))
    still = keras.layers.Lambda(keras.ops.stop_gradient)(keras.layers.Flatten()(inputs))
    model = keras.Model(inputs, keras.layers.Dense(10)(still))
    found = by_metric(evaluate_attacks(case_with(planned, "attack:pgd"), model, load_dataset("digits")).measurements)
    assert (found["pgd_reliable"].value, found["pgd_reliable"].conditions) == (0, "zero gradient")


def test_a_curve_falls_from_clean_accuracy(trained, planned):
    model, splits = trained
    rows = evaluate_attacks(case_with(planned, "curve:pgd", "attack:pgd"), model, splits).measurements
    curve = [m for m in rows if m.metric == "pgd_curve"]
    assert [m.conditions for m in curve[:2]] == ["linf eps=0", "linf eps=0.025 steps=20"]
    values = [m.value for m in curve]
    assert len(values) == len(STRENGTHS) + 1
    assert values == sorted(values, reverse=True)
    x, y = splits.test.x[:60], splits.test.y[:60]
    assert values[0] == pytest.approx((Predictor(model, 60)(x).argmax(axis=1) == y).mean())
    assert values[4] == pytest.approx(by_metric(rows)["pgd_accuracy"].value, abs=1 / 60 + 1e-9)


def test_tokens_are_replaced_where_an_attack_reads_them(planned):
    rng = np.random.default_rng(0)
    x, y = rng.integers(3, 20, (30, 6)).astype("int32"), rng.integers(0, 2, 30)
    spec = replace(dataset_info("imdb"), shape=(6,), vocabulary=20)
    splits = Splits(spec, Split(x, y), Split(x, y))
    keras.utils.set_random_seed(0)
    embedding = keras.layers.Embedding(20, 4, embeddings_initializer="normal")
    layers = [keras.Input((6,), dtype="int32"), embedding, keras.layers.Flatten(), keras.layers.Dense(2)]
    model = keras.Sequential(layers)
    found = evaluate_attacks(case_with(planned, "attack:hotflip", "curve:hotflip", "attack:pgd"), model, splits)
    values = by_metric(found.measurements)
    assert values["hotflip_accuracy"].conditions == "edits=5"
    curve = [m.value for m in found.measurements if m.metric == "hotflip_curve"]
    assert len(curve) == 6
    assert curve[-1] == values["hotflip_accuracy"].value < curve[0]
    assert (
        values["pgd_accuracy"].reason
        == "the inputs of imdb are discrete tokens, which cannot be moved by a small amount"
    )
    assert found.artifacts == {}


def test_a_registered_text_model_is_attacked():
    keras.utils.set_random_seed(0)
    model = create_model("bert_test", classes=3, input_shape=(6,))
    x = np.random.default_rng(0).integers(1, 100, (6, 6)).astype("int32")
    y = Predictor(model, 6)(x).argmax(axis=1)
    result = ATTACKS.get("hotflip").run(model, x, y, edits=3, candidates=20)
    assert result.reliable
    assert result.robust_accuracy < 1


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("hotflip", {}, "hotflip replaces tokens, and digits holds image"),
        ("pgd", {"attack": None}, "digits states no perturbation"),
        ("pgd", {"attack": AttackSetting("l7", 1.0, 1, 1.0)}, "pgd knows .*, and the perturbation of digits is in l7"),
        ("pgd", {"task": "regression"}, "accuracy under attack needs classes; digits is a regression dataset"),
    ],
)
def test_what_makes_no_sense_is_a_row_with_its_reason(trained, planned, name, change, reason):
    model, splits = trained
    changed = Splits(replace(splits.spec, **change), splits.train, splits.test)
    found = evaluate_attacks(case_with(planned, f"attack:{name}", f"curve:{name}"), model, changed).measurements
    assert [m.metric for m in found] == [f"{name}_accuracy", f"{name}_curve"]
    assert all(re.fullmatch(reason, m.reason) for m in found)


def test_corruptions_are_averaged_over_kinds_and_severities(trained, planned):
    model, splits = trained
    case = case_with(planned, "corruption:gaussian_noise", "corruption:uniform_noise")
    found = corruption_measurements(case, Predictor(model, 60), splits)
    mean, kinds = found[0], [m for m in found if m.metric == "corruption_accuracy_by_kind"]
    severities = [m.value for m in found if m.metric == "corruption_accuracy_by_severity"]
    assert (mean.metric, mean.n, mean.conditions) == ("corruption_accuracy", 60, "2 kinds, severities 1-5")
    assert [m.conditions for m in kinds] == ["gaussian_noise", "uniform_noise"]
    assert mean.value == pytest.approx(np.mean([m.value for m in kinds])) == pytest.approx(np.mean(severities))
    assert severities[0] > severities[4] + 0.2
    assert mean.low < mean.value < mean.high
    again = corruption_measurements(case, Predictor(model, 60), splits)
    assert again == found


def test_the_harness_measures_what_users_measure(trained, planned):
    model, splits = trained
    case = case_with(planned, "corruption:gaussian_noise", "corruption:uniform_noise")
    found = corruption_measurements(case, Predictor(model, 60), splits)
    x, y, seed = splits.test.x[:60], splits.test.y[:60], derived_seed(case.seed, "corruption")
    names = ["gaussian_noise", "uniform_noise"]
    frame = corruptions.evaluate(model, x, y, corruptions=names, bounds=(0, 1), seed=seed)
    summary = corruptions.summarize(frame)
    values = {(m.metric, m.conditions): m.value for m in found}
    assert values["corruption_clean_accuracy", ""] == pytest.approx(summary.clean_accuracy)
    assert values["corruption_accuracy", "2 kinds, severities 1-5"] == pytest.approx(summary.mean_accuracy)
    for name, accuracy in summary.by_corruption[["corruption", "accuracy"]].itertuples(index=False):
        assert values["corruption_accuracy_by_kind", name] == pytest.approx(accuracy)


def test_the_word_corruptions_stands_for_the_common_ones(trained, planned):
    model, splits = trained
    found = corruption_measurements(case_with(planned, "corruptions", samples=8), Predictor(model, 8), splits)
    assert found[0].conditions == "15 kinds, severities 1-5"
    assert "jpeg_compression" in {m.conditions for m in found}


@pytest.mark.parametrize(
    ("evaluation", "dataset", "reason"),
    [
        ("corruptions", "diabetes", "accuracy on corrupted inputs needs classes; diabetes is a regression dataset"),
        ("corruptions", "imdb", "no group of corruptions is stated for tokens"),
        ("corruption:gaussian_noise", "imdb", "gaussian_noise does not apply to tokens"),
    ],
)
def test_corruptions_that_make_no_sense_are_a_row(planned, evaluation, dataset, reason):
    nothing = Split(np.zeros((0, 1)), np.zeros(0))
    splits = Splits(dataset_info(dataset), nothing, nothing)
    found = corruption_measurements(case_with(planned, evaluation), lambda x: x, splits)
    assert [(m.metric, m.reason) for m in found] == [("corruption_accuracy", reason)]


def test_nothing_is_measured_that_was_not_asked_for(trained, planned):
    model, splits = trained
    case = case_with(planned, "quality")
    assert evaluate_attacks(case, model, splits).measurements == []
    assert corruption_measurements(case, Predictor(model, 8), splits) == []


def test_a_recipe_trains_robustly():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
    recipe = Recipe(learning_rate=0.02, batch_size=64, epochs=3, attack_samples=100, name="robust")
    recipe = replace(recipe, robust=RobustTraining("pgd", 0.1, steps=3))
    attempt = benchmark(model, "digits", recipe=recipe, evaluations=("quality", "attack:pgd"))
    assert attempt.ok, attempt.error
    assert attempt["accuracy"] > 0.8
    assert len(attempt.curves["loss"]) == 3
    assert "adversarial" in attempt.artifacts


def test_robust_training_needs_classes():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(1)])
    attempt = benchmark(model, "diabetes", recipe=Recipe(epochs=1, robust=RobustTraining()))
    assert (attempt.status, attempt.reason) == (
        "error",
        "robust needs a classification dataset. Received: diabetes, regression.",
    )
