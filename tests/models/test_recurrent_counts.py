"""Parameters of the recurrent, temporal convolutional and state-space families: published, or in closed form."""

import math

import pytest

from nnbench.core.catalog import create_model
from nnbench.metrics.flops import count_flops
from nnbench.runtime.abstract import without_values

MAMBA = "state-spaces/mamba, configuration and checkpoint"
ZAREMBA = "closed form; Zaremba et al. give 66M for the large one"
SUTSKEVER = "Sutskever et al.: 384M, 64M of them recurrent, plus 32,000 biases of the gates"
CLOSED = "closed form from the paper's equations"
TCN = "closed form; the paper gives about 70K"
COPY = "closed form; the paper gives about 16K"
PTB = "closed form; the paper gives about 3M and 13M"
LARGE = "closed form from the paper's table 2"
MUSIC = "closed form; the paper gives about 300K and 1M"

PINS = [
    ("mamba_130m", 129_135_360, MAMBA),
    ("mamba_370m", 371_516_416, MAMBA),
    ("mamba_790m", 793_204_224, MAMBA),
    ("mamba_1_4b", 1_372_178_432, MAMBA),
    ("mamba_2_8b", 2_768_345_600, MAMBA),
    ("lstm_ptb_small", 4_651_600, ZAREMBA),
    ("lstm_ptb_medium", 19_775_200, ZAREMBA),
    ("lstm_ptb_large", 66_022_000, ZAREMBA),
    ("seq2seq", 384_032_000, SUTSKEVER),
    ("seq2seq_luong", 217_032_000, CLOSED),
    ("seq2seq_luong_dot", 216_032_000, CLOSED),
    ("rnnsearch_30", 80_412_000, CLOSED),
    ("rnnsearch_50", 80_412_000, CLOSED),
    ("tcn_mnist", 66_910, TCN),
    ("tcn_adding_200", 58_051, TCN),
    ("tcn_adding_400", 67_582, TCN),
    ("tcn_adding_600", 70_369, TCN),
    ("tcn_copy_500", 10_750, COPY),
    ("tcn_copy_1000", 12_530, COPY),
    ("tcn_copy_2000", 14_170, COPY),
    ("tcn_ptb_char", 2_222_050, PTB),
    ("tcn_ptb_word", 14_649_600, PTB),
    ("tcn_text8", 4_129_640, LARGE),
    ("tcn_wikitext103", 131_793_000, LARGE),
    ("tcn_lambada", 56_618_000, LARGE),
    ("tcn_jsb", 269_938, MUSIC),
    ("tcn_nottingham", 1_053_238, MUSIC),
    ("mingru_char", 6_706_560, CLOSED),
    ("minlstm_char", 7_593_600, CLOSED),
    ("mingru", 127_754, CLOSED),
    ("minlstm", 144_394, CLOSED),
]

# variant, gates, biases of a gate, layers, directions
CLASSIFIERS = [
    ("simple_rnn", 1, 1, 1, 1),
    ("simple_rnn_2x", 1, 1, 2, 1),
    ("birnn", 1, 1, 1, 2),
    ("birnn_2x", 1, 1, 2, 2),
    ("lstm", 4, 1, 1, 1),
    ("lstm_2x", 4, 1, 2, 1),
    ("lstm_3x", 4, 1, 3, 1),
    ("bilstm", 4, 1, 1, 2),
    ("bilstm_2x", 4, 1, 2, 2),
    ("gru", 3, 2, 1, 1),
    ("gru_2x", 3, 2, 2, 1),
    ("gru_3x", 3, 2, 3, 1),
    ("bigru", 3, 2, 1, 2),
    ("bigru_2x", 3, 2, 2, 2),
]


def abstract(name):
    with without_values():
        return create_model(name)


def size(weights):
    return sum(math.prod(w.shape) for w in weights)


@pytest.mark.parametrize(("name", "trainable", "source"), PINS)
def test_count(name, trainable, source):
    model = abstract(name)
    assert size(model.trainable_weights) == trainable, source
    assert not model.non_trainable_weights


