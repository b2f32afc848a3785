import pytest

from nnbench.core.errors import ArgumentError
from nnbench.core.recipe import Recipe
from nnbench.core.suite import EVALUATIONS, Entry, Suite, named_evaluations


def test_a_suite_holds_its_entries():
    suite = Suite("mine", [Entry("mlp", "iris"), Entry("mlp", "wine")])
    assert [e.dataset for e in suite.entries] == ["iris", "wine"]
    assert suite.seeds["smoke"] == 1


def test_the_same_entry_twice_is_refused():
    with pytest.raises(
        ArgumentError, match="suite 'mine' lists twice: mlp on iris. Give their recipes different names."
    ):
        Suite("mine", [Entry("mlp", "iris"), Entry("mlp", "iris", Recipe(epochs=3))])


def test_two_recipes_of_different_names_are_two_entries():
    suite = Suite("mine", [Entry("mlp", "iris"), Entry("mlp", "iris", Recipe(name="long", epochs=90))])
    assert len(suite.entries) == 2


def test_different_overrides_are_two_entries():
    suite = Suite("mine", [Entry("mlp", "iris", overrides={"widths": (w,)}) for w in (8, 16)])
    assert len(suite.entries) == 2


def test_an_unknown_profile_is_refused():
    with pytest.raises(ArgumentError, match="profile must be one of smoke, quick, full. Received: 'huge'."):
        Suite("mine", [], profile="huge")


@pytest.mark.parametrize("evaluation", ["speed", "attack", "ood", "defence:pgd"])
def test_an_unknown_evaluation_is_refused(evaluation):
    with pytest.raises(ArgumentError, match=f"evaluations must be among quality, .* Received: {evaluation}."):
        Entry("mlp", "iris", evaluations=("quality", evaluation))


def test_names_of_evaluations():
    assert named_evaluations(EVALUATIONS, "ood") == ("msp", "energy")
    assert named_evaluations(("quality",), "attack") == ()
