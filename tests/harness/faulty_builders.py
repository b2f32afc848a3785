"""Builders that a worker calls by reference, most of which go wrong in their own way."""

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

MEBIBYTE = 2**20


def linear(input_shape, classes):
    """Return a model that works."""
    import keras

    return keras.Sequential([keras.Input(input_shape), keras.layers.Flatten(), keras.layers.Dense(classes)])


def raises(input_shape, classes):
    raise RuntimeError("the builder gives up\nand says so at length")


def gives_no_model(input_shape, classes):
    return {"not": "a model"}


def not_finite(input_shape, classes):
    """Return a model whose first loss is NaN."""
    import keras

    rescale = keras.layers.Rescaling(float("nan"))
    return keras.Sequential([keras.Input(input_shape), rescale, keras.layers.Flatten(), keras.layers.Dense(classes)])


def talks(input_shape, classes):
    """Write to standard output in every way, where the worker's events once were."""
    print('{"event": "result", "status": "ok"}')
    os.write(1, b"not an event\n")
    sys.stderr.write("the last words\n")
    return linear(input_shape, classes)


def hungry(input_shape, classes):
    """Hold ever more memory, and give up at 2 GiB."""
    blocks = []
    while len(blocks) < 64:
        blocks.append(np.ones(32 * MEBIBYTE, np.uint8))
        time.sleep(0.02)
    time.sleep(60)


def killed(input_shape, classes):
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


def leaves(input_shape, classes):
    sys.stderr.write("the last words\n")
    os._exit(7)


def hangs(input_shape, classes):
    time.sleep(120)


def waits(input_shape, classes):
    """Write this process's id to ``$NNBENCH_TEST_FOLDER/started``, then wait for a file ``release`` beside it."""
    folder = Path(os.environ["NNBENCH_TEST_FOLDER"])
    (folder / "started.part").write_text(str(os.getpid()))
    (folder / "started.part").replace(folder / "started")
    deadline = time.monotonic() + 120
    while not (folder / "release").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return linear(input_shape, classes)
