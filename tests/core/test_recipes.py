import pytest

from nnbench.core.errors import ArgumentError
from nnbench.core.recipe import Recipe

RECIPE = Recipe(epochs=20, batch_size=64, profiles={"quick": {"epochs": 2, "train_samples": 1000}})


def test_a_profile_replaces_fields():
    quick = RECIPE.under("quick")
    assert (quick.epochs, quick.train_samples, quick.batch_size) == (2, 1000, 64)


def test_a_profile_that_the_recipe_does_not_mention_changes_nothing():
    assert RECIPE.under("full") == Recipe(epochs=20, batch_size=64)


def test_the_profile_is_settled_once():
    # Otherwise adding a profile to a recipe would change the ids of the cases of every other profile.
    assert RECIPE.under("full").profiles == {}


def test_smoke_ends_within_a_few_steps():
    smoke = Recipe(steps=6000, batch_size=100).under("smoke")
    assert smoke.train_samples == 400
    assert smoke.epochs_for(400) * 4 <= 8
    assert smoke.test_samples <= 128
    assert smoke.attack_samples <= 32


def test_an_unknown_profile_is_refused():
    with pytest.raises(ArgumentError, match="profile must be one of smoke, quick, full. Received: 'fast'."):
        RECIPE.under("fast")


@pytest.mark.parametrize(
    ("steps", "samples", "epochs"),
    [(None, 1000, 20), (1600, 4000, 25), (160, 650, 15), (1, 4000, 2)],
)
def test_steps_become_whole_epochs(steps, samples, epochs):
    # 4000 samples are 63 steps of 64, the last one smaller; 650 are 11.
    assert Recipe(epochs=20, batch_size=64, steps=steps).epochs_for(samples) == epochs


def test_augmented_samples_are_shuffled():
    with pytest.raises(ArgumentError, match="shuffle must be True where samples are augmented"):
        Recipe(augment=("flip",), shuffle=False)
