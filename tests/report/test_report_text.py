"""Numbers and frames as text: formatting, Markdown, terminal tables."""

from __future__ import annotations

import io
import math

import pandas as pd
import pytest
from rich.console import Console
from synthetic_results import SCRIPT, attempt_of, write
from synthetic_results import Entry as SyntheticEntry

from nnbench.report.comparison import compare
from nnbench.report.formatting import duration, half_width, number, si
from nnbench.report.frames import failures
from nnbench.report.markdown import markdown
from nnbench.report.readable import headline, readable_comparison, readable_overview
from nnbench.report.stored import read_stored
from nnbench.report.terminal import comparison_table, failures_table, overview_table


@pytest.mark.parametrize(
    ("value", "unit", "metric", "expected"),
    [
        (0.9312, "1", "accuracy", ".931"),
        (1.0, "1", "accuracy", "1.000"),
        (0.0, "1", "accuracy", ".000"),
        (-0.12, "1", "r2", "−.120"),
        (-0.0001, "1", "r2", ".000"),
        (5.0432, "1", "perplexity", "5.043"),
        (55.25, "1", "rmse", "55.25"),
        (2.31, "bit", "bits_per_character", "2.310"),
        (44_550.0, "1", "parameters", "44,550"),
        (860.0, "FLOP", "flops", "860 FLOP"),
        (1_203_000.0, "FLOP", "flops", "1.20 MFLOP"),
        (999_600.0, "FLOP", "flops", "1.00 MFLOP"),
        (12_345.0, "samples/s", "inference_throughput", "12.3k samples/s"),
        (0.0123, "s", "latency_p50", "12.3 ms"),
        (187.4e-6, "s", "latency_p50", "187 µs"),
        (3.2, "s", "time_build", "3.20 s"),
        (1234.0, "s", "time_steady", "1,234 s"),
        (0.0, "s", "time_data", "0 s"),
        (7.01e8, "bytes", "peak_memory", "701 MB"),
        (math.nan, "s", "latency_p50", "–"),
        (math.inf, "1", "perplexity", "∞"),
    ],
)
def test_number(value, unit, metric, expected):
    assert number(value, unit, metric) == expected


def test_si_keeps_three_digits():
    assert [si(v, "B") for v in (9.994e3, 99.94e3, 999.4e3, 999.6e3)] == ["9.99 kB", "99.9 kB", "999 kB", "1.00 MB"]


def test_half_width():
    assert half_width(0.927, 0.935) == "± .004"
    assert half_width(410.0, 410.0) == ""
    assert half_width(math.nan, 0.5) == ""


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.4, "0.4 s"), (42, "42 s"), (59.6, "1 min 00 s"), (200, "3 min 20 s"), (7500, "2 h 05 min")],
)
def test_duration(seconds, expected):
    assert duration(seconds) == expected


def test_markdown_is_aligned():
    frame = pd.DataFrame({"model": ["gru", "encoder"], "accuracy": [".9", "−.75 ± .1"], "note": ["", "a|b"]})
    assert markdown(frame) == (
        "| model   |  accuracy | note |\n"
        "| ------- | --------: | ---- |\n"
        "| gru     |        .9 |      |\n"
        "| encoder | −.75 ± .1 | a\\|b |\n"
    )


def test_markdown_of_numbers_and_of_nothing():
    assert markdown(pd.DataFrame({"n": [3, 12]})).splitlines()[2:] == ["|   3 |", "|  12 |"]
    assert markdown(pd.DataFrame({"model": []})) == "| model |\n| ----- |\n"


def test_names_do_not_become_markup_in_markdown():
    text = markdown(pd.DataFrame({"model": [SCRIPT, "two\nlines"]}))
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert text.count("\n") == 4


def test_readable_comparison(folder, shifted):
    text = readable_comparison(headline(compare(folder, shifted)))
    row = text[(text["model"] == "gru") & (text["metric"] == "accuracy")].iloc[0]
    assert row["difference"] == "−.030"
    assert row["n"] == "3"
    assert "…" in row["interval"]
    assert "time_build" not in set(text["metric"])


def test_readable_overview(stored):
    text = readable_overview(stored.overview).set_index("model")
    assert text.loc["gpt_char", "metric"] == "bits/char"
    assert text.loc["resnet20", "parameters"] == "272,474"
    assert text.loc["mlp_gan", "PGD"] == "–"
    assert "±" in text.loc["gru", "quality"]
    assert text.loc[["vit_tiny", "resnet20", "gru"], "reliable"].tolist() == ["yes", "no", "–"]
    assert "backend" not in text


def drawn(table, width=260):
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    console.print(table)
    return console.file.getvalue()


def test_terminal_tables(folder, shifted, stored):
    text = drawn(overview_table(stored.overview))
    assert SCRIPT in text
    assert "1.64M" in text
    text = drawn(comparison_table(headline(compare(folder, shifted))))
    assert "inconclusive" in text
    text = drawn(failures_table(failures(stored.frame)))
    assert "killed at 14.2 GB resident, of 14 GB allowed" in text


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_the_overview_fits_the_terminal(stored, width):
    table = overview_table(stored.overview, width=width)
    text = drawn(table, width)
    assert "quality" in text
    assert ".937 ± .019" in text
    assert max(map(len, text.splitlines())) <= width


def test_names_are_no_markup_in_the_terminal(tmp_path):
    entry = SyntheticEntry("mlp", "[red]mlp[/red]", "iris", "classification", 10, 0.9)
    stored = read_stored(write(tmp_path, [attempt_of(entry, 0)]))
    assert "[red]mlp[/red]" in drawn(overview_table(stored.overview))


def test_tables_of_nothing(tmp_path):
    stored = read_stored(write(tmp_path, []))
    assert "model" in drawn(overview_table(stored.overview, width=80))
