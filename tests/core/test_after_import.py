"""Work that waits for an import."""

import importlib
import importlib.util
import sys

import pytest

from nnbench.core.after_import import after_import


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "awaited.py").write_text("value = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    finders = list(sys.meta_path)
    yield "awaited"
    sys.meta_path[:] = finders
    sys.modules.pop("awaited", None)


def test_it_happens_once_the_module_is_whole(module):
    seen = []
    after_import(module, lambda: seen.append(sys.modules[module].value))
    assert seen == []
    importlib.import_module(module)
    assert seen == [1]
    importlib.reload(sys.modules[module])
    assert seen == [1]


def test_it_happens_at_once_where_the_module_is_there(module):
    importlib.import_module(module)
    seen = []
    after_import(module, lambda: seen.append(1))
    assert seen == [1]


def test_a_module_that_is_only_looked_for_is_not_imported(module):
    seen = []
    after_import(module, lambda: seen.append(1))
    assert importlib.util.find_spec(module).name == module
    assert seen == []
    importlib.import_module(module)
    assert seen == [1]


def test_a_module_that_is_not_there_stays_an_import_error(module):
    after_import("awaited_in_vain", pytest.fail)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("awaited_in_vain")


def test_several_wait_for_the_same_module(module):
    seen = []
    after_import(module, lambda: seen.append("first"))
    after_import(module, lambda: seen.append("second"))
    importlib.import_module(module)
    assert sorted(seen) == ["first", "second"]
