"""Runs of an attack side by side: its restarts and targets, when few samples are left to fill a batch.

One run after the other, a sample leaves with the first run that fools it. Side by side, a run that fools makes the
sample's later runs pointless and says nothing of its earlier ones, which go on; so what counts in the end is the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnbench.attacks._attempts import Attempts
from nnbench.attacks._lanes import ahead
from nnbench.core.dataset import Array


@dataclass(frozen=True)
class Wave:
    """Some runs on each of some samples, in lanes (m,): all samples of the first run, then all of the second.

    Attributes:
        rows: (m,) each lane's sample.
        runs: (m,) each lane's run.
    """

    rows: Array
    runs: Array

    def counting(self, fooled: Array) -> Iterator[Array]:
        """Yield the lanes of each run that count, in order, given which lanes have fooled (m,)."""
        counts = ahead(self.rows, fooled)
        for run in np.unique(self.runs[counts]):
            yield np.flatnonzero(counts & (self.runs == run))


def waves(attempts: Attempts, runs: int, width: int) -> Iterator[Wave]:
    """Yield the samples that nothing has fooled with as many of the runs as fit into `width` lanes, at least one."""
    begun = 0
    while begun < runs and len(rows := attempts.open()):
        ended = min(runs, begun + max(1, width // len(rows)))
        yield Wave(np.tile(rows, ended - begun), np.repeat(np.arange(begun, ended), len(rows)))
        begun = ended
