"""Python's garbage collector, put off while much is made that stays."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collection() -> Iterator[None]:
    """Collect no garbage within this context.

    The collector looks through all objects each time their number has grown. A deep network's layers are hundreds of
    thousands of objects, none of which is garbage, so that a fifth of building it and more went into these searches.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
