import sys
from importlib.metadata import EntryPoint

import pytest

from nnbench.core import plugins
from nnbench.core.errors import ArgumentError, PluginError


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """A function that takes entry points and files, and stands for their being the only plugins there are."""

    def install(points, files):
        for name, source in files.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(source)
        group = [EntryPoint(name, value, plugins.GROUP) for name, value in points.items()]
        monkeypatch.setattr(plugins, "entry_points", lambda group_=None, **_: group)

    monkeypatch.setattr(plugins, "_state", {"loaded": False})
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield install
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_package_is_imported_without_its_private_modules(installed):
    installed(
        {"one": "plugin_one"},
        {"plugin_one/__init__.py": "", "plugin_one/mine.py": "", "plugin_one/_helper.py": "1 / 0"},
    )
    plugins.load_plugins()
    assert "plugin_one.mine" in sys.modules
    assert "plugin_one._helper" not in sys.modules


def test_a_single_module_is_imported(installed):
    installed({"two": "plugin_two"}, {"plugin_two.py": ""})
    plugins.load_plugins()
    assert "plugin_two" in sys.modules


def test_plugins_are_looked_for_once(installed, monkeypatch):
    seen = []
    monkeypatch.setattr(plugins, "_import_tree", seen.append)
    installed({"three": "plugin_three"}, {})
    plugins.load_plugins()
    plugins.load_plugins()
    assert seen == ["plugin_three"]


def test_built_in_plugins_come_first(installed, monkeypatch):
    seen = []
    monkeypatch.setattr(plugins, "_import_tree", seen.append)
    installed({"a": "plugin_four", "z": "nnbench.models"}, {})
    plugins.load_plugins()
    assert seen == ["nnbench.models", "plugin_four"]


def test_a_broken_plugin_is_named(installed):
    installed({"five": "plugin_five"}, {"plugin_five.py": "1 / 0"})
    with pytest.raises(PluginError, match=r"The plugin 'five' of .* \(plugin_five\) fails to import: Zero"):
        plugins.load_plugins()


def test_a_broken_plugin_is_tried_again(installed, tmp_path):
    installed({"six": "plugin_six"}, {"plugin_six.py": "1 / 0"})
    for _ in range(2):
        with pytest.raises(PluginError):
            plugins.load_plugins()


def test_our_own_errors_keep_their_text(installed):
    source = "from nnbench.core.errors import ArgumentError\nraise ArgumentError('tasks must be …')"
    installed({"seven": "plugin_seven"}, {"plugin_seven.py": source})
    with pytest.raises(ArgumentError, match="^tasks must be …$"):
        plugins.load_plugins()
