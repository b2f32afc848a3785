"""Plugins that are wrong: a user gets one line that says whose fault it is."""

import os
import subprocess
import sys

import pytest

PAPER = "nnbench.Paper('A title', 'An author', 2000, 'https://example.org')"
CLASH = f"""
import nnbench

@nnbench.register_model(family="mlp", paper={PAPER}, input_shape=(3,), classes=4, variants={{"lenet5": {{}}}})
def mine(input_shape, classes):
    '''A network.'''
"""


@pytest.fixture
def models(tmp_path):
    """A function that lists the models beside a plugin of the given source, which is installed as acme-wrong."""

    def run(source, *arguments, pattern="lenet5"):
        (tmp_path / "acme_wrong.py").write_text(source)
        info = tmp_path / "acme_wrong-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-wrong\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[nnbench.plugins]\nwrong = acme_wrong\n")
        command = [sys.executable, "-m", "nnbench.cli", "models", pattern, *arguments]
        paths = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
        env = {**os.environ, "PYTHONPATH": paths}
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)

    return run


def test_a_taken_name(models):
    done = models(CLASH)
    expected = "nnbench: model 'lenet5' is registered already, by nnbench.models.lenet; acme_wrong tried again."
    assert (done.returncode, done.stdout, done.stderr.strip()) == (2, "", expected)


def test_a_module_that_fails_to_import(models):
    done = models("import a_module_that_nobody_has\n")
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("nnbench: The plugin 'wrong' of acme-wrong (acme_wrong) fails to import: ")
    assert "a_module_that_nobody_has" in line


def test_debug_shows_where(models):
    done = models("1 / 0\n", "--debug")
    assert done.returncode != 0
    assert "Traceback" in done.stderr
    assert "acme_wrong.py" in done.stderr


def test_an_unknown_kind_of_input(models):
    done = models(CLASH.replace("variants=", "inputs=('picture',), variants=").replace("lenet5", "mine"))
    assert done.returncode == 2
    assert done.stderr.strip().startswith("nnbench: inputs must be among table, signal, image, tokens, points.")


BROKEN = CLASH.replace('"lenet5"', '"lenet5_mine"') + "    raise RuntimeError('not today')\n"


def test_a_builder_that_fails_is_told_and_the_others_are_listed(models):
    done = models(BROKEN, "--count", pattern="lenet5*")
    assert done.returncode == 0
    assert done.stderr.strip() == "lenet5_mine cannot be counted: RuntimeError('not today')"
    assert [line.split()[:3] for line in done.stdout.splitlines()[1:3]] == [
        ["lenet5", "cnn", "61,706"],
        ["lenet5_mine", "mlp", "–"],
    ]
