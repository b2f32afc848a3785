"""What a person sees of a run."""

import io
import re

import pytest
from rich.console import Console

from nnbench.harness.display import RunDisplay
from nnbench.results.record import Attempt


@pytest.fixture
def display(monkeypatch):
    display = RunDisplay("quick")
    text = io.StringIO()
    display._console = Console(file=text, force_terminal=True, width=60, color_system=None)
    display._progress.live.console = display._console
    display._text = text
    return display


def lines(display):
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", display._text.getvalue())
    return [line.strip() for line in text.splitlines()]


def test_a_failed_case_is_one_line_whatever_its_name(display, planned):
    case = planned("faulty_builders:raises").case
    reason = "ValueError: [bold]shapes[/] do not match, " + "and so on " * 9
    with display._progress:
        display._progress.add_task("quick", total=2, now="")
        display._print_trouble(Attempt(case, "mlp", "error", reason=reason.strip()))
        display._print_trouble(Attempt(case, "mlp", "ok"))
    assert f"✗ {case.label} error: {reason.strip()}" in lines(display)
    assert sum(case.label in line for line in lines(display)) == 1


@pytest.mark.parametrize(("status", "mark"), [("skipped", "–"), ("unsupported", "–"), ("oom", "✗"), ("timeout", "✗")])
def test_marks_tell_failures_from_what_could_not_be_asked_for(display, planned, status, mark):
    display._print_trouble(Attempt(planned().case, "mlp", status, reason="why"))
    assert lines(display)[0].startswith(f"{mark} {planned().case.label} {status}: why")


def test_markup_in_the_name_of_a_case_is_text(display):
    display.pytest_runtest_logstart("bench_a.py::a::my[red]model-iris")
    with display._progress:
        display._task = display._progress.add_task("quick", total=1, now="")
        display._on_progress("training", 1, 2)
        display._progress.refresh()
    assert any("my[red]model-iris training 1/2" in line for line in lines(display))
