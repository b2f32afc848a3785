import pytest

from nnbench.core.errors import DuplicateNameError, NnbenchError, UnknownNameError
from nnbench.core.registry import Registry, did_you_mean


@pytest.fixture
def fruit():
    """A registry that is filled at its first look-up, as plugins fill theirs."""

    def discover():
        if not registry._specs:
            registry.add("banana", 3, "plantation")
            registry.add("apricot", 2, "orchard")
            registry.add("apple", 1, "orchard")

    registry = Registry("fruit", discover)
    return registry


def test_look_up_discovers(fruit):
    assert fruit.get("banana") == 3
    assert "apple" in fruit
    assert "pear" not in fruit
    assert list(fruit) == ["apple", "apricot", "banana"]


def test_what_is_present_is_not_discovered(fruit):
    with pytest.raises(UnknownNameError, match="^Unknown fruit 'apple'; 0 are registered"):
        fruit.present("apple")
    fruit.add("quince", 4, "garden")
    assert fruit.present("quince") == 4


def test_names_are_sorted_and_matched(fruit):
    assert fruit.names("ap*") == ["apple", "apricot"]
    assert fruit.names("x*") == []


def test_a_taken_name_is_refused_and_both_modules_are_named(fruit):
    fruit.names()
    with pytest.raises(
        DuplicateNameError, match="^fruit 'apple' is registered already, by orchard; market tried again.$"
    ):
        fruit.add("apple", 9, "market")
    assert fruit.get("apple") == 1


def test_an_unknown_name_suggests_the_nearest(fruit):
    with pytest.raises(
        UnknownNameError, match=r"^Unknown fruit 'aple'; 3 are registered. Did you mean 'apple'( or .*)?\?$"
    ):
        fruit.get("aple")


def test_an_unknown_name_without_a_near_one_suggests_nothing(fruit):
    with pytest.raises(UnknownNameError, match=r"^Unknown fruit 'zzz'; 3 are registered.$"):
        fruit.get("zzz")


def test_errors_are_also_what_python_users_expect(fruit):
    with pytest.raises(KeyError):
        fruit.get("pear")
    fruit.names()
    with pytest.raises(ValueError, match="registered already"):
        fruit.add("apple", 9, "market")
    assert issubclass(UnknownNameError, NnbenchError)


def test_origin(fruit):
    assert fruit.origin("banana") == "plantation"
    with pytest.raises(UnknownNameError):
        fruit.origin("pear")


def test_did_you_mean_names_at_most_three():
    known = ["gru_a", "gru_b", "gru_c", "gru_d"]
    assert did_you_mean("gru", known).count("'") == 6
    assert did_you_mean("gru", []) == ""
