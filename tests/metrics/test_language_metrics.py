import math

import numpy as np
import pytest

from nnbench.core.errors import ArgumentError
from nnbench.metrics.bits import bits_per_character
from nnbench.metrics.language_perplexity import perplexity
from nnbench.metrics.next_token_accuracy import token_accuracy

PROBABILITIES = np.array([[[0.5, 0.25, 0.25], [0.125, 0.75, 0.125]], [[0.25, 0.5, 0.25], [0.5, 0.25, 0.25]]])
TOKENS = np.array([[0, 2], [1, 1]])
BITS = [1.0, 3.0, 1.0, 2.0]


def test_by_hand():
    logits = np.log(PROBABILITIES)
    assert bits_per_character(logits, TOKENS).value == pytest.approx(np.mean(BITS), abs=1e-12)
    assert perplexity(logits, TOKENS).value == pytest.approx(2 ** np.mean(BITS), abs=1e-12)
    assert token_accuracy(logits, TOKENS).value == 0.5


def test_uniform_predictions():
    logits, tokens = np.zeros((3, 4, 65)), np.zeros((3, 4), int)
    assert bits_per_character(logits, tokens).value == pytest.approx(math.log2(65))
    assert perplexity(logits, tokens).value == pytest.approx(65)


def test_interval_takes_sequences_as_units():
    got = bits_per_character(np.log(PROBABILITIES), TOKENS)
    half = 1.959963984540054 * np.std([2.0, 1.5], ddof=1) / math.sqrt(2)
    assert got.high - got.value == pytest.approx(half)
    assert got.n == 2


def test_perplexity_that_overflows_is_infinite():
    assert perplexity(np.array([[[0.0, 1000.0]]]), np.array([[0]])).value == math.inf


@pytest.mark.parametrize("metric", [bits_per_character, perplexity, token_accuracy])
def test_refuses(metric):
    with pytest.raises(ArgumentError, match=r"\(n, length, vocabulary\)"):
        metric(np.zeros((2, 3)), np.zeros(2, int))
    with pytest.raises(ArgumentError, match="finite"):
        metric(np.full((1, 1, 2), np.nan), np.zeros((1, 1), int))
