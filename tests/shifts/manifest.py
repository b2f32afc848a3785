"""The hashes of every corruption: ``python tests/shifts/manifest.py`` writes them anew, where a definition changed.

Images are bytes and hashed as they are. What comes of signals and tables is hashed in whole steps of 2⁻¹⁰; writing
refuses a value within 10⁻⁷ steps of where rounding turns, a margin 10⁴ times wider than what machines differ by.
"""

import csv
import hashlib
from pathlib import Path

import numpy as np

from nnbench.core.robustness import CORRUPTIONS
from nnbench.corruptions import corrupt

FILE = Path(__file__).with_name("manifest.csv")
SEED = 2026
STEPS = 1024
MARGIN = 1e-7


def images(n, h, w, c):
    """Bytes that are the same everywhere: slopes, stripes and a disk."""
    i, y, x, k = np.ogrid[:n, :h, :w, :c]
    disk = (2 * y - h) ** 2 + (2 * x - w) ** 2 < (min(h, w) * 3 // 4) ** 2
    return ((5 * y + 3 * x + 40 * k + 60 * i + 90 * disk + 25 * ((x + y * k) // 4 % 2)) % 256).astype(np.uint8)


def numbers(n, *shape):
    """Values of about normal size that are the same everywhere, in steps that are no power of two."""
    index = np.arange(n * int(np.prod(shape)), dtype=np.int64)
    return (((index * 7919 + (index // 5) ** 2 * 31) % 4001 - 2000) / 997.3).reshape(n, *shape)


INPUTS = {
    "image": [images(2, 28, 28, 1), images(2, 33, 47, 3), images(1, 64, 64, 3), images(1, 120, 128, 3)],
    "signal": [numbers(3, 40), numbers(3, 25, 2)],
    "table": [numbers(12, 7)],
}


def hash_of(name, kind, severity, margin=0.0):
    bounds = (0, 255) if kind == "image" else (-4.0, 4.0)
    digest = hashlib.sha256()
    for x in INPUTS[kind]:
        y = corrupt(x, name, severity, SEED, bounds=bounds)
        if kind != "image":
            steps = y * STEPS + 0.21  # so that round values lie far from where rounding turns
            assert np.abs(steps - np.floor(steps) - 0.5).min() > margin, f"{name}: too close to call"
            y = np.rint(steps).astype("<i4")
        digest.update(np.ascontiguousarray(y).tobytes())
    return digest.hexdigest()[:16]


def rows():
    return [(name, kind) for name in CORRUPTIONS for kind in CORRUPTIONS.get(name).kinds if kind in INPUTS]


def read():
    with FILE.open(newline="") as file:
        return {(row["corruption"], row["kind"]): row for row in csv.DictReader(file)}


def write():
    with FILE.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["corruption", "kind", *"12345"])
        for name, kind in rows():
            writer.writerow([name, kind, *(hash_of(name, kind, severity, MARGIN) for severity in range(1, 6))])


if __name__ == "__main__":
    write()
