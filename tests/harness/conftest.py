"""Cases and workers for the tests of the harness."""

import os

import pytest

from nnbench.core.recipe import Recipe
from nnbench.core.suite import Entry
from nnbench.harness.options import RunOptions
from nnbench.harness.plan import plan_case

BACKEND = os.environ.get("KERAS_BACKEND", "tensorflow")
PLAIN = ("quality", "throughput")


def make_planned(model="logistic_regression", dataset="iris", *, seed=0, device="cpu", published=None, **recipe):
    """Return a planned case of two short epochs."""
    fields = {"batch_size": 32, "epochs": 2, **recipe}
    entry = Entry(model, dataset, Recipe(**fields), published=published, evaluations=PLAIN)
    options = RunOptions(backends=(BACKEND,))
    return plan_case(entry, suite="tests", profile="quick", backend=BACKEND, device=device, seed=seed, options=options)


@pytest.fixture(scope="session")
def planned():
    """A function that makes planned cases."""
    return make_planned


@pytest.fixture(scope="session")
def backend():
    """The backend under test."""
    return BACKEND


@pytest.fixture(scope="module")
def offline(tmp_path_factory):
    """An empty Keras home, no GPU and no network, for workers started within the module."""
    home = tmp_path_factory.mktemp("keras-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_HOME", str(home))
        patch.setenv("CUDA_VISIBLE_DEVICES", "")
        for scheme in ("http_proxy", "https_proxy"):
            patch.setenv(scheme, "http://127.0.0.1:9")
        yield home
