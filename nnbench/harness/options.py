"""What a run is asked for, checked before anything starts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnbench.core.errors import ArgumentError
from nnbench.core.recipe import PROFILES
from nnbench.runtime.launch import check_backend, check_device
from nnbench.runtime.names import DEFAULT_BACKEND, PRECISIONS

TIMEOUTS = {"smoke": 300.0, "quick": 1200.0, "full": 6 * 3600.0}
"""Seconds that one attempt may take, by profile."""


@dataclass(frozen=True)
class RunOptions:
    """Options of a run; None means the suite's own default.

    Attributes:
        seeds: the seeds themselves.
        out: the results folder.
        timeout: seconds that one attempt may take.
        memory_limit: bytes of resident memory at which a worker is stopped.

    Raises:
        ArgumentError: a value outside what is accepted.
    """

    backends: tuple[str, ...] = (DEFAULT_BACKEND,)
    devices: tuple[str, ...] = ("cpu",)
    seeds: tuple[int, ...] | None = None
    profile: str | None = None
    precision: str = "float32"
    out: Path | None = None
    timeout: float | None = None
    memory_limit: int | None = None

    def __post_init__(self) -> None:
        for backend in self.backends or ("",):
            check_backend(backend)
        for device in self.devices or ("",):
            check_device(device)
        if self.profile is not None and self.profile not in PROFILES:
            raise ArgumentError(f"profile must be one of {', '.join(PROFILES)}. Received: {self.profile!r}.")
        if self.precision not in PRECISIONS:
            raise ArgumentError(f"precision must be one of {', '.join(PRECISIONS)}. Received: {self.precision!r}.")


def parse_names(text: str) -> tuple[str, ...]:
    """Return the parts of a comma-separated list, without blanks and repeats."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def parse_seeds(text: str) -> tuple[int, ...]:
    """Return seeds from ``"3"`` (that many, from 0) or ``"0,5,7"`` (these).

    Raises:
        ArgumentError: the text is neither.
    """
    try:
        numbers = tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        numbers = ()
    if not numbers or min(numbers) < 0 or ("," not in text and numbers[0] == 0):
        raise ArgumentError(f"seeds must be a count such as 3, or a list such as 0,1,2. Received: {text!r}.")
    return numbers if "," in text else tuple(range(numbers[0]))


_UNITS = {"k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


def parse_bytes(text: str) -> int:
    """Return a number of bytes from ``"8G"``, ``"512M"`` or ``"1000000"``.

    Raises:
        ArgumentError: the text is no size.
    """
    number, unit = (text[:-1], _UNITS[text[-1].lower()]) if text and text[-1].lower() in _UNITS else (text, 1)
    try:
        size = int(float(number) * unit)
    except (ValueError, OverflowError):
        size = 0
    if size <= 0:
        raise ArgumentError(f"memory-limit must be a size such as 8G or 512M. Received: {text!r}.")
    return size


def parse_seconds(text: str) -> float:
    """Return a positive number of seconds.

    Raises:
        ArgumentError: the text is none.
    """
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise ArgumentError(f"timeout must be a positive number of seconds. Received: {text!r}.")
    return seconds


PARSERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "backend": ("backends", parse_names),
    "device": ("devices", parse_names),
    "seeds": ("seeds", parse_seeds),
    "profile": ("profile", str),
    "precision": ("precision", str),
    "out": ("out", Path),
    "timeout": ("timeout", parse_seconds),
    "memory_limit": ("memory_limit", parse_bytes),
}
"""Option as it is typed, to the field of `RunOptions` and what turns the text into its value."""


def parse_options(texts: Mapping[str, str]) -> RunOptions:
    """Return the options that were typed.

    Raises:
        ArgumentError: a value outside what is accepted.
    """
    parsed = {PARSERS[name][0]: PARSERS[name][1](text) for name, text in texts.items()}
    return RunOptions(**parsed)
