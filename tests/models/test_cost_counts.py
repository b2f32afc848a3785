"""The kept costs of variants are those that counting gives: `python -m nnbench.metrics.costs` writes them anew."""

import csv

import pytest
from smallest import smallest_variants

from nnbench.core.catalog import list_models, model_info
from nnbench.core.costs import STORE, stored_cost, write_costs
from nnbench.metrics.costs import counted_cost

LARGER = ["resnet18", "vit_b_16", "gpt2", "mobilenet_v2", "lstm_ptb_medium"]


def test_every_built_in_variant_is_kept_and_nothing_else():
    with STORE.open(newline="") as stream:
        kept = [row["variant"] for row in csv.DictReader(stream)]
    built_in = [name for name in list_models() if model_info(name).builder.__module__.startswith("nnbench.")]
    assert kept == built_in


@pytest.mark.parametrize("name", [*smallest_variants(), *LARGER])
def test_kept_costs_are_those_counted(name):
    assert counted_cost(name) == stored_cost(name)


def test_costs_are_written_as_they_are_read(tmp_path):
    costs = {name: stored_cost(name) for name in LARGER}
    write_costs(costs, tmp_path / "costs.csv")
    lines = (tmp_path / "costs.csv").read_text().splitlines()
    assert lines[0] == "variant,trainable,non_trainable,flops"
    assert lines[1:] == [line for line in STORE.read_text().splitlines() if line.split(",")[0] in LARGER]


def test_a_variant_without_kept_costs_has_none():
    assert stored_cost("nobody_s") is None
