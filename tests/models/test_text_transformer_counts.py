"""Parameter counts of the Transformers over tokens, as published or as counted from the published models."""

import pytest

from nnbench.core.catalog import create_model, list_models
from nnbench.metrics.flops import count_flops
from nnbench.metrics.parameters import count_parameters
from nnbench.runtime.abstract import without_values

KERAS_HUB = "keras-hub's presets, and closed form"
HUB = "the published weights' own total"
TABLE = "closed form of the paper's table 2.1"
PAPER = "closed form, agrees with the paper"

PINS = [
    ("nanogpt_char", 10_745_088, "closed form from the public configuration"),
    ("nanogpt_char_cpu", 804_096, "closed form from the public configuration"),
    ("gpt2", 124_439_808, KERAS_HUB),
    ("gpt2_medium", 354_823_168, KERAS_HUB),
    ("gpt2_large", 774_030_080, KERAS_HUB),
    ("gpt2_xl", 1_557_611_200, KERAS_HUB),
    ("gpt3_small", 125_226_240, TABLE),
    ("gpt3_medium", 355_871_744, TABLE),
    ("gpt3_large", 760_300_032, TABLE),
    ("gpt3_xl", 1_315_723_264, TABLE),
    ("gpt3_2_7b", 2_651_553_280, TABLE),
    ("gpt3_6_7b", 6_658_404_352, TABLE),
    ("gpt3_13b", 12_853_386_240, TABLE),
    ("gpt3_175b", 174_604_259_328, TABLE),
    ("gpt_1t", 1_008_038_758_400, "closed form of the paper's table 1, row 1008.0"),
    ("llama_7b", 6_738_415_616, HUB),
    ("llama_13b", 13_015_864_320, HUB),
    ("llama_33b", 32_528_943_616, HUB),
    ("llama_65b", 65_285_660_672, HUB),
    ("llama2_7b", 6_738_415_616, KERAS_HUB),
    ("llama2_13b", 13_015_864_320, HUB),
    ("llama2_34b", 33_743_970_304, "Code Llama 34B's published weights"),
    ("llama2_70b", 68_976_648_192, HUB),
    ("llama3_8b", 8_030_261_248, HUB),
    ("llama3_70b", 70_553_706_496, HUB),
    ("llama3_405b", 405_853_388_800, HUB),
    ("bert_tiny", 4_385_920, KERAS_HUB),
    ("bert_mini", 11_170_560, "closed form; Turc et al.'s 11.3M with the heads of pre-training"),
    ("bert_small", 28_763_648, KERAS_HUB),
    ("bert_medium", 41_373_184, KERAS_HUB),
    ("bert_base", 109_482_240, KERAS_HUB),
    ("bert_large", 335_141_888, KERAS_HUB),
    ("t5_small", 60_506_624, KERAS_HUB),
    ("t5_base", 222_903_552, HUB),
    ("t5_large", 737_668_096, HUB),
    ("t5_3b", 2_851_598_336, HUB),
    ("t5_11b", 11_307_321_344, HUB),
    ("transformer_base", 63_082_496, PAPER),
    ("transformer_big", 214_245_376, PAPER),
]

# Turc et al.'s 24 sizes, depth and width, and those with names of their own.
COMPACT = [(depth, width) for depth in (2, 4, 6, 8, 10, 12) for width in (128, 256, 512, 768)]
NAMED = {(2, 128): "bert_tiny", (4, 256): "bert_mini", (4, 512): "bert_small", (8, 512): "bert_medium"}
NAMED |= {(12, 768): "bert_base"}

# Rows of Vaswani et al.'s table 3 that change the size, with its millions of parameters.
ROWS = [
    ({"depth": 2}, 36),
    ({"depth": 4}, 50),
    ({"depth": 8}, 80),
    ({"width": 256}, 28),
    ({"width": 1024}, 168),
    ({"hidden": 1024}, 53),
    ({"hidden": 4096}, 90),
]

