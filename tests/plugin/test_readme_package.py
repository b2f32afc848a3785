"""The package that the README shows: one file and a few lines of TOML, installed by pip, then listed and counted."""

import json
import re
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
LINES_OF_A_MODEL = 30
# Two pairs of layers, from 40 values: each has a kernel and a bias; then ten logits.
COUNTS = {
    f"gated_mlp{size}": 2 * (40 * w + w) + 2 * (w * w + w) + 10 * (w + 1) for size, w in (("", 128), ("_small", 32))
}


@pytest.fixture
def folder(tmp_path):
    """The folder of the package, with nothing but what the README shows."""
    (module,) = re.findall(r"^```python\n(# gated_mlp\.py\n.*?)^```$", README, re.DOTALL | re.MULTILINE)
    (project,) = re.findall(r"^```toml\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert len(module.splitlines()) <= LINES_OF_A_MODEL
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "gated_mlp.py").write_text(module)
    (folder / "pyproject.toml").write_text(project)
    return folder


def test_it_is_listed_and_counted(environment, folder, tmp_path):
    environment.install(folder)
    listed = environment.nnbench("models", "gated*", "--count", "--json", cwd=tmp_path)
    assert {row["model"]: row["parameters"] for row in json.loads(listed.stdout)} == COUNTS, listed.stderr
