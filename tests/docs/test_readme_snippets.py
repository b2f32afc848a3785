"""The README's snippets run as they stand there, together, in an empty folder."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def blocks(language):
    """Return the texts of the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


FILES = {match[1]: text for text in blocks("python") if (match := re.match(r"# (\w+\.py)\n", text))}
SCRIPTS = [text for text in blocks("python") if text not in FILES.values()]


class Project:
    """A folder with the README's files, the one that registers a model installed as a plugin."""

    def __init__(self, folder):
        self.folder = folder
        for name, text in FILES.items():
            (folder / name).write_text(text)
        info = folder / "readers_project-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: readers-project\nVersion: 1.0\n")
        (toml,) = blocks("toml")
        plugins = tomllib.loads(toml)["project"]["entry-points"]["nnbench.plugins"]
        lines = [f"{name} = {module}\n" for name, module in plugins.items()]
        (info / "entry_points.txt").write_text("[nnbench.plugins]\n" + "".join(lines))

    def run(self, *command):
        """Run a module of Python in the folder and return what it prints."""
        paths = os.pathsep.join(filter(None, [str(self.folder), os.environ.get("PYTHONPATH")]))
        env = {**os.environ, "PYTHONPATH": paths, "TF_CPP_MIN_LOG_LEVEL": "3"}
        command = [sys.executable, *command]
        done = subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The project, with the results of its suite, two seeds in smoke size."""
    project = Project(tmp_path_factory.mktemp("readme"))
    project.run("-m", "nnbench.cli", "run", "bench_mine.py", "--profile", "smoke", "--seeds", "2")
    return project


def test_there_is_a_snippet_of_every_kind():
    assert set(FILES) == {"bench_mine.py", "my_project.py", "test_my_project.py", "gated_mlp.py"}
    assert len(SCRIPTS) == 4


def test_a_users_test_needs_four_lines():
    lines = [line for line in FILES["test_my_project.py"].splitlines() if line and not line.startswith("#")]
    assert len(lines) <= 4


def test_adding_a_model_needs_thirty_lines():
    assert len(FILES["gated_mlp.py"].splitlines()) <= 30


def test_scripts(project):
    parts = [f"exec(compile({text!r}, 'snippet {i}', 'exec'), {{}})" for i, text in enumerate(SCRIPTS)]
    printed = project.run("-c", "\n".join(parts))
    assert "cnn_tiny" in printed
    assert "174604259328" in printed


def test_a_users_test(project):
    printed = project.run("-m", "pytest", "test_my_project.py", "-p", "no:cacheprovider")
    assert "1 passed" in printed


def test_the_suite_under_pytest_is_the_same_run(project):
    options = ["--nnbench-profile=smoke", "--nnbench-seeds=2", "-p", "no:cacheprovider"]
    assert "4 passed" in project.run("-m", "pytest", "bench_mine.py", *options)


def test_the_added_model(project):
    check, benchmark = re.findall(r"^python -c \"(.*)\"$", README, re.MULTILINE)
    project.run("-c", check)
    assert float(project.run("-c", benchmark)) > 0.2  # by chance: 0.1


@pytest.mark.parametrize("command", re.findall(r"^nnbench ((?:report|compare) .*?) *(?:#|$)", README, re.MULTILINE))
def test_commands_on_results(project, command):
    assert project.run("-m", "nnbench.cli", *command.split()).strip()
