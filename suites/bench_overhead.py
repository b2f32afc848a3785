"""What the harness costs a run: start-up, and each attempt beside building, training and evaluating.

command:   nnbench run overhead
hardware:  any; nothing else should run
time:      under a minute on two CPU cores
expected:  at most 10 s of start-up per run, 0.3 s per attempt (median), 250 MB of memory in the parent process;
           at most 50 ms of a pytest run that does not use the plugin
n:         12 attempts; 9 pairs of pytest runs
"""

import os
import statistics
import subprocess
import sys
import time

from nnbench.runtime.memory import rss

ATTEMPTS = 12
ROUNDS = 9
PHASES = ("time_data", "time_build", "time_first_step", "time_warmup", "time_steady", "time_evaluation")


def test_overhead(nnbench, record_property):
    attempts = [nnbench("logistic_regression", "iris", epochs=3, seed=s, profile="quick") for s in range(ATTEMPTS)]
    first, *others = attempts
    startup = first.seconds - sum(first[phase] for phase in PHASES)
    overheads = [a.seconds - sum(a[phase] for phase in PHASES) for a in others]
    median, memory = statistics.median(overheads), rss(os.getpid(), children=False)
    spread = f"{min(overheads):.3f} to {max(overheads):.3f}"
    record_property("start-up", f"{startup:.2f} s per run")
    record_property("overhead", f"{median:.3f} s per attempt (median of {len(overheads)}, {spread})")
    record_property("parent process", f"{memory / 1e6:.0f} MB")
    assert startup <= 10
    assert median <= 0.3
    assert memory < 250e6


def test_plugin_cost(tmp_path, record_property):
    """A pytest run that does not use nnbench, with and without the plugin, in turn."""
    (tmp_path / "test_plain.py").write_text("def test_plain(): pass\n")
    seconds = {"with": [], "without": []}
    for _ in range(ROUNDS):
        seconds["with"].append(_pytest_seconds(tmp_path))
        seconds["without"].append(_pytest_seconds(tmp_path, "-p", "no:nnbench"))
    cost = statistics.median(a - b for a, b in zip(seconds["with"], seconds["without"], strict=True))
    record_property("plugin", f"{1000 * cost:.0f} ms of a pytest run that does not use it (median of {ROUNDS} pairs)")
    assert cost < 0.05


def _pytest_seconds(folder, *options):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(folder)]
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    return time.perf_counter() - start
