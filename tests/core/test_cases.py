import json
from dataclasses import dataclass, fields, replace

import pytest

from nnbench.core.case import Case, derived_seed
from nnbench.core.recipe import Recipe
from nnbench.core.robust_training import RobustTraining

CASE = Case(
    model="mlp",
    dataset="iris",
    recipe=Recipe(epochs=3),
    backend="jax",
    device="cpu",
    precision="float32",
    seed=1,
    evaluations=("quality",),
    dataset_hash="0123456789abcdef",
    overrides={"widths": (8, 8)},
)

CHANGES = {
    "model": "lenet5",
    "dataset": "wine",
    "recipe": Recipe(epochs=4),
    "backend": "torch",
    "device": "gpu",
    "precision": "float16",
    "seed": 2,
    "evaluations": ("quality", "throughput"),
    "dataset_hash": "fedcba9876543210",
    "overrides": {"widths": (8, 9)},
}


def test_the_id_never_changes():
    # A changed id makes every stored result look missing: raise ID_VERSION when that is meant.
    assert CASE.id == "1-d317737449f9eb66"


def test_a_recipe_s_defaults_are_not_hashed_so_that_it_can_gain_fields():
    @dataclass(frozen=True)
    class Longer(Recipe):
        gained: int = 0

    assert replace(CASE, recipe=Longer(epochs=3)).id == CASE.id


def test_equal_cases_share_an_id():
    assert replace(CASE).id == CASE.id
    assert replace(CASE, overrides={"widths": [8, 8]}).id == CASE.id


def test_every_field_is_covered():
    assert set(CHANGES) == {f.name for f in fields(Case)}


@pytest.mark.parametrize("field", CHANGES)
def test_the_id_covers(field):
    assert replace(CASE, **{field: CHANGES[field]}).id != CASE.id


@pytest.mark.parametrize("field", [f.name for f in fields(Recipe)])
def test_the_id_covers_the_recipe(field):
    value = {
        "optimizer_options": {"beta_1": 0.5},
        "profiles": {"quick": {}},
        "shuffle": False,
        "validation_share": 0.2,
    }.get(field, 77)
    assert replace(CASE, recipe=replace(CASE.recipe, **{field: value})).id != CASE.id


def test_the_order_of_overrides_does_not_matter():
    one, other = {"width": 8, "depth": 2}, {"depth": 2, "width": 8}
    assert replace(CASE, overrides=one).id == replace(CASE, overrides=other).id


def test_a_case_survives_json():
    again = Case.from_dict(json.loads(json.dumps(CASE.as_dict())))
    assert again.id == CASE.id
    assert again.recipe == CASE.recipe
    assert again.evaluations == CASE.evaluations


def test_a_robust_recipe_survives_json():
    case = replace(CASE, recipe=Recipe(robust=RobustTraining("trades", 0.3, beta=1.0)))
    again = Case.from_dict(json.loads(json.dumps(case.as_dict())))
    assert again.recipe == case.recipe
    assert again.id == case.id != CASE.id


def test_the_label_is_readable():
    assert CASE.label == "mlp-iris-jax-cpu-1"


def test_derived_seeds_never_change():
    assert derived_seed(0, "attack") == 2076625669


def test_derived_seeds_are_independent():
    seeds = {derived_seed(seed, purpose) for seed in range(20) for purpose in ("attack", "latent", "ood")}
    assert len(seeds) == 60
    assert all(0 <= s < 2**31 for s in seeds)
    assert derived_seed(1, "a", 2) != derived_seed(1, "a", 3)