# Brown et al.'s table 2.1: millions of parameters.
GPT3 = {
    "gpt3_small": 125,
    "gpt3_medium": 350,
    "gpt3_large": 760,
    "gpt3_xl": 1_300,
    "gpt3_2_7b": 2_700,
    "gpt3_6_7b": 6_700,
    "gpt3_13b": 13_000,
    "gpt3_175b": 175_000,
}

# GFLOPs of a text of 128 tokens: Sun et al. (2020), MobileBERT, table 4.
BERT_GFLOPS = 22.5


@pytest.mark.parametrize(("name", "trainable", "source"), PINS)
def test_count_of_text_transformers(name, trainable, source):
    count = count_parameters(name)
    assert (count.trainable, count.non_trainable) == (trainable, 0), source


def test_counts_of_compact_berts_in_closed_form():
    names = [f"bert_l{depth}_h{width}" for depth, width in COMPACT]
    assert sorted(set(names) & set(list_models("bert_l*_h*"))) == sorted(list_models("bert_l*_h*"))
    for depth, width in COMPACT:
        name = NAMED.get((depth, width), f"bert_l{depth}_h{width}")
        embedded = (30522 + 512 + 2 + 2) * width
        expected = embedded + depth * (12 * width**2 + 13 * width) + width**2 + width
        assert count_parameters(name).total == expected, name


def test_every_text_transformer_is_pinned():
    patterns = ("gpt*", "nanogpt*", "llama*", "bert*", "t5*", "transformer_b*")
    names = {name for pattern in patterns for name in list_models(pattern)}
    tiny = {"gpt_tiny", "llama_tiny", "bert_test", "t5_tiny"}
    assert names - {name for name, _, _ in PINS} == tiny | set(list_models("bert_l*_h*"))


@pytest.mark.parametrize(("change", "millions"), ROWS)
def test_sizes_of_the_transformers_ablations(change, millions):
    # The paper's own vocabulary is "about 37000", and its row of two blocks is 7 % above what those add up to.
    assert count_parameters("transformer_base", **change).total / 1e6 == pytest.approx(millions, rel=0.07)


@pytest.mark.parametrize("name", GPT3)
def test_gpt3_is_as_large_as_its_table_says(name):
    assert count_parameters(name).total / 1e6 == pytest.approx(GPT3[name], rel=0.025)


def test_flops_of_bert():
    with without_values():
        flops = count_flops(create_model("bert_base", (128,)))
    assert not flops.uncounted
    assert flops.total / 1e9 == pytest.approx(BERT_GFLOPS, rel=0.02)


@pytest.mark.parametrize("name", ["gpt2", "llama2_70b", "t5_3b", "transformer_base"])
def test_flops_in_closed_form(name):
    with without_values():
        flops = count_flops(create_model(name))
    assert not flops.uncounted
    assert flops.total == CLOSED[name]()


def _decoder_only(depth, length, width, inner, shared, hidden, matrices, vocabulary):
    block = 2 * width * inner + 2 * width * shared + matrices * width * hidden + 2 * length * inner
    return 2 * length * (depth * block + width * vocabulary)


def _encoder_decoder(depth, length, width, inner, hidden, vocabulary):
    attention = 4 * width * inner + 2 * length * inner
    return 2 * length * (depth * (3 * attention + 4 * width * hidden) + width * vocabulary)


CLOSED = {
    "gpt2": lambda: _decoder_only(12, 1024, 768, 768, 768, 3072, 2, 50257),
    "llama2_70b": lambda: _decoder_only(80, 4096, 8192, 8192, 1024, 28672, 3, 32000),
    "t5_3b": lambda: _encoder_decoder(24, 512, 1024, 32 * 128, 16384, 32128),
    "transformer_base": lambda: _encoder_decoder(6, 256, 512, 512, 2048, 37000),
}
