"""Every command: help, output, exit codes, and one clear line for a foreseeable mistake."""

import json

import pytest

from nnbench.commands.root import COMMANDS
from nnbench.core.catalog import list_datasets, list_models
from nnbench.results.load import load_attempts

USAGE = 2


def told(done):
    """Return what a failed command said, after checking that it was no accident."""
    assert done.returncode == USAGE, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.strip() == ""
    return done.stderr


def test_help_lists_every_command(nnbench):
    done = nnbench("--help")
    assert done.returncode == 0
    for name, summary in COMMANDS.items():
        assert f"  {name} " in done.stdout
        assert summary[:40] in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(nnbench, command):
    done = nnbench(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: nnbench {command} ")
    assert "--debug" in done.stdout
    assert done.stderr == ""


def test_version(nnbench):
    from nnbench import __version__

    assert nnbench("--version").stdout == f"nnbench, version {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["modles"], "No such command 'modles'. Did you mean 'models'"),
        (["models", "--jsno"], "No such option '--jsno'"),
        (["compare", "one"], "Missing argument 'CANDIDATE'"),
        (["params", "resnet5"], "Unknown model 'resnet5'"),
        (["models", "--family", "cn"], "Unknown family 'cn'"),
        (["report", "nowhere"], "No results at nowhere"),
        (["compare", "nowhere", "elsewhere"], "No results at nowhere"),
        (["merge", "nowhere", "--out", "all"], "No results at nowhere"),
        (["run"], "Name a suite first: "),
        (
            ["run", "quik"],
            "Unknown suite 'quik'; there are attacks, fashion, mnist1d, overhead, quick, robustness, throughput. "
            "Did you mean 'quick'",
        ),
        (["run", "./bench_mine.py"], "There is no suite file './bench_mine.py'"),
        (["run", "quick", "--backend", "pytorch"], "Received: 'pytorch'. Did you mean 'torch'"),
        (["run", "quick", "--device", "tpu"], "device must be one of cpu, gpu"),
        (["run", "quick", "--seeds", "none"], "seeds must be a count"),
        (["run", "quick", "--profile", "slow"], "profile must be one of smoke, quick, full"),
        (["run", "quick", "--timeout", "never"], "timeout must be a positive number"),
        (["run", "quick", "--memory-limit", "some"], "memory-limit must be a size"),
        (["run", "quick", "--sedes", "3"], "unrecognized arguments: --sedes"),
        (["run", "--case", "1-0123456789abcdef"], "No case '1-0123456789abcdef' in reports/"),
        (
            ["run", "--case", "1-0", "--seeds", "3", "quick"],
            "--case runs a stored case as it was. Received besides: --seeds, quick",
        ),
    ],
)
def test_a_mistake_is_told_in_words(nnbench, tmp_path, arguments, said):
    assert said in told(nnbench(*arguments))
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_backend_of_keras_is_told(nnbench):
    assert "backend must be one of tensorflow, jax, torch. Received: 'mxnet'" in told(
        nnbench("params", "lenet5", KERAS_BACKEND="mxnet")
    )


@pytest.mark.parametrize("arguments", [["--debug", "report", "nowhere"], ["report", "nowhere", "--debug"]])
def test_debug_shows_the_traceback_wherever_it_stands(nnbench, arguments):
    done = nnbench(*arguments)
    assert done.returncode != 0
    assert "Traceback (most recent call last)" in done.stderr
    assert "InvalidStoreError: No results at nowhere" in done.stderr


@pytest.mark.parametrize(
    "command", [["report"], ["merge", "--out", "all"], ["compare", "good"], ["run", "quick", "--out"]]
)
def test_a_damaged_results_file_is_told_and_left_alone(nnbench, stored, tmp_path, command):
    stored("good")
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "results.sqlite").write_bytes(b"SQLite format 3\0 and then nothing of sense" * 40)
    before = (bad / "results.sqlite").read_bytes()
    done = nnbench(*command, "bad")
    assert done.returncode == USAGE
    assert "results.sqlite" in done.stderr
    assert "Traceback" not in done.stderr
    assert (bad / "results.sqlite").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad", "good"]
    assert {p.name for p in bad.iterdir()} - {".pytest_cache", ".benchmarks"} == {"results.sqlite"}


def test_a_truncated_results_file_is_told(nnbench, stored):
    folder = stored("results", seeds=20)
    file = folder / "results.sqlite"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert "results.sqlite cannot be read as a results file" in told(nnbench("report", "results"))
    assert {p.name for p in folder.iterdir()} == {"results.sqlite"}


