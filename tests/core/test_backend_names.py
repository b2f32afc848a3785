"""Only nnbench.runtime names a backend. Text may (a source, a hint, an initialiser called after one); code may not."""

import ast
from pathlib import Path

import pytest

import nnbench

PACKAGE = Path(nnbench.__file__).parent
NAMES = {"tensorflow", "tf", "jax", "jnp", "torch"}
SOURCES = sorted(p for p in PACKAGE.rglob("*.py") if "runtime" not in p.relative_to(PACKAGE).parts)


def names_in(tree):
    """Yield line and name of every import, variable, attribute and argument."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, part) for alias in node.names for part in alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, part) for part in (node.module or "").split("."))
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.arg | ast.keyword):
            yield node.lineno, node.arg


def asked_for(tree):
    """Yield the line of every comparison with the name of the active backend."""
    for node in ast.walk(tree):
        sides = (node.left, *node.comparators) if isinstance(node, ast.Compare) else ()
        sides = (node.subject,) if isinstance(node, ast.Match) else sides
        for side in sides:
            calls = [n.func for n in ast.walk(side) if isinstance(n, ast.Call)]
            yield from (node.lineno for f in calls if isinstance(f, ast.Attribute) and f.attr == "backend")


def offences(source):
    """Return what is wrong in a source text, a line each."""
    tree = ast.parse(source)
    named = [f"line {line} names {name}" for line, name in names_in(tree) if name in NAMES]
    return named + [f"line {line} asks which backend is active" for line in asked_for(tree)]


def test_no_room_but_runtime_names_a_backend():
    found = {str(p.relative_to(PACKAGE)): offences(p.read_text(encoding="utf-8")) for p in SOURCES}
    assert {path: lines for path, lines in found.items() if lines} == {}
    assert len(found) > 100


@pytest.mark.parametrize(
    "source",
    [
        "import torch",
        "import jax.numpy as jnp",
        "from tensorflow import keras",
        "def f():\n    import torch.nn",
        "tf.function(g)",
        "f(torch=1)",
        "if keras.backend.backend() == 'jax': pass",
        "match keras.config.backend():\n    case 'jax': pass",
    ],
)
def test_the_watch_sees(source):
    assert offences(source)


@pytest.mark.parametrize(
    "source",
    ["'as in torchvision'", "initializer = 'torch'", "# torch", "a.backend == b", "keras.backend.floatx() == b"],
)
def test_the_watch_lets_pass(source):
    assert not offences(source)
