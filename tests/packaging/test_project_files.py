"""What the project's own files say of each other."""

import configparser
import re
import tomllib
from pathlib import Path

import pytest

import nnbench

CHECKOUT = Path(__file__).parents[2]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]


def names_and_versions(lines):
    """Return requirement name to what is asked of its version."""
    found = (re.fullmatch(r"([\w.-]+)(.*)", line.strip()) for line in lines if line.strip())
    return {match[1]: match[2] for match in found if match}


def test_versions_agree():
    assert nnbench.__version__ == PROJECT["version"]
    assert f"## [{PROJECT['version']}]" in (CHECKOUT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("tool", ["ruff", "mypy", "import-linter"])
def test_tox_and_developers_use_the_same_tools(tool):
    # Another version of a tool finds other faults; CI and the extra `dev` must not disagree.
    config = configparser.ConfigParser(interpolation=None)
    config.read(CHECKOUT / "tox.ini")
    in_tox = names_and_versions(config["testenv:lint"]["deps"].splitlines())
    in_dev = names_and_versions(PROJECT["optional-dependencies"]["dev"])
    assert in_tox[tool] == in_dev[tool]
    assert in_tox[tool]


def test_ci_calls_the_command_of_the_readme():
    commands = re.findall(r"^pip install tox && tox$", (CHECKOUT / "README.md").read_text(), re.MULTILINE)
    assert commands
    assert (CHECKOUT / ".ci" / "run").read_text().rstrip().endswith(commands[0])
