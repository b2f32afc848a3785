"""Tables in terminals of any width: names and numbers are never cut."""

import io

import pytest
from rich.console import Console

from nnbench.commands import table
from nnbench.commands.models import COLUMNS as OF_MODELS
from nnbench.commands.models import _cells
from nnbench.commands.table import fitting, print_table
from nnbench.core.catalog import list_models, model_info
from nnbench.core.costs import stored_cost

COLUMNS = {"model": "left", "parameters": "right", "paper": "text", "classes": "right"}
ROWS = [["resnet50", "25,610,152", "He, Zhang, Ren and Sun 2016", "1000"]]
WHOLE = len("resnet50  25,610,152  He, Zhang, Ren and Sun 2016  classes")


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (WHOLE, [8, 10, 27, 7]),
        (WHOLE - 1, [8, 10, 27]),  # a number is left out
        (len("resnet50  25,610,152  He, Zhang, R"), [8, 10, 12]),  # text is cut
        (len("resnet50  25,610,152  He, Zhang, "), [8, 10]),  # too short to say anything
        (len("resnet50  25,610,15"), [8]),
        (3, [8]),
    ],
)
def test_the_first_columns_that_fit_are_shown(width, shown):
    assert fitting(COLUMNS, ROWS, width) == shown


def printed(columns, rows, width, monkeypatch):
    """Return the words of each line that a terminal of `width` characters gets."""
    stream = io.StringIO()
    monkeypatch.setattr(table, "_console", lambda: Console(file=stream, width=width, highlight=False))
    print_table(columns, rows)
    return stream.getvalue().splitlines()


@pytest.mark.parametrize("width", [140, 120, 100, 90, 80, 60, 40, 20])
def test_models_in_a_narrow_terminal_keep_names_and_numbers_whole(width, monkeypatch):
    rows = [_cells(model_info(name), stored_cost(name)) for name in list_models()]
    heading, *lines = printed(OF_MODELS, rows, width, monkeypatch)
    shown = [name for name in OF_MODELS if name in heading.split()]
    assert "model" in shown
    assert "parameters" in shown or width < 60
    assert "GFLOPs" in shown or width < 80
    for row, line in zip(rows, lines, strict=False):
        whole = [cell for cell, column in zip(row, OF_MODELS, strict=True) if column in shown and column != "paper"]
        assert line.split()[: len(" ".join(whole).split())] == " ".join(whole).split()
    assert max(map(len, lines[: len(rows)])) <= max(width, *(len(row[0]) for row in rows))


def test_text_that_is_cut_says_so(monkeypatch):
    _, line, *notes = printed(COLUMNS, ROWS, 40, monkeypatch)
    assert line.split("  ") == ["resnet50", "25,610,152", "He, Zhang, Ren an…"]
    assert "classes" in " ".join(notes)
