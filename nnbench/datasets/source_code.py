"""Source text with a label: which module of Python's standard library a piece comes from.

Every installation carries it, so that a classifier of tokens can be tried where nothing can be fetched. Samples are
windows of 64 characters that do not overlap, x (n, 64) int32, over the characters of `python_docs_char`, whose windows
are thereby a foreign corpus for these classifiers. One window in five of each module is held out, drawn from the seed.
"""

from __future__ import annotations

import hashlib
import importlib.util
from importlib.abc import InspectLoader

import numpy as np

from nnbench.core.dataset import Array, Split, register_dataset
from nnbench.core.errors import MissingDataError
from nnbench.datasets._splits import divide
from nnbench.datasets.characters import CONTEXT, DOCS_CHARACTERS, encoded

MODULES = (
    "argparse", "difflib", "doctest", "inspect", "ipaddress", "mailbox", "pydoc", "tarfile", "typing", "unittest.mock",
)  # fmt: skip
WINDOWS = 1000
"""Of each module, from its beginning: 64,000 characters, which each of them has in every Python since 3.11."""


def source_text(module: str) -> str:
    """Return the first 64,000 characters of a module's source, which is read and not run.

    Raises:
        MissingDataError: this Python comes without the source, or with less of it.
    """
    spec = importlib.util.find_spec(module)
    loader = spec.loader if spec else None
    text = (loader.get_source(module) if isinstance(loader, InspectLoader) else None) or ""
    if len(text) < WINDOWS * CONTEXT:
        raise MissingDataError(
            f"The source of {module} in this Python must hold {WINDOWS * CONTEXT} characters. Received: {len(text)}."
        )
    return text[: WINDOWS * CONTEXT]


def source_fingerprint() -> str:
    """Return a hash of the texts, which differ between versions of Python."""
    return hashlib.sha256("".join(map(source_text, MODULES)).encode()).hexdigest()


@register_dataset(
    "python_modules",
    kind="tokens",
    task="classification",
    shape=(CONTEXT,),
    classes=len(MODULES),
    bounds=None,
    vocabulary=len(DOCS_CHARACTERS),
    sizes={"train": 8000, "test": 2000},
    source="https://github.com/python/cpython/tree/main/Lib",
    licence="PSF-2.0",
    fingerprint=source_fingerprint,
    out_of_distribution=("python_docs_char",),
    far=("python_docs_char",),
)
def python_modules(seed: int) -> tuple[Split, Split]:
    """Source text of ten modules of Python, 64 characters each, by module."""
    x = np.concatenate([_windows(source_text(module)) for module in MODULES])
    y = np.repeat(np.arange(len(MODULES), dtype=np.int32), WINDOWS)
    return divide(x, y, seed, stratified=True)


def _windows(text: str) -> Array:
    return encoded(text, DOCS_CHARACTERS).reshape(WINDOWS, CONTEXT)
