"""The README names every command, option, suite and measurement, and none that does not exist."""

import importlib
import re
from pathlib import Path

import pytest

from nnbench.commands.root import COMMANDS
from nnbench.core.metric import METRICS
from nnbench.core.robustness import ATTACKS, DETECTORS
from nnbench.core.suite import EVALUATIONS, named_evaluations
from nnbench.harness.launcher import available_suites

CHECKOUT = Path(__file__).parents[2]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
GENERAL = {"--help", "--debug"}
OTHERS = {"--lf", "--benchmark-save"}  # pytest's and pytest-benchmark's


def options_of(command):
    """Return the options of a command."""
    parameters = importlib.import_module(f"nnbench.commands.{command}").command.params
    return {option for p in parameters for option in p.opts if option.startswith("--")}


ALL = {option for command in COMMANDS for option in options_of(command)}


def row_of(command):
    """Return the row that describes a command."""
    (row,) = re.findall(rf"^\| `nnbench {command}\b.*$", README, re.MULTILINE)
    return row


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_described_with_its_options(command):
    named = set(re.findall(r"--[a-z-]+", row_of(command)))
    documented = set(re.findall(r"^\| `(--[a-z-]+)` \|", README, re.MULTILINE)) if command == "run" else named
    assert documented == options_of(command) - GENERAL


def test_every_command_of_the_readme_exists():
    named = re.findall(r"^(?:.*&& |.*`)?nnbench ([a-z]+)", README, re.MULTILINE)
    assert len(named) > 10
    assert set(named) == set(COMMANDS)


def test_every_option_of_the_readme_exists():
    named = {o for o in re.findall(r"(?<![\w-])--[a-z][a-z-]*", README) if not o.startswith("--nnbench-")}
    assert named - OTHERS <= ALL | GENERAL


def test_the_options_of_pytest_are_those_of_run(pytestconfig):
    own = {o for o in vars(pytestconfig.option) if o.startswith("nnbench_")}
    of_run = options_of("run") - {"--case", "--debug"}
    assert own == {f"nnbench_{option.removeprefix('--').replace('-', '_')}" for option in of_run}
    named = set(re.findall(r"--(nnbench-[a-z]+)", README)) - {"nnbench-"}
    assert {name.replace("-", "_") for name in named} <= own


def test_every_suite_is_named():
    assert [name for name in available_suites() if f"`{name}`" not in README] == []


def built_in(registry):
    """Return the names that nnbench itself registers."""
    return [name for name in registry if registry.origin(name).startswith("nnbench.")]


def test_every_metric_is_named():
    assert [name for name in built_in(METRICS) if f"`{name}`" not in README] == []


def test_every_default_measurement_of_trust_is_named():
    names = [f"{name}_accuracy" for name in named_evaluations(EVALUATIONS, "attack")]
    names += [f"ood_{m}_{name}" for name in named_evaluations(EVALUATIONS, "ood") for m in ("auroc", "fpr95_oodpos")]
    assert [name for name in names if f"`{name}`" not in README] == []
    assert set(named_evaluations(EVALUATIONS, "attack")) <= set(ATTACKS)
    assert set(named_evaluations(EVALUATIONS, "ood")) <= set(DETECTORS)


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)#:]+)\)", README))
def test_every_link_leads_somewhere(path):
    assert (CHECKOUT / path).exists()


@pytest.mark.parametrize("path", re.findall(r"`((?:tests|nnbench|suites)/[\w/.]+)`", README))
def test_every_path_exists(path):
    assert (CHECKOUT / path).exists()
