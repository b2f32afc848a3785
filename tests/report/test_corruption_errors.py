"""mCE and relative mCE of stored nets: by hand, against the reference that each row names."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from rich.console import Console
from synthetic_results import ENTRIES, attempt_of, write

from nnbench.core.errors import ArgumentError
from nnbench.report.corruption import NO_CLEAN, corruption_errors, with_corruption_errors
from nnbench.report.frames import not_applicable, summary
from nnbench.report.html import render
from nnbench.report.stored import read_stored
from nnbench.report.terminal import corruption_table
from nnbench.report.write import write_report


def net(model, fog, snow, clean=0.9, *, seed=0, parameters=100, recipe="usual", dataset="digits"):
    """Return the rows of an attempt whose accuracies under two corruptions are `fog` and `snow`."""
    common = {
        "attempt_id": f"{model} {recipe} {dataset} {seed}", "case_id": "1-0", "suite": "s", "family": "mlp",
        "model": model, "dataset": dataset, "recipe": recipe, "backend": "jax", "device": "cpu",
        "precision": "float32", "seed": seed, "status": "ok", "reason": "", "unit": "1", "better": "higher",
        "n": 50, "low": 0.1, "high": 0.9,
    }  # fmt: skip
    kinds = {"fog": fog, "snow": snow}
    values = [("corruption_accuracy_by_kind", k, v) for k, v in kinds.items() if v is not None]
    values += [("corruption_accuracy", "", (fog + (snow or fog)) / 2), ("parameters", "", parameters)]
    values += [("corruption_clean_accuracy", "", clean)] if clean is not None else []
    return [{**common, "metric": m, "conditions": c, "value": v} for m, c, v in values]


def derived(*nets, references=()):
    """Return the rows that are added to the attempts of `nets`."""
    frame = pd.DataFrame([row for rows in nets for row in rows])
    found = with_corruption_errors(frame, references)
    pd.testing.assert_frame_equal(found[: len(frame)], frame)
    return found[len(frame) :]


def values(rows):
    return {(r["model"], r["metric"]): r["value"] for r in rows.to_dict("records")}


SMALL = net("small", fog=0.6, snow=0.5, clean=0.7, parameters=10)
LARGE = net("large", fog=0.8, snow=0.6, clean=0.9)


def test_by_hand_against_the_smallest():
    rows = derived(LARGE, SMALL)
    found = values(rows)
    assert found["large", "mce"] == pytest.approx((0.2 / 0.4 + 0.4 / 0.5) / 2)
    assert found["large", "relative_mce"] == pytest.approx((0.1 / 0.1 + 0.3 / 0.2) / 2)
    assert (found["small", "mce"], found["small", "relative_mce"]) == (1, 1)
    assert set(rows["conditions"]) == {"against small"}
    assert set(rows["better"]) == {"lower"}
    assert rows[["low", "high"]].isna().all(axis=None)


def test_a_named_reference():
    rows = derived(LARGE, SMALL, references=["large"])
    assert set(rows["conditions"]) == {"against large"}
    assert values(rows)["small", "mce"] == pytest.approx((0.4 / 0.2 + 0.5 / 0.4) / 2)


def test_a_reference_for_each_dataset():
    rows = derived(LARGE, SMALL, net("a", 0.5, 0.4, dataset="iris"), net("b", 0.3, 0.2, dataset="iris", parameters=1),
                   references=["large", "a"])  # fmt: skip
    assert rows.groupby("dataset")["conditions"].unique().map(list).to_dict() == {
        "digits": ["against large"],
        "iris": ["against a"],
    }


@pytest.mark.parametrize("name", ["larg", "nobody"])
def test_a_reference_that_was_not_measured(name):
    with pytest.raises(ArgumentError, match=f"corruptions: large, small. Received: '{name}'"):
        derived(LARGE, SMALL, references=[name])


def test_a_net_that_a_corruption_does_not_harm_is_no_reference():
    unharmed = net("unharmed", fog=0.35, snow=0.2, clean=0.3, parameters=1)
    assert set(derived(LARGE, SMALL, unharmed)["conditions"]) == {"against small"}
    rows = derived(LARGE, SMALL, unharmed, references=["unharmed"]).set_index(["model", "metric"])
    assert "harmed by each corruption" in rows.loc[("large", "relative_mce"), "reason"]
    assert rows.loc[("large", "mce"), "value"] == pytest.approx((0.2 / 0.65 + 0.4 / 0.8) / 2)


def test_the_reference_is_a_mean_over_its_seeds():
    small = [net("small", f, 0.5, 0.7, seed=s, parameters=10) for s, f in enumerate((0.5, 0.7))]
    rows = derived(LARGE, *small)
    assert values(rows)["large", "mce"] == pytest.approx((0.2 / 0.4 + 0.4 / 0.5) / 2)
    assert rows.query("model == 'small' and metric == 'mce'")["value"].tolist() == pytest.approx([1.125, 0.875])


def test_recipes_are_named_where_a_model_has_several():
    rows = derived(LARGE, net("small", 0.6, 0.5, 0.7, parameters=10), net("small", 0.5, 0.5, recipe="robust"))
    assert set(rows["conditions"]) == {"against small (usual)"}
    assert set(derived(LARGE, net("small", 0.6, 0.5, 0.7, parameters=10, recipe="other"))["conditions"]) == {
        "against small"
    }


def test_nothing_to_divide_by():
    assert derived(SMALL).empty
    assert derived(SMALL, net("other kinds", 0.5, None)).empty
    assert derived(SMALL, net("other data", 0.5, 0.4, dataset="iris")).empty


def test_results_without_clean_accuracy_lack_relative_mce():
    frame = pd.DataFrame([*net("small", 0.6, 0.5, None, parameters=10), *net("large", 0.8, 0.6, None)])
    found = with_corruption_errors(frame)
    assert found.loc[found["metric"] == "mce", "value"].notna().all()
    assert not_applicable(found)["reason"].tolist() == [NO_CLEAN]
    errors = corruption_errors(summary(found))
    assert errors[["clean", "relative_mce"]].isna().all(axis=None)


def test_the_report_shows_and_stores_them(stored, html, folder):
    errors = corruption_errors(stored.summary).set_index("model")
    assert list(errors.index) == ["resnet20", "lenet5", "logistic", "vit_tiny"]
    assert set(errors["reference"]) == {"logistic"}
    q, r = ENTRIES[7].quality, ENTRIES[6].quality
    expected = ((1 - 0.6 * q) / (1 - 0.6 * r) + (1 - 0.4 * q) / (1 - 0.4 * r)) / 2
    assert errors.loc["lenet5", "mce"] == pytest.approx(expected)
    assert errors.loc["lenet5", "relative_mce"] == pytest.approx(q / r)
    assert errors.loc["lenet5", ["clean", "corrupted", "worst"]].tolist() == pytest.approx([q, q / 2, "snow"])
    table = pd.read_csv(folder / "results.csv")
    rows = table[(table["metric"] == "mce") & (table["model"] == "lenet5")]
    assert rows["conditions"].tolist() == ["against logistic"] * 3
    assert "Corruption error beside a reference" in html
    assert 'href="#corruption-error"' in html
    console = Console(width=160, file=io.StringIO(), force_terminal=False)
    console.print(corruption_table(errors.reset_index()))
    line = next(t for t in console.file.getvalue().splitlines() if "lenet5" in t)
    assert line.split() == ["lenet5", "digits", "logistic", ".983", ".491", ".966", "1.035", "snow", ".393"]


def test_the_page_without_corruptions_has_no_such_table(tmp_path):
    page = render(read_stored(write(tmp_path, [attempt_of(ENTRIES[0], 0)])))
    assert "corruption-error" not in page


def test_the_page_with_another_reference(folder, tmp_path):
    (tmp_path / "results.sqlite").write_bytes((folder / "results.sqlite").read_bytes())
    page = write_report(tmp_path, ["resnet20"])
    assert ">resnet20</td>" in page.read_text(encoding="utf-8")
    assert "against resnet20" in (tmp_path / "results.csv").read_text(encoding="utf-8")
