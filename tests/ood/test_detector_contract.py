import keras
import pytest

from nnbench.core.paper import Paper
from nnbench.core.robustness import DETECTORS, DetectorSpec
from nnbench.ood.deep_ensemble import DeepEnsemble
from nnbench.ood.free_energy import Energy
from nnbench.ood.mahalanobis_distance import MahalanobisDistance
from nnbench.testing.detectors import check_detector

BUILT_IN = {
    "msp", "max_logit", "energy", "entropy", "margin", "odin", "mahalanobis", "relative_mahalanobis", "knn", "vim",
    "react", "ash_b", "ash_p", "ash_s", "scale", "dice", "she", "gen", "fdbd", "nnguide", "klm", "gradnorm", "gram",
    "residual", "ensemble", "mc_dropout",
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in DETECTORS if name != "ensemble"])
def test_contract(name):
    check_detector(name)


def test_contract_with_input_noise():
    check_detector("mahalanobis", create=lambda model: MahalanobisDistance(noise=0.01))


def test_contract_of_an_ensemble():
    check_detector("ensemble", create=lambda model: DeepEnsemble(members=[scaled(model, 0.5), scaled(model, 2)]))


def scaled(model, gain):
    """Return a network whose logits are `gain` times those of `model`."""
    copy = keras.models.clone_model(model)
    copy.set_weights([*model.get_weights()[:2], *(gain * w for w in model.get_weights()[2:])])
    return copy


def test_built_in_detectors_are_there():
    assert set(DETECTORS) >= BUILT_IN


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
