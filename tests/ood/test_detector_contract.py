import pytest

from nnbench.core.paper import Paper
from nnbench.core.robustness import DETECTORS, DetectorSpec
from nnbench.ood.free_energy import Energy
from nnbench.testing.detectors import check_detector


@pytest.mark.parametrize("name", list(DETECTORS))
def test_contract(name):
    check_detector(name)


def test_built_in_detectors_are_there():
    assert {"msp", "energy", "max_logit", "entropy"} <= set(DETECTORS)


def test_detectors_are_attributes_of_the_package():
    import nnbench.ood

    assert nnbench.ood.energy is Energy
    assert {"energy", "evaluate"} <= set(dir(nnbench.ood))
    with pytest.raises(AttributeError, match="no attribute 'enrgy'"):
        nnbench.ood.enrgy  # noqa: B018


class Reversed(Energy):
    def score(self, features, logits):
        return -super().score(features, logits)


class Narrow(Energy):
    def score(self, features, logits):
        return super().score(features, logits).astype("float32")


class Relative(Energy):
    def score(self, features, logits):
        scores = super().score(features, logits)
        return scores - scores.mean()


class Greedy(Energy):
    def score(self, features, logits):
        logits[0] = 0
        return super().score(features, logits)


@pytest.mark.parametrize(
    ("broken", "text"),
    [(Reversed, "plainly foreign"), (Narrow, "float32"), (Relative, "depends on other samples"), (Greedy, "changes")],
)
def test_checker_notices(broken, text):
    DETECTORS._specs["broken"] = DetectorSpec("broken", broken, Paper("A title", "An author", 2000, "https://a.org"))
    try:
        with pytest.raises(AssertionError, match=text):
            check_detector("broken")
    finally:
        del DETECTORS._specs["broken"]
