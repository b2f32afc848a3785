"""The page and the files: what is on it, that it stands alone, that no name becomes markup, how it is written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser

import pandas as pd
import pytest
from synthetic_results import ENTRIES, GAN_IMAGES, SCRIPT, Entry, attempt_of, failed_attempt, write

from nnbench.core.errors import InvalidStoreError
from nnbench.report import write as writing
from nnbench.report.facts import facts
from nnbench.report.html import render
from nnbench.report.stored import read_stored
from nnbench.report.write import write_report
from nnbench.results.load import load_results

VOID = {"meta", "link", "input", "br"}


class Page(HTMLParser):
    """What a parser makes of a page: elements with attributes, text by element, and whether tags are balanced."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.open, self.balanced, self.text = [], [], True, []
        self.feed(html)
        self.close()
        self.balanced &= not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        self.balanced &= bool(self.open) and self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def count(self, tag):
        return sum(t == tag for t, _ in self.elements)

    @property
    def ids(self):
        return [a["id"] for _, a in self.elements if "id" in a]


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def page_of(tmp_path, attempts):
    return Page(render(read_stored(write(tmp_path, attempts))))


def test_the_page_is_well_formed(page):
    assert page.balanced
    assert len(page.ids) == len(set(page.ids))


def test_every_link_leads_somewhere(page):
    links = [a["href"][1:] for tag, a in page.elements if tag == "a"]
    assert len(links) > 8
    assert set(links) <= set(page.ids)


def test_the_page_stands_alone(page):
    for tag, attributes in page.elements:
        for name in ("src", "href", "xlink:href", "action", "data"):
            value = attributes.get(name, "")
            assert not value or value.startswith(("#", "data:")), (tag, name, value[:60])
    assert not any(re.search(r"url\((?!#)", v or "") for _, a in page.elements for v in a.values())


def test_the_head(stored, page):
    found = facts(stored)
    assert (found.cases, found.ok, found.failed, found.left_out) == (52, 48, 3, 1)
    assert (found.models, found.datasets, found.families) == (15, 6, 6)
    assert found.started == "2026-03-01 10:00 UTC"
    assert 0 < found.seconds < 3600
    text = " ".join(page.text)
    assert "quick" in text
    assert "2026-03-01 10:00 UTC" in text


def test_pauses_between_runs_are_no_duration(tmp_path):
    first = attempt_of(ENTRIES[0], 0)
    write(tmp_path, [first])
    later = failed_attempt(ENTRIES[2], 0, "error", "boom")
    write(tmp_path, [later])
    assert facts(read_stored(tmp_path)).seconds == pytest.approx(first.seconds + later.seconds, abs=0.01)


def test_every_failure_is_told_with_its_command(stored, html):
    lost = stored.attempts[stored.attempts["status"] != "ok"]
    assert len(lost) == 4
    for _, attempt in lost.iterrows():
        assert f"nnbench run --case {attempt['case_id']}" in html
        assert attempt["reason"] in html


def test_reasons_environment_and_published(html):
    assert "regression has no classes to confuse" in html
    assert "Example CPU @ 2.50GHz" in html
    assert "17.2 GB" in html
    assert "Greydanus &amp; Kobak 2024" in html


def test_the_summary_has_a_row_per_model_dataset_and_place(stored, html):
    table = re.search(r'<table id="overview".*?</table>', html, re.S)[0]
    assert table.count("<tr>") == 1 + len(stored.overview)
    row = next(r for r in table.split("<tr>") if ">gru" in r).replace("\N{NO-BREAK SPACE}", " ")
    for text in ("5,134", "10.3k", ".893 ± .006", "accuracy", "ℓ∞ ε=0.1", "2 sets", "25.4k", "train 8.46k", "701 MB"):
        assert text in row
    assert "95 % interval over 3 seeds" in row


def test_a_number_that_is_not_applicable_says_why(html):
    assert 'title="not applicable: language has no classes to confuse"' in html


def test_a_script_in_a_name_stays_text(page, html):
    assert page.count("script") == 1
    assert SCRIPT not in html
    assert any(SCRIPT in text for text in page.text)


