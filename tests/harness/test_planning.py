"""From suites to cases, without a backend."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from nnbench.core.dataset import DATASETS
from nnbench.core.errors import UnknownNameError
from nnbench.core.recipe import Published, Recipe
from nnbench.core.suite import Entry, Suite
from nnbench.harness.options import RunOptions
from nnbench.harness.plan import family_of, is_reference, mismatch, plan
from nnbench.runtime.names import MODULES

ENTRIES = (
    Entry("logistic_regression", "iris", Recipe(epochs=3)),
    Entry("mlp", "wine", Recipe(epochs=3), overrides={"widths": (8,)}),
)


def two(entries=ENTRIES, **options):
    return plan(Suite("two", entries), RunOptions(**options))


def ids(entries=ENTRIES, **options):
    return [p.case.id for p in two(entries, **options)]


def test_a_case_per_entry_and_seed_of_the_profile():
    cases = two()
    assert [(p.case.model, p.case.dataset, p.case.seed) for p in cases] == [
        (model, dataset, seed)
        for model, dataset in (("logistic_regression", "iris"), ("mlp", "wine"))
        for seed in range(3)
    ]
    assert {p.profile for p in cases} == {"quick"}
    assert [p.family for p in cases[::3]] == ["neuron", "mlp"]
    assert cases[-1].case.overrides == {"widths": (8,)}


def test_seeds_profile_and_precision_of_the_options_come_first():
    cases = two(seeds=(4, 9), profile="smoke", precision="mixed_bfloat16")
    assert [p.case.seed for p in cases] == [4, 9, 4, 9]
    assert {(p.profile, p.case.precision) for p in cases} == {("smoke", "mixed_bfloat16")}
    assert {p.case.recipe.steps for p in cases} == {8}


def test_backends_and_devices_are_grouped_so_that_workers_start_once():
    cases = two(backends=("jax", "torch"), devices=("cpu", "gpu"), seeds=(0,))
    places = [(p.case.backend, p.case.device) for p in cases]
    expected = [(b, d) for b in ("jax", "torch") for d in ("cpu", "gpu")]
    assert list(dict.fromkeys(places)) == expected
    assert places == [place for place in expected for _ in range(2)]


def test_ids_are_stable_within_and_between_processes():
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_planning as t; print(*t.ids())\n"
        "assert not {'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules)"
    )
    command = [sys.executable, "-c", script, str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "5"})
    assert done.stdout.split() == ids() == ids()
    assert len(set(ids())) == 6


@pytest.mark.parametrize(
    "change",
    [
        {"recipe": Recipe(epochs=4)},
        {"overrides": {"widths": (9,)}},
        {"evaluations": ("quality",)},
        {"dataset": "breast_cancer"},
        {"model": "mlp_tiny"},
    ],
)
def test_what_decides_a_result_changes_the_id(change):
    other = (ENTRIES[0], replace(ENTRIES[1], **change))
    assert ids()[:3] == ids(other)[:3]
    assert not set(ids()[3:]) & set(ids(other)[3:])


@pytest.mark.parametrize(
    "options", [{"backends": ("jax",)}, {"devices": ("gpu",)}, {"precision": "float16"}, {"seeds": (7,)}]
)
def test_where_and_how_it_runs_changes_the_id(options):
    assert not set(ids(backends=("torch",))) & set(ids(**{"backends": ("torch",), **options}))


def test_the_suite_and_a_published_number_do_not_change_the_id():
    shown = [replace(e, published=Published("accuracy", 0.5, "someone")) for e in ENTRIES]
    assert [p.case.id for p in plan(Suite("other", shown), RunOptions())] == ids()


@pytest.mark.parametrize(
    ("model", "dataset", "reason"),
    [
        ("gpt_tiny", "iris", "gpt_tiny does language, and iris is a classification dataset"),
        ("cnn_tiny", "iris", "cnn_tiny reads .*, and iris holds table"),
        ("mlp", "mnist_test_images", "mnist_test_images has no training samples.*"),
        ("my_module:build", "mnist_test_images", "mnist_test_images has no training samples.*"),
        ("mlp", "iris", ""),
        ("my_module:build", "iris", ""),
    ],
)
def test_a_model_that_cannot_work_on_a_dataset_is_planned_with_the_reason(model, dataset, reason):
    assert re.fullmatch(reason, mismatch(model, DATASETS.get(dataset)))
    (planned,) = plan(Suite("one", [Entry(model, dataset)]), RunOptions(seeds=(0,)))
    assert re.fullmatch(reason, planned.skip)


def test_a_backend_that_is_not_installed_is_planned_with_the_reason(monkeypatch):
    monkeypatch.setitem(MODULES, "torch", "no_such_module")
    reasons = {p.skip for p in two(backends=("torch",))}
    assert reasons == {"the backend torch is not installed; `pip install 'keras-nnbench[torch]'` brings it"}


@pytest.mark.parametrize(("model", "dataset"), [("logistic_regresion", "iris"), ("mlp", "iri")])
def test_unknown_names_are_answered_with_the_nearest(model, dataset):
    with pytest.raises(UnknownNameError, match="Did you mean '(logistic_regression|iris)'"):
        plan(Suite("wrong", [Entry(model, dataset)]), RunOptions())


def test_own_models_are_a_family_of_their_own():
    assert is_reference("package.module:build")
    assert is_reference("folder/model.keras")
    assert not is_reference("resnet50")
    assert family_of("package.module:build") == "custom"
    assert family_of("resnet50") == "cnn"
