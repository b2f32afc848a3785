"""A store such as a run of a suite leaves it: six families, seeds, failures, reasons; every number made up, seeded."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnbench.core.case import Case
from nnbench.core.measurement import Measurement, not_applicable
from nnbench.core.recipe import Recipe
from nnbench.harness.score_curves import score_artifact
from nnbench.results.record import Attempt
from nnbench.results.store import Store

SCRIPT = "<script>alert(1)</script>"
ENVIRONMENT = {
    "python": "3.11.7",
    "system": "Linux 6.1",
    "processor": "Example CPU @ 2.50GHz",
    "cores": 2,
    "memory_bytes": 16 * 1024**3,
    "packages": {"keras-nnbench": "0.1.0", "keras": "3.15.0", "numpy": "2.2.0"},
    "workers": [{"backend": "tensorflow", "devices": ["cpu:0"]}],
}
DETECTORS = ("msp", "energy", "knn")
PHASES = {"import": 4.1, "build": 0.3, "data": 0.2, "first_step": 1.4, "warmup": 0.5, "steady": 6.0, "evaluation": 2.2}


@dataclass(frozen=True)
class Entry:
    """One model on one dataset, and about what comes out."""

    family: str
    model: str
    dataset: str
    task: str
    parameters: int
    quality: float
    published: float | None = None


ENTRIES = (
    Entry("neuron", "logistic", "mnist1d", "classification", 410, 0.32, 0.32),
    Entry("mlp", "mlp", "mnist1d", "classification", 15_210, 0.67, 0.68),
    Entry("cnn", "cnn1d", "mnist1d", "classification", 5_210, 0.94, 0.94),
    Entry("rnn", "gru", "mnist1d", "classification", 5_134, 0.90, 0.91),
    Entry("rnn", "lstm", "mnist1d", "classification", 6_822, 0.83),
    Entry("transformer", "encoder_tiny", "mnist1d", "classification", 25_994, 0.79),
    Entry("neuron", "logistic", "digits", "classification", 650, 0.95),
    Entry("cnn", "lenet5", "digits", "classification", 61_706, 0.983),
    Entry("cnn", "resnet20", "digits", "classification", 272_474, 0.988),
    Entry("transformer", "vit_tiny", "digits", "classification", 5_400_000, 0.93),
    Entry("mlp", "mlp", "breast_cancer", "classification", 4_322, 0.96),
    Entry("neuron", "linear", "diabetes", "regression", 11, 0.47),
    Entry("mlp", "mlp_regressor", "diabetes", "regression", 4_993, 0.49),
    Entry("transformer", "gpt_char", "pydoc", "language", 818_000, 2.31),
    Entry("gan", "mlp_gan", "ring8", "generation", 33_538, 0.91),
)
GAN_IMAGES = Entry("gan", "dcgan", "digits", "generation", 3_576_704, 0.7)
HOSTILE = Entry("mlp", SCRIPT, "breast_cancer", "classification", 9_000, 0.94)


def case_of(entry: Entry, seed: int, *, backend: str = "tensorflow", device: str = "cpu", **overrides: Any) -> Case:
    """Return the case of an entry."""
    evaluations = ("quality", "throughput", "adversarial", "ood")
    recipe = Recipe(epochs=6)
    return Case(entry.model, entry.dataset, recipe, backend, device, "float32", seed, evaluations, "0" * 8, overrides)


def attempt_of(entry: Entry, seed: int, *, shift: float = 0.0, **where: Any) -> Attempt:
    """Return a finished attempt; `shift` moves its quality."""
    rng = np.random.default_rng(abs(hash((len(entry.model), entry.parameters, seed))) % 2**32)
    measurements = [*_cost(entry, rng), *_time(entry, rng), *_quality(entry, rng, shift), *_trust(entry, rng)]
    return Attempt(
        case=case_of(entry, seed, **where),
        family=entry.family,
        status="ok",
        suite="quick",
        profile="quick",
        measurements=tuple(measurements),
        curves=_curves(entry, rng),
        samples={"latency": list(map(float, rng.gamma(9, 1e-4, 64)))},
        artifacts=_artifacts(entry, rng),
        started=f"2026-03-01T10:{seed:02d}:{len(entry.model):02d}.000+00:00",
        seconds=float(rng.uniform(5, 9)),
    )


def failed_attempt(entry: Entry, seed: int, status: str, reason: str, **where: Any) -> Attempt:
    """Return an attempt that gave no measurement."""
    case = case_of(entry, seed, **where)
    at = "2026-03-01T10:30:00.000+00:00"
    return Attempt(case, entry.family, status, reason, "quick", "quick", started=at, seconds=1.5, error="Traceback …")


def write(folder: Path, attempts: list[Attempt], **run: Any) -> Path:
    """Store `attempts` as one run, and return the folder."""
    with Store(folder) as store:
        options = {"suite": "quick", "profile": "quick", "command": "nnbench run quick", "environment": ENVIRONMENT}
        run_id = store.begin_run(**{**options, **run})
        for attempt in attempts:
            store.add(attempt, run_id)
    return folder


def everything() -> list[Attempt]:
    """Return attempts of all kinds: six families, three seeds, failures, a hostile name."""
    entries = (*ENTRIES, GAN_IMAGES)
    done = [attempt_of(e, seed) for e in entries for seed in range(3) if (e.model, seed) != ("lstm", 2)]
    lstm, vit, gpt = ENTRIES[4], ENTRIES[9], ENTRIES[13]
    failures = [
        failed_attempt(lstm, 2, "diverged", "loss became NaN at step 212 of 6000"),
        failed_attempt(vit, 0, "oom", "killed at 14.2 GB resident, of 14 GB allowed", backend="jax"),
        failed_attempt(
            gpt, 0, "error", "ValueError: sequence of 64 tokens expected. Received: (None, 32)", backend="jax"
        ),
        failed_attempt(lstm, 0, "skipped", "no GPU on this machine", device="gpu"),
    ]
    return [*done, attempt_of(HOSTILE, 0), *failures]


def _cost(entry: Entry, rng: np.random.Generator) -> list[Measurement]:
    count = entry.parameters
    return [
        Measurement("parameters", count, better="lower"),
        Measurement("parameters_trainable", count, better="lower"),
        Measurement("parameters_non_trainable", 0, better="lower"),
        Measurement("flops", 2.0 * count + 40, "FLOP", "lower"),
        Measurement("model_size", 4.0 * count, "bytes", "lower"),
        Measurement("peak_memory", float(7e8 + 60 * count + rng.integers(1e6)), "bytes", "lower"),
    ]


def _time(entry: Entry, rng: np.random.Generator) -> list[Measurement]:
    factor = 0.4 + 0.2 * math.log10(entry.parameters)
    speed = 4e6 / entry.parameters**0.6 * rng.uniform(0.9, 1.1)
    phases = [
        Measurement(f"time_{name}", s * factor * rng.uniform(0.8, 1.2), "s", "lower") for name, s in PHASES.items()
    ]
    p50 = 2e-4 * factor * rng.uniform(0.9, 1.1)
    return [
        *phases,
        Measurement("training_throughput", speed / 3, "samples/s", "higher", 6000),
        Measurement("inference_throughput", speed, "samples/s", "higher", 1000, 0.97 * speed, 1.02 * speed),
        Measurement("latency_p50", p50, "s", "lower", 64, 0.95 * p50, 1.04 * p50),
        Measurement("latency_p90", 1.4 * p50, "s", "lower", 64, 1.3 * p50, 1.7 * p50),
    ]


def _share(metric: str, value: float, better: str, n: int = 500, conditions: str = "") -> Measurement:
    value = float(np.clip(value, 0, 1))
    half = 1.96 * math.sqrt(max(value * (1 - value), 1e-4) / n)
    return Measurement(metric, value, "1", better, n, max(0, value - half), min(1, value + half), conditions)


def _quality(entry: Entry, rng: np.random.Generator, shift: float) -> list[Measurement]:
    q = entry.quality + shift + rng.normal(0, 0.006)
    if entry.task == "classification":
        found = [
            _share("accuracy", q, "higher"),
            Measurement("nll", 2 * (1 - q), "nat", "lower", 500),
            Measurement("brier", 1 - q, "1", "lower", 500),
            _share("ece", 0.02 + rng.uniform(0, 0.06), "lower"),
        ]
    elif entry.task == "regression":
        found = [
            Measurement("r2", q, "1", "higher", 89, q - 0.12, q + 0.1),
            Measurement("rmse", 55.0, "1", "lower", 89),
            Measurement("mae", 44.0, "1", "lower", 89),
        ]
    elif entry.task == "language":
        found = [
            Measurement("bits_per_character", q, "bit", "lower", 20_000, q - 0.03, q + 0.03),
            Measurement("perplexity", 2**q, "1", "lower", 20_000),
        ]
    else:
        found = [
            _share("high_quality_share", q, "higher", 2500),
            Measurement("modes_covered", 8, "1", "higher", 2500),
        ]
    if entry.published is not None:
        found.append(Measurement("published", entry.published, "1", "higher", conditions="Greydanus & Kobak 2024"))
    return [*found, Measurement("final_loss", abs(1 - q), "1", "lower")]


def _trust(entry: Entry, rng: np.random.Generator) -> list[Measurement]:
    scores = DETECTORS
    if entry.task != "classification":
        reason = f"{entry.task} has no classes to confuse"
        lost = [not_applicable("pgd_accuracy", reason, better="higher")]
        return [*lost, *(not_applicable(f"ood_auroc_{s}", reason, better="higher") for s in scores)]
    attacked = max(0.0, entry.quality * rng.uniform(0.05, 0.7))
    found = [_share("pgd_accuracy", attacked, "higher", 200, "linf eps=0.1 steps=20"), *_attacked(entry, attacked)]
    for score, size in (("lac", 1.2), ("aps", 1.6)):
        found.append(_share(f"conformal_coverage_{score}", rng.uniform(0.88, 0.93), "", 500, "alpha=0.1"))
        found.append(Measurement(f"conformal_set_size_{score}", size, "1", "lower", 500, conditions="alpha=0.1"))
    for other in ("gaussian_noise", "uniform"):
        for s in scores:
            found.append(_share(f"ood_auroc_{s}", rng.uniform(0.45, 0.98), "higher", 1000, other))
            found.append(_share(f"ood_fpr95_oodpos_{s}", rng.uniform(0.1, 0.8), "lower", 1000, other))
    return found


def _attacked(entry: Entry, attacked: float) -> list[Measurement]:
    """Return what a robustness suite adds: on digits everything, with a flag on one model; elsewhere nothing."""
    if entry.dataset != "digits":
        return []
    flagged = entry.model == "resnet20"
    reliable = Measurement("pgd_reliable", float(not flagged), "1", "higher", 200, conditions="zero gradient" * flagged)
    curve = [(0.0, entry.quality), (0.05, (entry.quality + attacked) / 2), (0.1, attacked), (0.2, attacked / 3)]
    return [
        reliable,
        _share("autoattack_accuracy", attacked / 2, "higher", 200, "linf eps=0.1"),
        *_corrupted(entry.quality),
        *(_share("pgd_curve", value, "higher", 200, f"linf eps={e:g} steps=20") for e, value in curve),
    ]


def _corrupted(quality: float) -> list[Measurement]:
    return [
        _share("corruption_accuracy", quality / 2, "higher", 200, "2 kinds, severities 1-5"),
        _share("corruption_clean_accuracy", quality, "higher", 200),
        _share("corruption_accuracy_by_kind", 0.6 * quality, "higher", 200, "fog"),
        _share("corruption_accuracy_by_kind", 0.4 * quality, "higher", 200, "snow"),
    ]


def _curves(entry: Entry, rng: np.random.Generator) -> dict[str, list[float]]:
    epochs = np.arange(1, 13)
    if entry.task == "generation":
        return {
            "generator_loss": list(map(float, 0.7 + 0.5 * np.exp(-epochs / 4) + rng.normal(0, 0.03, 12))),
            "discriminator_loss": list(map(float, 1.38 - 0.6 * np.exp(-epochs / 3) + rng.normal(0, 0.03, 12))),
        }
    end = entry.quality if entry.task == "language" else 1.3 * (1 - entry.quality)
    loss = end + 1.8 * np.exp(-epochs / rng.uniform(2, 4)) + rng.normal(0, 0.01, 12)
    curves = {"loss": list(map(float, np.abs(loss)))}
    if entry.task == "classification":
        curves["accuracy"] = list(map(float, np.clip(entry.quality * (1 - np.exp(-epochs / 2)), 0, 1)))
    return curves


def _reliability(rng: np.random.Generator) -> dict[str, Any]:
    """Return diagrams of an overconfident model, and of the same after scaling."""
    edges = np.arange(15) / 15
    count = (500 * np.exp(6 * (edges - 1))).astype(int)
    confidence = edges + 1 / 30
    drawn = {}
    for name, gap in (("none", 0.12), ("temperature", 0.02)):
        accuracy = np.clip(confidence - gap + rng.normal(0, 0.02, 15), 0, 1)
        shown = [[None if n == 0 else float(v) for n, v in zip(count, x, strict=True)] for x in (confidence, accuracy)]
        drawn[name] = {"count": count.tolist(), "confidence": shown[0], "accuracy": shown[1]}
    return drawn


def _scores(rng: np.random.Generator) -> dict[str, Any]:
    sets = {"": 0.0, "gaussian_noise": rng.uniform(0.5, 2), "uniform": rng.uniform(1, 3)}
    return {d: score_artifact({name: rng.normal(m, 1, 300) for name, m in sets.items()}) for d in DETECTORS}


def adversarial(model: str) -> dict[str, Any]:
    """Return examples of an attack: images of 8×8 for a net of images, signals of 40 values else."""
    rng = np.random.default_rng(0)
    kind, shape = ("image", (8, 8, 1)) if model == "lenet5" else ("signal", (40,))
    clean = rng.random((5, *shape))
    moved = np.clip(clean + 0.1 * rng.choice([-1, 1], clean.shape), 0, 1)
    named = {"kind": kind, "attack": "autoattack", "conditions": "linf eps=0.1", "bounds": [0.0, 1.0]}
    samples = {"clean": np.round(clean, 3).tolist(), "adversarial": np.round(moved, 3).tolist()}
    return {**named, **samples, "labels": [0, 1, 2, 3, 4], "fooled": [True] * 5}


def _artifacts(entry: Entry, rng: np.random.Generator) -> dict[str, Any]:
    if entry.task == "classification":
        drawn = {"adversarial": adversarial(entry.model)} if entry.model in ("lenet5", "cnn1d") else {}
        return {**drawn, "reliability": _reliability(rng), "ood_scores": _scores(rng)}
    if entry.task != "generation":
        return {}
    if entry.dataset == "ring8":
        angles = rng.integers(0, 8, (2, 600)) * math.pi / 4
        points = 2 * np.stack([np.cos(angles), np.sin(angles)], -1)
        noise = rng.normal(0, [[[0.02]], [[0.06]]], points.shape)
        real, made = (points + noise).tolist()
        return {"generated": {"samples": made, "real": real, "kind": "points"}}
    y, x = np.mgrid[0:8, 0:8] - 3.5
    blobs = [np.exp(-((x - a) ** 2 + (y - b) ** 2) / 6)[..., None] for a, b in rng.uniform(-2, 2, (32, 2))]
    images = np.round(np.stack(blobs), 3).tolist()
    return {"generated": {"samples": images[:16], "real": images[16:], "kind": "image"}}
