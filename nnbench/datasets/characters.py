"""Texts to be continued character by character.

Splits hold windows of 64 characters that do not overlap, x (n, 64), and the characters that follow each, y (n, 64),
int32. The first 90 % of the text train and the rest tests, as in Karpathy's nanoGPT,
https://github.com/karpathy/nanoGPT. ``extras["characters"]`` (vocabulary,) turns indices back into text.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Mapping
from functools import partial

import numpy as np

from nnbench.core.dataset import Array, Split, register_dataset
from nnbench.core.errors import MissingDataError
from nnbench.core.lazy import keras
from nnbench.datasets._files import DataFile, hashes, through_keras
from nnbench.datasets._splits import next_token_windows

CONTEXT = 64
UNKNOWN = "\N{REPLACEMENT CHARACTER}"

SHAKESPEARE = DataFile(
    "tinyshakespeare.txt",
    "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
)
SHAKESPEARE_CHARACTERS = "\n !$&',-.3:;?" + string.ascii_uppercase + string.ascii_lowercase

DOCS_CHARACTERS = "\n" + "".join(map(chr, range(32, 127))) + UNKNOWN
DOCS_LENGTH = 360_000
"""What every Python since 3.11 has; so the sizes of the splits are the same on each."""
PLAIN = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "--", "…": "..."})
"""Typographic signs to their ASCII forms; what else is not ASCII becomes `UNKNOWN`."""

Corpus = tuple[Split, Split, Mapping[str, Array]]


def python_docs_text() -> str:
    """Return the first 360,000 characters of Python's own help texts, in the order of their topics' names.

    Topics quote each other at length, so a paragraph that came before is left out: otherwise the text held out would
    in good part be text trained on.

    Raises:
        MissingDataError: this Python comes without the texts.
    """
    try:
        from pydoc_data.topics import topics
    except ImportError:
        raise MissingDataError("This Python lacks its module pydoc_data.topics; a full installation has it.") from None
    paragraphs = (p for name in sorted(topics) for p in topics[name].strip().split("\n\n"))
    text = "\n\n".join(dict.fromkeys(paragraphs)).translate(PLAIN)
    if len(text) < DOCS_LENGTH:
        raise MissingDataError(
            f"pydoc_data.topics of this Python must hold {DOCS_LENGTH} characters. Received: {len(text)}."
        )
    return text[:DOCS_LENGTH]


def python_docs_fingerprint() -> str:
    """Return a hash of the text, which differs between versions of Python."""
    return hashlib.sha256(python_docs_text().encode()).hexdigest()


@register_dataset(
    "python_docs_char",
    kind="tokens",
    task="language",
    shape=(CONTEXT,),
    classes=len(DOCS_CHARACTERS),
    bounds=None,
    vocabulary=len(DOCS_CHARACTERS),
    sizes={"train": 5062, "test": 562},
    source="https://docs.python.org/3/reference/",
    licence="PSF-2.0",
    fingerprint=python_docs_fingerprint,
)
def python_docs_char(_seed: int) -> Corpus:
    """Python's help texts, which every installation carries, as characters."""
    return _corpus(python_docs_text(), DOCS_CHARACTERS)


@register_dataset(
    "tiny_shakespeare",
    kind="tokens",
    task="language",
    shape=(CONTEXT,),
    classes=len(SHAKESPEARE_CHARACTERS),
    bounds=None,
    vocabulary=len(SHAKESPEARE_CHARACTERS),
    sizes={"train": 15_685, "test": 1_742},
    source="https://github.com/karpathy/char-rnn",
    licence="public domain",
    files=hashes(SHAKESPEARE),
)
def tiny_shakespeare(_seed: int) -> Corpus:
    """A million characters of Shakespeare's plays, nanoGPT's splits."""
    fetch = partial(keras.utils.get_file, SHAKESPEARE.name, SHAKESPEARE.address, file_hash=SHAKESPEARE.sha256)
    through_keras((SHAKESPEARE,), fetch)
    return _corpus(SHAKESPEARE.path.read_bytes().decode("ascii"), SHAKESPEARE_CHARACTERS)


def _corpus(text: str, characters: str) -> Corpus:
    tokens = encoded(text, characters)
    held_out = int(len(tokens) * 0.9)
    extras = {"characters": np.array(list(characters))}
    return next_token_windows(tokens[:held_out], CONTEXT), next_token_windows(tokens[held_out:], CONTEXT), extras


def encoded(text: str, characters: str) -> Array:
    """Return (n,) indices into `characters`; one that is not among them takes the index of the last."""
    index = {character: i for i, character in enumerate(characters)}
    return np.fromiter((index.get(c, len(characters) - 1) for c in text), np.int32, len(text))
