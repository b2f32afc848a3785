"""Sequences of words with a label.

- IMDB: Maas et al. (2011), Learning Word Vectors for Sentiment Analysis, https://aclanthology.org/P11-1015/.
- Reuters: Lewis (1997), Reuters-21578, in the version that Keras prepared.

Words are numbered by frequency; 0 pads, 1 starts a text, 2 stands for a word outside the vocabulary. Texts keep their
last 200 words and are padded in front, as in Keras's own examples, so that a recurrent network ends on words.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from nnbench.core.dataset import Array, Split, register_dataset
from nnbench.core.lazy import keras
from nnbench.datasets._files import KERAS_MIRROR, DataFile, hashes, through_keras

LENGTH = 200
IMDB_WORDS = 20_000
REUTERS_WORDS = 10_000
SPECIAL = (0, 1, 2)
IMDB = DataFile(
    "imdb.npz", "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f", f"{KERAS_MIRROR}imdb.npz"
)
REUTERS = DataFile(
    "reuters.npz", "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916", f"{KERAS_MIRROR}reuters.npz"
)


@register_dataset(
    "imdb",
    kind="tokens",
    task="classification",
    shape=(LENGTH,),
    classes=2,
    bounds=None,
    vocabulary=IMDB_WORDS,
    special_tokens=SPECIAL,
    sizes={"train": 25_000, "test": 25_000},
    source="https://ai.stanford.edu/~amaas/data/sentiment/",
    licence="none stated; to be cited",
    files=hashes(IMDB),
    out_of_distribution=("shift:permuted_features",),
    far=("reuters",),
)
def imdb(_seed: int) -> tuple[Split, Split]:
    """Film reviews, positive or negative, the published splits."""
    return _padded(through_keras((IMDB,), partial(keras.datasets.imdb.load_data, num_words=IMDB_WORDS)))


@register_dataset(
    "reuters",
    kind="tokens",
    task="classification",
    shape=(LENGTH,),
    classes=46,
    bounds=None,
    vocabulary=REUTERS_WORDS,
    special_tokens=SPECIAL,
    sizes={"train": 8_982, "test": 2_246},
    source="https://archive.ics.uci.edu/dataset/137/reuters+21578+text+categorization+collection",
    licence="CC-BY-4.0",
    files=hashes(REUTERS),
    out_of_distribution=("shift:permuted_features",),
    far=("imdb",),
)
def reuters(_seed: int) -> tuple[Split, Split]:
    """News of 1987 by topic, 46 of them, Keras's splits."""
    return _padded(through_keras((REUTERS,), partial(keras.datasets.reuters.load_data, num_words=REUTERS_WORDS)))


def _padded(loaded: Any) -> tuple[Split, Split]:
    (x_train, y_train), (x_test, y_test) = loaded
    return _split(x_train, y_train), _split(x_test, y_test)


def _split(x: Any, y: Array) -> Split:
    tokens = keras.utils.pad_sequences(x, maxlen=LENGTH, dtype="int32")
    return Split(np.asarray(tokens), np.asarray(y, np.int32))