@pytest.mark.parametrize(("name", "gates", "biases", "layers", "directions"), CLASSIFIERS)
def test_count_of_classifiers(name, gates, biases, layers, directions):
    units, rows, classes = 128, 28, 10
    widths = [rows] + [directions * units] * (layers - 1)
    cells = [directions * gates * (units * (width + units) + biases * units) for width in widths]
    assert size(abstract(name).weights) == sum(cells) + (directions * units + 1) * classes


@pytest.mark.parametrize(("name", "gates"), [("mingru_char", 2), ("minlstm_char", 3)])
def test_count_of_minimal_language_models(name, gates):
    width, units, kernel, tokens = 384, 768, 4, 65
    convolution = width * (kernel + 1) + width * (width + 1)
    recurrent = (width + 1) * gates * units + (units + 1) * width
    two_layers = 8 * width * width + 5 * width
    assert size(abstract(name).weights) == 2 * tokens * width + 3 * (convolution + recurrent + two_layers) + 7 * width


def test_count_of_rnnsearch():
    units, embedding, maxout, tokens = 1000, 620, 500, 30_000
    encoder = 2 * 3 * units * (embedding + units + 1)
    alignment = units * units + 2 * units * units + units
    decoder = 3 * units * (embedding + 2 * units + units + 1) + (units + 1) * units
    output = (3 * units + embedding + 1) * 2 * maxout + maxout * tokens
    expected = 2 * tokens * embedding + encoder + alignment + decoder + output
    assert size(abstract("rnnsearch_50").weights) == expected


def test_flops_of_mamba_are_two_per_weight_and_token_and_the_scans():
    found = count_flops(abstract("mamba_130m"))
    length, channels, state, blocks = 2048, 1536, 16, 24
    element_wise = 25 * 768 + blocks * channels * (state + 3)
    per_token = 2 * (129_135_360 - element_wise) + blocks * 4 * channels * state
    assert found.total == length * per_token
    assert not found.uncounted


# variant, channels read, maps of each level, kernel, what the output layer or the shared embedding adds
TCNS = [
    ("tcn_jsb", 88, [150] * 2, 3, 151 * 88),
    ("tcn_nottingham", 88, [150] * 4, 6, 151 * 88),
    ("tcn_ptb_char", 100, [450, 450, 100], 3, 50 * 100),
    ("tcn_text8", 100, [520] * 4 + [100], 2, 27 * 100),
    ("tcn_wikitext103", 400, [1000] * 4 + [400], 3, 267_735 * 400),
    ("tcn_lambada", 500, [500] * 5, 4, 93_216 * 500),
]


@pytest.mark.parametrize(("name", "before", "widths", "kernel", "total"), TCNS)
def test_count_of_temporal_convolutional_networks(name, before, widths, kernel, total):
    for maps in widths:
        # Two convolutions, each with a norm and a bias for every map, and a shortcut where the maps change.
        total += kernel * maps * (before + maps) + 4 * maps + (before + 1) * maps * (before != maps)
        before = maps
    assert size(abstract(name).weights) == total


@pytest.mark.parametrize(
    "name", ["tcn_mnist", "tcn_jsb", "rnnsearch_50", "seq2seq_luong", "mingru_char", "lstm_ptb_large"]
)
def test_flops_leave_nothing_out(name):
    found = count_flops(abstract(name))
    assert found.total > 0
    assert not found.uncounted


def test_flops_of_rnnsearch():
    units, embedding, maxout, tokens, steps = 1000, 620, 500, 30_000, 50
    once = units * units + steps * 2 * units * units
    encoder = steps * 2 * 3 * units * (embedding + units)
    step = units * units + steps * (units + 2 * units) + 3 * units * (embedding + 3 * units)
    output = steps * ((3 * units + embedding) * 2 * maxout + maxout * tokens)
    assert count_flops(abstract("rnnsearch_50")).total == 2 * (once + encoder + steps * step + output)
