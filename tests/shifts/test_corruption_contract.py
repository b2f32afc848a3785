import numpy as np
import pytest

from nnbench import corruptions
from nnbench.core.robustness import CORRUPTIONS, CorruptionSpec
from nnbench.shifts._groups import GROUPS
from nnbench.testing import check_corruption


@pytest.mark.parametrize("name", list(CORRUPTIONS))
def test_contract(name):
    check_corruption(name)


def test_groups_are_registered_and_of_their_kind():
    kinds = {"common": "image", "extra": "image", "mnist_c": "image", "signal": "signal", "table": "table"}
    for group, names in GROUPS.items():
        assert set(names) <= set(corruptions.list_corruptions(kinds[group]))
    assert len(corruptions.COMMON) == len(corruptions.MNIST_C) == 15
    assert all(CORRUPTIONS.get(name).severity for name in corruptions.MNIST_C)
    assert corruptions.standard_corruptions("signal") == corruptions.SIGNAL
    assert corruptions.standard_corruptions("tokens") == ()


COUNT = iter(range(1000))


def forgets_its_seed(x, severity, draws, bounds):
    """Another value each time."""
    return np.clip(x + 0.01 * severity + 0.001 * next(COUNT), *bounds)


def knows_its_batch(x, severity, draws, bounds):
    """The mean of the batch."""
    return x + (x.mean() - x) * severity / 5


def weakens(x, severity, draws, bounds):
    """Less and less."""
    return x + 0.1 / severity


def widens(x, severity, draws, bounds):
    """Twice the size."""
    return np.repeat(x, 2, axis=1)


def changes_type(x, severity, draws, bounds):
    """Breaks what it is given."""
    x += 0.01 * severity
    return x


@pytest.mark.parametrize(
    ("apply", "text"),
    [
        (forgets_its_seed, "does not repeat with its seed|results of 3 seeds"),
        (knows_its_batch, "depends on the batch"),
        (weakens, "severities move samples by"),
        (widens, "could not broadcast|operands"),
        (changes_type, "changes its input|read-only"),
    ],
)
def test_checker_notices(apply, text):
    CORRUPTIONS._specs["broken"] = CorruptionSpec("broken", apply, ("table",), None, summary="Broken.")
    try:
        with pytest.raises((AssertionError, ValueError), match=text):
            check_corruption("broken")
    finally:
        del CORRUPTIONS._specs["broken"]
