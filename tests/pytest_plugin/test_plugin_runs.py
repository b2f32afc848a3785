"""The pytest plugin, by real pytest runs. Cases are run once; the other runs find them stored."""

import json
import os
import statistics
import subprocess
import sys

import pytest

from nnbench.results.load import load_attempts, load_results, load_series

# The runs within these tests are nobody's workers, also where the tests themselves are spread over processes.
os.environ.pop("PYTEST_XDIST_WORKER", None)

BACKEND = os.environ.get("KERAS_BACKEND", "tensorflow")
SUITE = """
from nnbench import Entry, Recipe, Suite

short = Recipe(epochs=2, batch_size=32)
plain = dict(evaluations=("quality", "throughput"))
suite = Suite(
    "small",
    [
        Entry("logistic_regression", "iris", short, **plain),
        Entry("mlp_tiny", "iris", short, **plain),
        Entry("gpt_tiny", "iris", short, **plain),
        Entry("absent_builders:build", "iris", short, **plain),
    ],
    seeds={"quick": 1},
)
"""
OWN_TESTS = """
import pytest

def build(input_shape, classes):
    import keras
    return keras.Sequential([keras.Input(input_shape), keras.layers.Dense(classes)])

def measured(nnbench, model, **more):
    options = dict(epochs=2, batch_size=32, profile="quick", evaluations=("quality", "throughput"))
    return nnbench(model, "iris", **options, **more)

def test_builder(nnbench):
    assert 0 <= measured(nnbench, build)["accuracy"] <= 1

def test_live(nnbench):
    import keras
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)], name="mine")
    assert measured(nnbench, model)["parameters"] == 15

@pytest.mark.benchmark(group="mine")
def test_two_models(nnbench):
    one, two = measured(nnbench, build, seed=1), measured(nnbench, build, seed=1)
    assert one["latency_p50"] > 0 and two["latency_p50"] > 0

def test_demanding(nnbench):
    assert measured(nnbench, build, seed=3)["accuracy"] > 1

def test_misspelt(nnbench):
    nnbench("mpl", "iris")

@pytest.mark.parametrize("rounds", [3])
def test_benchmark_of_its_own(nnbench, benchmark, rounds):
    measured(nnbench, build, seed=4)
    benchmark.pedantic(len, args=((),), rounds=rounds)
"""


def run_pytest(folder, file, out, *arguments):
    """Run pytest in a process of its own, warnings being errors."""
    options = (f"--nnbench-backend={BACKEND}", f"--nnbench-out={out}", "-W", "error")
    command = [sys.executable, "-m", "pytest", file, *options, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=400)
    return pytest.RunResult(done.returncode, done.stdout.splitlines(), done.stderr.splitlines(), 0.0)


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The suite's first run: its folder and its result. The results lie in the folder ``out``."""
    folder = tmp_path_factory.mktemp("suite")
    (folder / "bench_small.py").write_text(SUITE)
    return folder, run_pytest(folder, "bench_small.py", folder / "out", "-rs")


@pytest.fixture
def stored(first):
    """The results folder, with the suite's cases in it."""
    return first[0] / "out"


@pytest.fixture
def run(pytester):
    """Run pytest in a folder of its own, by default on the suite."""
    pytester.makepyfile(bench_small=SUITE)
    return lambda *arguments, file="bench_small.py", out: run_pytest(pytester.path, file, out, *arguments)


def passing(result):
    return result.parseoutcomes()


def test_a_suite_is_a_test_per_case(first, stored):
    _, result = first
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert passing(result) == {"passed": 2, "skipped": 1, "failed": 1}
    result.stdout.fnmatch_lines(["*unsupported: gpt_tiny does language, and iris is a classification dataset"])
    attempts = load_attempts(stored)
    assert attempts["status"].tolist() == ["ok", "ok", "unsupported", "error"]
    assert (stored / "index.html").exists()
    assert (stored / "results.csv").exists()


def test_a_failing_case_says_why_and_how_to_run_it_again(first, stored):
    _, result = first
    case = load_attempts(stored).set_index("status").loc["error", "case_id"]
    result.stdout.fnmatch_lines(
        [
            "*error: model must be an importable module:function. Received: 'absent_builders:build'*",
            f"again: nnbench run --case {case}*",
        ]
    )
    assert "Traceback" not in result.stdout.str()


