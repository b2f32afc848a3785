"""Data files in the Keras home: checked before they are read, fetched by Keras, missed with one clear error."""

from __future__ import annotations

import gzip
import hashlib
import os
import socket
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar, cast

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import MissingDataError
from nnbench.core.lazy import keras

KERAS_MIRROR = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
PATIENCE_S = 60
"""A download that stays silent for so long has failed; Keras itself would wait for ever."""

T = TypeVar("T")


@dataclass(frozen=True)
class DataFile:
    """One file of a dataset.

    Attributes:
        name: path relative to ``datasets`` in the Keras home.
        sha256: hash of the file; of a ``.gz``, hash of what it holds, since distributions pack the same data anew.
        address: where the file is public; empty where it is not.
    """

    name: str
    sha256: str
    address: str

    @property
    def path(self) -> Path:
        """Where Keras looks for the file."""
        return data_folder() / self.name

    @property
    def hashed(self) -> str:
        """What `sha256` is the hash of, in words."""
        return "uncompressed SHA-256" if self.name.endswith(".gz") else "SHA-256"


def data_folder() -> Path:
    """Return the folder ``datasets`` of the Keras home: ``$KERAS_HOME`` when Keras was imported, else ``~/.keras``."""
    from keras.src.backend.config import keras_home  # Keras has no public name for it

    home = Path(keras_home()).expanduser()
    if home.exists() and not os.access(home, os.W_OK):
        temporary = "/tmp" if Path("/tmp").is_dir() else tempfile.gettempdir()
        home = Path(temporary) / ".keras"  # where Keras turns to as well
    return home / "datasets"


def hashes(*files: DataFile) -> dict[str, str]:
    """Return `files` as the attribute ``files`` of a spec."""
    return {file.name: file.sha256 for file in files}


def verify(file: DataFile) -> None:
    """Check a file that is there.

    Raises:
        MissingDataError: it is truncated or altered.
    """
    found = _digest(file.path)
    if found != file.sha256:
        public = f" It is public at {file.address}." if file.address else ""
        raise MissingDataError(
            f"{file.path} is truncated or altered: expected {file.hashed} {file.sha256}. Received: {found}. "
            f"Delete it, or put the right file in its place.{public}"
        )


def idx(file: DataFile) -> Array:
    """Return the bytes of a packed IDX file, in the format of MNIST's authors, after a check.

    The header is two zeros, the type 8 (bytes), the number of axes, and four bytes for the length of each.

    Raises:
        MissingDataError: the file is truncated or altered.
    """
    verify(file)
    content = gzip.decompress(file.path.read_bytes())
    axes = content[3]
    shape = np.frombuffer(content, ">u4", axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def through_keras(files: tuple[DataFile, ...], load: Callable[[], T]) -> T:
    """Check the files that are there, then let Keras fetch the others and load.

    Args:
        load: a function of ``keras.datasets`` or ``keras.utils.get_file``, with its arguments bound.

    Raises:
        MissingDataError: a file is truncated or altered, or absent and not to be had.
    """
    with _alone():
        missing = tuple(file for file in files if not file.path.exists())
        for file in files:
            if file not in missing:
                verify(file)
        try:
            with _quiet():
                loaded = load()
        except Exception as error:
            if not missing:
                raise
            raise absent(missing, str(error)) from None
        for file in missing:
            verify(file)
        return loaded


def absent(files: tuple[DataFile, ...], reason: str) -> MissingDataError:
    """Return the error that says which files to put where, and why they could not be fetched."""
    lines = [f"{f.path} ({f.hashed} {f.sha256}{f'; public at {f.address}' if f.address else ''})" for f in files]
    return MissingDataError("Missing data. Put in place:\n" + "\n".join(lines) + f"\nDownloading failed: {reason}")


def _digest(path: Path) -> str:
    try:
        with _opened(path) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        return f"an unreadable archive ({error})"


def _opened(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process at a time fetch or unpack: another would take a file half written for a truncated one."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    folder = data_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".nnbench.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Keras's progress bar and bound its waiting."""
    talkative, patience = keras.config.is_interactive_logging_enabled(), socket.getdefaulttimeout()
    keras.config.disable_interactive_logging()
    socket.setdefaulttimeout(PATIENCE_S)
    try:
        yield
    finally:
        socket.setdefaulttimeout(patience)
        if talkative:
            keras.config.enable_interactive_logging()
