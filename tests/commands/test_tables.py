"""Tables in terminals of any width: numbers are never cut."""

import pytest

from nnbench.commands.table import fitting

COLUMNS = {"model": "left", "parameters": "right", "paper": "left", "classes": "right"}
ROWS = [["resnet50", "25,610,152", "He, Zhang, Ren and Sun 2016", "1000"]]
WHOLE = len("resnet50  25,610,152  He, Zhang, Ren and Sun 2016  classes")


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (WHOLE, 4),
        (WHOLE - 1, 3),  # a number is left out
        (len("resnet50  25,610,152  He, Zhang, R"), 3),  # text is cut
        (len("resnet50  25,610,152  He, Zhang, "), 2),  # too short to say anything
        (len("resnet50  25,610,15"), 1),
        (3, 1),
    ],
)
def test_the_first_columns_that_fit_are_shown(width, shown):
    assert fitting(COLUMNS, ROWS, width) == shown