@pytest.mark.parametrize(
    "name",
    [
        '"><img src=x onerror=alert(1)>',
        "</title></style></svg></script>",
        "{{ 7 * 7 }}{% raw %}",
        "&lt;b&gt;",
        "a\x00b",
    ],
)
def test_hostile_names_change_nothing(tmp_path, name):
    entry = Entry(name, name, name, "classification", 100, 0.5, 0.6)
    attempts = [attempt_of(entry, 0), failed_attempt(entry, 1, "error", name)]
    stored = read_stored(write(tmp_path, attempts, suite=name, profile=name, command=name, environment={name: name}))
    found = Page(render(stored))
    assert found.balanced
    assert (found.count("script"), found.count("img")) == (1, 0)
    assert not any(a.startswith("on") for _, attributes in found.elements for a in attributes)


def test_no_attempts(tmp_path):
    found = page_of(tmp_path, [])
    assert found.balanced
    assert "No attempt is stored here yet." in "".join(found.text)
    assert found.count("svg") == 0


def test_failures_only(tmp_path):
    found = page_of(tmp_path, [failed_attempt(ENTRIES[0], 0, "oom", "killed at 3 GB")])
    text = "".join(found.text)
    assert "No case ended ok" in text
    assert "killed at 3 GB" in text


@pytest.mark.parametrize(
    ("entries", "absent"),
    [
        ((ENTRIES[14], GAN_IMAGES), ("ECE", "OOD MSP", "Attacked", "Reliable", "Clean against attacked")),
        ((ENTRIES[13],), ("ECE", "Generated samples", "Beside published numbers")),
        ((ENTRIES[11],), ("ECE", "Out-of-distribution detection")),
    ],
    ids=["generators", "language", "regression"],
)
def test_what_nobody_measured_takes_no_room(tmp_path, entries, absent):
    text = "".join(page_of(tmp_path, [attempt_of(e, 0) for e in entries]).text).partition("Drawn by nnbench")[0]
    assert "Quality" in text
    assert not [word for word in absent if word in text]


def test_the_report_is_written_beside_the_results(folder, html):
    assert {p.name for p in folder.iterdir()} == {"results.sqlite", "results.csv", "index.html"}
    table = pd.read_csv(folder / "results.csv")
    stored = load_results(folder)
    assert table["metric"][: len(stored)].fillna("").tolist() == stored["metric"].fillna("").tolist()
    assert set(table["metric"][len(stored) :]) == {"mce", "relative_mce"}
    assert list(table.columns) == list(load_results(folder).columns)
    assert html.startswith("<!doctype html>")


def test_a_report_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    write(tmp_path, [attempt_of(ENTRIES[0], 0)])
    page = write_report(tmp_path)
    before = page.read_text()

    def full_disk(self, target):
        raise OSError("No space left on device")

    monkeypatch.setattr(writing.Path, "replace", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_report(tmp_path)
    assert page.read_text() == before
    assert {p.name for p in tmp_path.iterdir()} == {"results.sqlite", "results.csv", "index.html"}


def test_written_files_are_as_readable_as_others(tmp_path):
    page = write_report(write(tmp_path, []))
    (tmp_path / "other").touch()
    assert page.stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_folder_without_results(tmp_path):
    with pytest.raises(InvalidStoreError, match="No results at"):
        write_report(tmp_path / "nothing")


SCRIPT_TIMED = """
import resource, sys
from nnbench.report.write import write_report
write_report(sys.argv[1])
used = resource.getrusage(resource.RUSAGE_SELF)
backends = {"keras", "tensorflow", "jax", "torch", "sklearn"} & set(sys.modules)
print(used.ru_utime + used.ru_stime, ",".join(sorted(backends)))
"""


def test_a_report_takes_seconds_and_no_backend(folder):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "error", "-c", SCRIPT_TIMED, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    seconds, backends = done.stdout.split(" ")
    # Of processor time, which a busy machine stretches less than the clock: 3 s by the clock is the aim.
    assert float(seconds) < 6
    assert backends.strip() == ""
