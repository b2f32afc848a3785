"""Listing, describing and reporting load no backend. Each check is a process of its own."""

import subprocess
import sys

import pytest

BACKENDS = ("tensorflow", "jax", "torch")
HEAVY = (*BACKENDS, "keras.src", "sklearn", "scipy", "matplotlib", "seaborn")

LISTING = """
nnbench.list_models()
nnbench.model_info("lenet5")
nnbench.list_datasets()
nnbench.dataset_info("digits")
from nnbench.core.metric import METRICS
from nnbench.core.robustness import ATTACKS, CORRUPTIONS, DETECTORS
for registry in (METRICS, ATTACKS, CORRUPTIONS, DETECTORS):
    assert registry.names(), registry.kind
"""

REPORTING = """
import importlib, pkgutil
for room in ("nnbench.results", "nnbench.report"):
    package = importlib.import_module(room)
    for module in pkgutil.walk_packages(package.__path__, f"{room}."):
        importlib.import_module(module.name)
"""

DATASETS = """
import importlib, pkgutil
import nnbench.datasets
for module in pkgutil.iter_modules(nnbench.datasets.__path__, "nnbench.datasets."):
    importlib.import_module(module.name)
"""

PLANNING = """
from nnbench.core.suite import Entry, Suite
from nnbench.harness.options import RunOptions
from nnbench.harness.plan import plan
import nnbench.harness.session, nnbench.harness.collection
assert len(plan(Suite("mine", [Entry("mlp", "iris")]), RunOptions())) == 3
"""


def loaded_by(script, watched):
    """Run `script` after ``import nnbench`` and return which of the watched modules it has loaded."""
    ending = f"\nimport sys\nprint(*[m for m in {watched!r} if m in sys.modules])"
    command = [sys.executable, "-c", f"import nnbench\n{script}{ending}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_importing_loads_next_to_nothing():
    assert loaded_by("", (*HEAVY, "numpy", "pandas", "pytest")) == []


def test_listing_loads_no_backend():
    assert loaded_by(LISTING, (*HEAVY, "pandas")) == []


def test_planning_loads_no_backend():
    assert loaded_by(PLANNING, (*BACKENDS, "keras.src")) == []


def test_reporting_loads_no_backend():
    assert loaded_by(REPORTING, (*BACKENDS, "keras.src")) == []


def test_importing_datasets_loads_no_other_plugin():
    others = ("nnbench.models", "nnbench.attacks", "nnbench.ood", "nnbench.shifts", "nnbench.datasets.halves")
    assert loaded_by(DATASETS, (*HEAVY, *others)) == ["nnbench.datasets.halves"]


def test_the_watch_sees_what_is_loaded():
    assert loaded_by("nnbench.load_results\nimport scipy", ("scipy", "pandas")) == ["scipy", "pandas"]


@pytest.mark.parametrize("arguments", [["--help"], ["models"], ["datasets"], ["models", "--json"]])
def test_the_command_line_loads_no_backend(arguments):
    script = f"import sys\nsys.argv = ['nnbench', *{arguments!r}]\nfrom nnbench.cli import main\n"
    script += "try: main()\nexcept SystemExit as end: assert not end.code\nprint('LOADED', end=' ')"
    assert loaded_by(script, HEAVY)[-1] == "LOADED"


def test_every_public_name_can_be_had():
    script = "missing = [name for name in nnbench.__all__ if getattr(nnbench, name, None) is None]\nassert not missing"
    loaded_by(script, ())
