"""The pytest plugin, by real pytest runs. Cases are run once; the other runs find them stored."""

import json
import os
import statistics

import pytest

from nnbench.results.load import load_attempts, load_results, load_series

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
    one, two = measured(nnbench, build, seed=1), measured(nnbench, build, seed=2)
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


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The results folder that the runs of this module share."""
    return tmp_path_factory.mktemp("results")


@pytest.fixture
def run(pytester, results):
    """Run pytest in a process of its own, warnings being errors, on a suite of four cases."""
    pytester.makepyfile(bench_small=SUITE)

    def call(*arguments, file="bench_small.py", out=results):
        options = (f"--nnbench-backend={BACKEND}", f"--nnbench-out={out}", "-W", "error")
        return pytester.runpytest_subprocess(file, *options, *map(str, arguments), timeout=400)

    return call


@pytest.fixture(scope="module")
def stored(results, tmp_path_factory, request):
    """The results folder with the suite's cases in it."""
    import subprocess
    import sys

    folder = tmp_path_factory.mktemp("suite")
    (folder / "bench_small.py").write_text(SUITE)
    options = [f"--nnbench-backend={BACKEND}", f"--nnbench-out={results}"]
    done = subprocess.run([sys.executable, "-m", "pytest", "bench_small.py", *options], cwd=folder, capture_output=True)
    assert done.returncode == 1, done.stdout.decode()
    return results


def passing(result):
    return result.parseoutcomes()


def test_a_suite_is_a_test_per_case(run, stored):
    result = run("-rsf", "-k", "not absent")
    assert passing(result) == {"passed": 2, "skipped": 1, "deselected": 1}
    result.stdout.fnmatch_lines(["*unsupported: gpt_tiny does language, and iris is a classification dataset"])
    again = load_attempts(stored)
    assert again[again["status"] == "ok"]["case_id"].is_unique
    assert (stored / "index.html").exists()
    assert (stored / "results.csv").exists()


def test_a_failing_case_fails_its_test_with_the_reason_and_how_to_run_it_again(run, stored):
    result = run("-k", "absent")
    assert passing(result) == {"failed": 1, "deselected": 3}
    case = load_attempts(stored).set_index("status").loc["error", "case_id"]
    result.stdout.fnmatch_lines(
        [
            "*error: model must be an importable module:function. Received: 'absent_builders:build'*",
            f"again: nnbench run --case {case}*",
        ]
    )
    assert "Traceback" not in result.stdout.str()


def test_cases_are_listed_without_running(run, tmp_path):
    result = run("--collect-only", "-q", out=tmp_path / "none")
    result.stdout.fnmatch_lines([f"bench_small.py::small::logistic_regression-iris-{BACKEND}-cpu-0"])
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        ("family(name='mlp')", "mlp_tiny"),
        ("family(name='neuron') and dataset(name='iris')", "logistic_regression"),
        (f"backend(name='{BACKEND}') and family(name='neuron')", "logistic_regression"),
    ],
)
def test_markers_select_cases(run, stored, expression, chosen):
    result = run("-v", "-m", expression)
    assert passing(result) == {"passed": 1, "deselected": 3}
    result.stdout.fnmatch_lines([f"*::small::{chosen}-iris-*PASSED*"])


def test_a_case_can_be_run_by_its_name(run, stored):
    assert passing(run(file=f"bench_small.py::small::mlp_tiny-iris-{BACKEND}-cpu-0")) == {"passed": 1}
    assert passing(run("-k", "mlp", file="bench_small.py::small")) == {"passed": 1, "deselected": 3}


def test_the_last_failure_is_run_again_and_x_stops_at_the_first(run, stored, pytester):
    first = run("-x", "-k", "absent or mlp")
    assert passing(first) == {"passed": 1, "failed": 1, "deselected": 2}
    again = run("--lf")
    assert passing(again) == {"failed": 1, "deselected": 3}


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
    result = run(option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in result.stderr.lines if line.strip()]
    assert line.startswith(f"ERROR: {said}")
    assert result.stdout.str().strip() == ""


def test_a_bad_option_is_told_to_a_run_without_suites_too(pytester):
    pytester.makepyfile("def test_nothing(): pass")
    assert pytester.runpytest_subprocess("--nnbench-seeds=x").ret == pytest.ExitCode.USAGE_ERROR


def test_a_suite_that_names_something_unknown_is_an_error_of_one_line(run, pytester):
    pytester.makepyfile(bench_wrong='from nnbench import Entry, Suite\nsuite = Suite("w", [Entry("mpl", "iris")])')
    result = run(file="bench_wrong.py")
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
    result = run("--benchmark-json=timings.json", "-k", "mlp_tiny")
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
    assert passing(run(option, "-k", "logistic or mlp")) == outcomes


def test_without_pytest_benchmark_cases_run_all_the_same(run, stored):
    assert passing(run("-p", "no:benchmark", "-k", "mlp")) == {"passed": 1, "deselected": 3}


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
    before = len(load_attempts(tmp_path))
    # A builder's code may have changed since: its cases are run again, and may now fail.
    broken = OWN_TESTS.replace("import keras\n    return", "raise OSError('changed')\n    return", 1)
    pytester.makepyfile(test_mine=broken)
    result = run("-k", "test_builder", file="test_mine.py", out=tmp_path)
    assert passing(result) == {"failed": 1, "deselected": 5}
    result.stdout.fnmatch_lines(["E*No 'accuracy': the attempt ended as error: OSError: changed"])
    assert len(load_attempts(tmp_path)) == before


def test_a_run_that_does_not_use_the_plugin_loads_nothing_heavy(pytester):
    pytester.makepyfile(
        """
        import sys

        def test_modules(pytestconfig):
            assert pytestconfig.pluginmanager.hasplugin("nnbench")
            heavy = {"keras", "tensorflow", "jax", "torch", "numpy", "pandas", "click", "psutil", "rich", "sqlite3"}
            assert not heavy & set(sys.modules)
            assert [m for m in sys.modules if m.startswith("nnbench")] == ["nnbench", "nnbench.pytest_plugin"]
        """
    )
    result = pytester.runpytest_subprocess("-W", "error")
    result.assert_outcomes(passed=1)


def test_the_help_names_the_options(pytester):
    result = pytester.runpytest_subprocess("--help")
    result.stdout.fnmatch_lines(["neural network benchmarks:", "*--nnbench-backend=*", "*--nnbench-out=*"])
    pytester.runpytest_subprocess("--markers").stdout.fnmatch_lines(["@pytest.mark.family(name): nnbench:*"])
