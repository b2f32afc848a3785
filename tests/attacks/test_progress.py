import io

from rich.console import Console

from nnbench.attacks import _progress


def shown(monkeypatch, patience, *, terminal=True):
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal)
    monkeypatch.setattr("rich.console.Console", lambda stderr: console)
    monkeypatch.setattr(_progress, "PATIENCE", patience)
    with _progress.progress("AutoPGD", 4) as advance:
        advance(3)
    return out.getvalue()


def test_a_bar_appears_after_a_while_on_a_terminal(monkeypatch):
    assert "AutoPGD" in shown(monkeypatch, -1)
    assert "3/4" in shown(monkeypatch, -1)
    assert shown(monkeypatch, 60) == ""
    assert shown(monkeypatch, -1, terminal=False) == ""
