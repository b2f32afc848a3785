"""A third party's package, installed by pip, listed, run through the harness and held to the contracts."""

import json
import math

import keras
import pytest

import nnbench

SUITE = """
from nnbench import Entry, Recipe, Suite

EVALUATIONS = ("quality", "attack:acme_two_steps", "attack:pgd", "ood:acme_nearest_mean", "ood:msp")
suite = Suite(
    "acme",
    [
        Entry("acme_mish", "acme_clouds", Recipe(learning_rate=1e-2), evaluations=EVALUATIONS),
        Entry("logistic_regression", "acme_clouds", evaluations=("quality", "attack:acme_two_steps")),
    ],
)
"""


@pytest.fixture(scope="module")
def rows(acme, tmp_path_factory):
    """The stored rows of a run of a suite that uses everything the package brings."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "bench_acme.py").write_text(SUITE)
    backend = f"--backend={keras.backend.backend()}"
    done = acme.nnbench("run", "bench_acme.py", "--profile=smoke", "--out=results", backend, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return nnbench.load_results(folder / "results")


def test_models_are_listed(acme, tmp_path):
    listed = acme.nnbench("models", "acme*", "--json", cwd=tmp_path)
    assert [row["model"] for row in json.loads(listed.stdout)] == ["acme_mish", "acme_mish_wide"], listed.stderr


def test_models_are_counted_where_asked(acme, tmp_path):
    def parameters(*options):
        listed = acme.nnbench("models", "*_mish*", "--json", *options, cwd=tmp_path)
        return {row["model"]: row["parameters"] for row in json.loads(listed.stdout)}

    small, wide = (4 * w + 4 * (w + 1) for w in (32, 128))
    assert parameters() == {"acme_mish": None, "acme_mish_wide": None}
    assert parameters("--count") == {"acme_mish": small, "acme_mish_wide": wide}
    assert parameters("--count", f"--max={small}") == {"acme_mish": small}


def test_the_total_includes_them(acme, tmp_path):
    own = len(nnbench.list_models())
    listed = acme.nnbench("models", cwd=tmp_path).stdout
    assert listed.endswith(f"\n{own + 2} models; --count also counts the 2 whose costs are not kept\n")
    assert acme.nnbench("models", "acme*", "--count", cwd=tmp_path).stdout.endswith("\n2 models\n")


def test_it_is_not_in_the_environment_of_the_tests():
    assert nnbench.list_models("acme*") == []


def test_every_case_ends_ok(rows):
    assert set(rows["status"]) == {"ok"}
    assert set(rows["model"]) == {"acme_mish", "logistic_regression"}
    assert set(rows.loc[rows["model"] == "acme_mish", "family"]) == {"mlp"}


@pytest.mark.parametrize(
    "metric",
    ["acme_margin", "acme_two_steps_accuracy", "ood_auroc_acme_nearest_mean", "ood_fpr95_oodpos_acme_nearest_mean"],
)
def test_its_measurements_are_stored(rows, metric):
    stored = rows[(rows["model"] == "acme_mish") & (rows["metric"] == metric)]
    assert len(stored) == 1
    assert math.isfinite(stored["value"].item())


def test_its_attack_is_no_stronger_than_pgd_is_meant_to_be(rows):
    own = rows[rows["model"] == "acme_mish"].set_index("metric")["value"]
    assert own["acme_two_steps_accuracy"] <= own["accuracy"] + 0.2  # of 32 samples, and of 128
    assert own["pgd_accuracy"] <= own["acme_two_steps_accuracy"]


CHECKS = """
from nnbench import list_datasets, testing

assert list_datasets("acme*") == ["acme_clouds"]
testing.check_model("acme_mish")
testing.check_model("acme_mish_wide", input_shape=(4, 4, 1), classes=7)
testing.check_dataset("acme_clouds")
testing.check_attack("acme_two_steps")
testing.check_detector("acme_nearest_mean")
testing.check_metric("acme_margin")
print("kept")
"""


def test_it_keeps_the_contracts(acme, tmp_path):
    done = acme.run("-c", CHECKS, cwd=tmp_path)
    assert done.stdout.strip().endswith("kept"), done.stderr