def test_cases_that_ended_ok_are_not_run_again(run, stored):
    before = load_results(stored, history=True)["attempt_id"].nunique()
    assert passing(run("-k", "logistic or mlp", out=stored)) == {"passed": 2, "deselected": 2}
    assert load_results(stored, history=True)["attempt_id"].nunique() == before


def test_the_last_failure_is_run_again_and_x_stops_at_the_first(first, stored):
    again = run_pytest(first[0], "bench_small.py", stored, "--lf", "--collect-only", "-q")
    assert [line for line in again.outlines if "::" in line] == [
        f"bench_small.py::small::absent_builders:build-iris-{BACKEND}-cpu-0"
    ]
    ordered = run_pytest(first[0], "bench_small.py", stored, "-x", "--ff")
    assert passing(ordered) == {"failed": 1}


def test_cases_are_listed_without_running(run, tmp_path):
    result = run("--collect-only", "-q", out=tmp_path / "none")
    result.stdout.fnmatch_lines([f"bench_small.py::small::logistic_regression-iris-{BACKEND}-cpu-0"])
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("selection", "chosen"),
    [
        (("-m", "family(name='mlp')"), ["mlp_tiny"]),
        (("-m", "family(name='neuron') and dataset(name='iris')"), ["logistic_regression"]),
        (("-m", "dataset(name='wine')"), []),
        (
            ("-m", f"backend(name='{BACKEND}') and not family(name='custom')"),
            ["logistic_regression", "mlp_tiny", "gpt_tiny"],
        ),
        (("-k", "gpt or mlp"), ["mlp_tiny", "gpt_tiny"]),
    ],
)
def test_cases_are_selected(run, tmp_path, selection, chosen):
    result = run("--collect-only", "-q", *selection, out=tmp_path)
    names = [line.rpartition("::")[2] for line in result.outlines if "::" in line]
    assert names == [f"{model}-iris-{BACKEND}-cpu-0" for model in chosen]


def test_a_case_can_be_run_by_its_name(run, stored):
    result = run(file=f"bench_small.py::small::mlp_tiny-iris-{BACKEND}-cpu-0", out=stored)
    assert passing(result) == {"passed": 1}


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (
            "--nnbench-backend=pytorch",
            "backend must be one of tensorflow, jax, torch. Received: 'pytorch'. Did you mean",
        ),
        ("--nnbench-device=tpu", "device must be one of cpu, gpu. Received: 'tpu'."),
        ("--nnbench-seeds=few", "seeds must be a count such as 3, or a list such as 0,1,2. Received: 'few'."),
        ("--nnbench-profile=fast", "profile must be one of smoke, quick, full. Received: 'fast'."),
        ("--nnbench-precision=int1", "precision must be one of float32"),
        ("--nnbench-timeout=0", "timeout must be a positive number of seconds. Received: '0'."),
        ("--nnbench-memory-limit=big", "memory-limit must be a size such as 8G or 512M. Received: 'big'."),
    ],
)
def test_a_bad_option_is_a_usage_error_of_one_line(run, option, said):
    result = run(option, out="unused")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in result.errlines if line.strip()]
    assert line.startswith(f"ERROR: {said}")
    assert result.stdout.str().strip() == ""


def test_a_bad_option_is_told_to_a_run_without_suites_too(pytester):
    pytester.makepyfile("def test_nothing(): pass")
    assert pytester.runpytest_subprocess("--nnbench-seeds=x").ret == pytest.ExitCode.USAGE_ERROR


def test_a_suite_that_names_something_unknown_is_an_error_of_one_line(run, pytester):
    pytester.makepyfile(bench_wrong='from nnbench import Entry, Suite\nsuite = Suite("w", [Entry("mpl", "iris")])')
    result = run(file="bench_wrong.py", out="unused")
    assert passing(result) == {"errors": 1}
    result.stdout.fnmatch_lines(["suite w: Unknown model 'mpl';*Did you mean 'mlp'*"])
    assert "plan.py" not in result.stdout.str()


def test_a_damaged_results_file_is_an_error_of_one_line(run, tmp_path):
    (tmp_path / "results.sqlite").write_text("no database")
    result = run(out=tmp_path)
    assert passing(result) == {"errors": 1}
    result.stdout.fnmatch_lines(["suite small: *results.sqlite cannot be read as a results file*"])
    assert (tmp_path / "results.sqlite").read_text() == "no database"


