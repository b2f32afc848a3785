"""What the harness costs a run: start-up, and each attempt beside building, training and evaluating.

command:   nnbench run overhead
hardware:  any; nothing else should run
time:      under a minute on two CPU cores
expected:  at most 10 s of start-up per run, 0.3 s per attempt (median), 250 MB of memory in the parent process
n:         12 attempts
"""

import os
import statistics
import sys

from nnbench.runtime.memory import rss

ATTEMPTS = 12
PHASES = ("time_data", "time_build", "time_first_step", "time_warmup", "time_steady", "time_evaluation")


def test_overhead(nnbench, record_property):
    attempts = [nnbench("logistic_regression", "iris", epochs=3, seed=s, profile="quick") for s in range(ATTEMPTS)]
    first, *others = attempts
    startup = first.seconds - sum(first[phase] for phase in PHASES)
    overheads = [a.seconds - sum(a[phase] for phase in PHASES) for a in others]
    median, memory = statistics.median(overheads), rss(os.getpid(), children=False)
    record_property("startup", startup)
    record_property("overhead", median)
    print(
        f"start-up {startup:.2f} s; per attempt {median:.3f} s (median of {len(overheads)}, "
        f"{min(overheads):.3f} to {max(overheads):.3f}); parent {memory / 1e6:.0f} MB",
        file=sys.__stdout__,
    )
    assert startup <= 10
    assert median <= 0.3
    assert memory < 250e6
