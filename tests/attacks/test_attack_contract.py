import pytest

from nnbench.core.paper import Paper
from nnbench.core.robustness import ATTACKS, AttackSpec
from nnbench.testing.attacks import check_attack


@pytest.mark.parametrize("name", list(ATTACKS))
def test_contract(name):
    check_attack(name)


def test_built_in_attacks_are_there():
    assert {"fgsm", "pgd", "noise"} <= set(ATTACKS)


def test_attacks_are_attributes_of_the_package():
    import nnbench.attacks

    for name in ATTACKS:
        assert getattr(nnbench.attacks, name) is ATTACKS.get(name).run
    assert set(ATTACKS) <= set(dir(nnbench.attacks))
    with pytest.raises(AttributeError, match="no attribute 'pdg'"):
        nnbench.attacks.pdg  # noqa: B018


def altered(change):
    """An attack that does what `change` says to the arguments of a real one."""
    from nnbench.attacks.projected_gradient import pgd

    def run(model, x, y, **options):
        return pgd(model, x, y, **change(dict(options)))

    return AttackSpec("altered", run, ("linf",), Paper("A title", "An author", 2000, "https://example.org"))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda o: o | {"epsilon": 1.5 * o["epsilon"]}, "moves a sample by"),
        (lambda o: o | {"bounds": (-1.0, 3.0)}, "leaves the bounds|takes inputs outside"),
        (lambda o: o | {"seed": next(SEEDS)}, "does not repeat"),
    ],
)
def test_checker_notices(change, text):
    ATTACKS._specs["altered"] = altered(change)
    try:
        with pytest.raises(AssertionError, match=text):
            check_attack("altered")
    finally:
        del ATTACKS._specs["altered"]


SEEDS = iter(range(100))