def test_models(nnbench):
    done = nnbench("models")
    assert done.returncode == 0
    for name in list_models():
        assert f"\n{name} " in done.stdout
    rows = json.loads(nnbench("models", "resnet*", "--json").stdout)
    assert [row["model"] for row in rows] == list_models("resnet*")
    assert {row["family"] for row in rows} == {"cnn"}
    assert {row["family"] for row in json.loads(nnbench("models", "--family", "rnn", "--json").stdout)} == {"rnn"}
    assert "No model matches 'nothing*'." in nnbench("models", "nothing*").stdout


def test_datasets(nnbench):
    done = nnbench("datasets")
    for name in list_datasets():
        assert f"\n{name} " in done.stdout
    (row,) = json.loads(nnbench("datasets", "digits", "--json").stdout)
    assert (row["shape"], row["classes"], row["bounds"], row["embedded"]) == ([8, 8, 1], 10, [0.0, 1.0], True)


def test_params(nnbench):
    done = nnbench("params", "lenet5", "gpt3_175b", "dcgan_tiny", "--json")
    assert done.stderr == ""
    rows = {(row["model"], row["network"]): row for row in json.loads(done.stdout)}
    assert rows["gpt3_175b", "model"]["total"] == 174_604_259_328
    assert rows["lenet5", "model"]["trainable"] == rows["lenet5", "model"]["total"] > 40_000
    assert {("dcgan_tiny", "generator"), ("dcgan_tiny", "discriminator")} < set(rows)


def test_doctor(nnbench):
    rows = {row["what"]: row["found"] for row in json.loads(nnbench("doctor", "--json").stdout)}
    assert {"python", "system", "processor", "package keras", "datasets embedded"} < set(rows)
    for backend in ("tensorflow", "jax", "torch"):
        assert rows[f"backend {backend}"].startswith(("cpu: ", "the backend ")), rows
    assert "mnist1d" in rows["datasets embedded"]


def test_report(nnbench, stored):
    folder = stored("results")
    done = nnbench("report", "results")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("results/index.html")
    assert "mlp" in (folder / "index.html").read_text()
    assert (folder / "results.csv").read_text().startswith("attempt_id,case_id,suite,family,model,")


def test_compare(nnbench, stored):
    stored("before", accuracy=0.5)
    stored("after", accuracy=0.9)
    done = nnbench("compare", "before", "after")
    assert done.returncode == 0, done.stderr
    assert "accuracy" in done.stdout
    assert "better" in done.stdout
    rows = json.loads(nnbench("compare", "before", "after", "--json").stdout)
    assert {row["metric"] for row in rows} == {"accuracy"}
    assert nnbench("compare", "before", "after", "--markdown").stdout.lstrip().startswith("|")
    seeds = nnbench("compare", "before@seed=0", "before@seed=1")
    assert seeds.returncode == 0, seeds.stderr


def test_merge(nnbench, stored, tmp_path):
    stored("one", seeds=2)
    stored("two", seeds=3)
    done = nnbench("merge", "one", "two", "--out", "all.v2")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("5 attempts added to all.v2; report: ")
    assert (tmp_path / "all.v2" / "index.html").exists()
    again = nnbench("merge", "one", "--out", "all.v2")
    assert again.stdout.startswith("0 attempts added")
    assert len(load_attempts(tmp_path / "all.v2")) == 3  # the newest of each case


def test_a_report_that_cannot_be_drawn_leaves_the_old_one(nnbench, stored):
    folder = stored("results")
    assert nnbench("report", "results").returncode == 0
    page = (folder / "index.html").read_text()
    (folder / "results.sqlite").write_text("now damaged")
    told(nnbench("report", "results"))
    assert (folder / "index.html").read_text() == page
    assert {p.name for p in folder.iterdir()} == {"index.html", "results.csv", "results.sqlite"}


def test_the_shipped_suites_can_be_planned(nnbench, tmp_path):
    done = nnbench("run", "quick", "--collect-only", "--seeds", "1")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "reports" / "quick" / "results.sqlite").exists()


def test_options_of_pytest_follow_the_suite(nnbench):
    done = nnbench("run", "quick", "-k", "no_such_case")
    assert (done.returncode, "No case matches." in done.stderr) == (USAGE, True)
    assert "Name a suite first: " in told(nnbench("run", "-k", "no_such_case", "quick"))