def test_timings_become_benchmarks(run, stored, pytester):
    result = run("--benchmark-json=timings.json", "-k", "mlp_tiny", out=stored)
    assert passing(result) == {"passed": 1, "deselected": 3}
    (bench,) = json.loads((pytester.path / "timings.json").read_text())["benchmarks"]
    assert bench["name"] == f"mlp_tiny-iris-{BACKEND}-cpu-0"
    assert bench["group"] == "nnbench: single-sample latency"
    attempts = load_attempts(stored).set_index("attempt_id")
    series = load_series(stored, "sample").set_index("attempt_id")["values"]
    (samples,) = [series[i] for i in series.index if attempts.loc[i, "model"] == "mlp_tiny"]
    assert bench["stats"]["rounds"] == len(samples) == 100
    assert bench["stats"]["median"] == pytest.approx(statistics.median(samples), rel=1e-9)
    frame = load_results(stored)
    (p50,) = frame[(frame["metric"] == "latency_p50") & (frame["model"] == "mlp_tiny")]["value"]
    assert bench["stats"]["median"] == pytest.approx(p50, rel=1e-9)
    assert bench["stats"]["max"] == pytest.approx(max(samples), rel=1e-6)


@pytest.mark.parametrize(
    ("option", "outcomes"),
    [
        ("--benchmark-disable", {"passed": 2, "deselected": 2}),
        ("--benchmark-only", {"passed": 2, "deselected": 2}),
        ("--benchmark-skip", {"skipped": 2, "deselected": 2}),
        ("--benchmark-cprofile=cumtime", {"passed": 2, "deselected": 2}),
    ],
)
def test_options_of_pytest_benchmark_work(run, stored, option, outcomes):
    assert passing(run(option, "-k", "logistic or mlp", out=stored)) == outcomes


def test_without_pytest_benchmark_cases_run_all_the_same(run, stored):
    assert passing(run("-p", "no:benchmark", "-k", "mlp", out=stored)) == {"passed": 1, "deselected": 3}


def test_a_test_file_of_the_users_own(run, pytester, tmp_path):
    pytester.makepyfile(test_mine=OWN_TESTS)
    result = run("--benchmark-json=timings.json", file="test_mine.py", out=tmp_path)
    assert passing(result) == {"passed": 4, "failed": 2}
    result.stdout.fnmatch_lines(["E*assert 0.* > 1*"])
    result.stdout.fnmatch_lines(["E*UnknownNameError: Unknown model 'mpl'*Did you mean 'mlp'*"])
    benches = {b["name"]: b for b in json.loads((pytester.path / "timings.json").read_text())["benchmarks"]}
    assert benches["test_two_models"]["group"] == "mine"
    assert benches["test_builder"]["group"] == "nnbench: single-sample latency"
    assert benches["test_two_models"]["stats"]["rounds"] == 100
    assert benches["test_benchmark_of_its_own[3]"]["stats"]["rounds"] == 3
    models = load_attempts(tmp_path)["model"]
    assert set(models) == {"test_mine:build", "live:mine"}
    runs = load_results(tmp_path, history=True).groupby("case_id")["attempt_id"].nunique()
    assert runs.max() == 2  # a builder's code may have changed since: it runs whenever it is asked for


def test_a_run_that_does_not_use_the_plugin_loads_nothing_heavy(pytester):
    pytester.makepyfile(
        """
        import sys

        def test_modules(pytestconfig):
            assert pytestconfig.pluginmanager.hasplugin("nnbench")
            heavy = {"keras", "tensorflow", "jax", "torch", "numpy", "pandas", "click", "psutil", "rich", "sqlite3"}
            assert not heavy & set(sys.modules)
            light = {"nnbench", "nnbench.core", "nnbench.core.after_import", "nnbench.layers", "nnbench.pytest_plugin"}
            assert {m for m in sys.modules if m.startswith("nnbench")} == light
        """
    )
    result = pytester.runpytest_subprocess("-W", "error")
    result.assert_outcomes(passed=1)


def test_the_help_names_the_options(pytester):
    result = pytester.runpytest_subprocess("--help")
    result.stdout.fnmatch_lines(["neural network benchmarks:", "*--nnbench-backend=*", "*--nnbench-out=*"])
    pytester.runpytest_subprocess("--markers").stdout.fnmatch_lines(["@pytest.mark.family(name): nnbench:*"])
