"""One case from its model's construction to its last measurement, in this process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nnbench.core.adversarial import AdversarialObjective
from nnbench.core.case import Case
from nnbench.core.catalog import load_dataset, model_info
from nnbench.core.dataset import Array, Split, Splits
from nnbench.core.errors import ArgumentError, NotApplicableError
from nnbench.core.lazy import keras
from nnbench.core.measurement import HIGHER, LOWER, Measurement, not_applicable
from nnbench.harness.attacked import Attacked, evaluate_attacks
from nnbench.harness.calibrated import Calibrated, evaluate_calibration, held_out
from nnbench.harness.corrupted import corruption_measurements
from nnbench.harness.cost import cost_measurements
from nnbench.harness.detection import Detected, evaluate_detectors
from nnbench.harness.inference import Predictor, latencies, latency_measurements
from nnbench.harness.outcome import Outcome, Progress, silent
from nnbench.harness.plan import is_reference
from nnbench.harness.quality import GENERATED, generated_artifact, quality_measurements
from nnbench.harness.references import build_networks
from nnbench.runtime.engine import engine
from nnbench.runtime.memory import peak_rss, reset_peak_rss
from nnbench.training.adversarial import fit_adversarial, latent_noise
from nnbench.training.record import TrainingRecord
from nnbench.training.robust.loop import fit_attacked
from nnbench.training.supervised import fit

INFERENCE_BATCH = 128


def execute(case: Case, progress: Progress = silent, *, model: Any = None) -> Outcome:
    """Build, train and measure a case.

    Args:
        progress: told of each phase as it begins, and of each epoch.
        model: a live model that takes the place of the one that the case names; it is trained in place.

    Raises:
        NnbenchError: what a user can act on: a missing file, an unknown name, a training that diverged.
    """
    return _Execution(case, progress).run(model)


class _Execution:
    """The state of one execution: what has been measured, and the time each phase took."""

    def __init__(self, case: Case, progress: Progress) -> None:
        self.case = case
        self.progress = progress
        self.outcome = Outcome()
        self.seconds: dict[str, float] = {}

    def run(self, model: Any) -> Outcome:
        case, outcome = self.case, self.outcome
        fresh_state(case, keep_models=model is not None)
        with engine().on_device(case.device):
            with self._phase("data"):
                splits, validation = held_out(_reduced(load_dataset(case.dataset, case.seed), case), case)
            with self._phase("build"):
                networks = build_networks(case, splits.spec) if model is None else {"model": model}
            outcome.measurements += cost_measurements(networks)
            record = self._train(networks, splits)
            with self._phase("evaluation"):
                self._evaluate(next(iter(networks.values())), splits, validation)
        outcome.curves = record.curves
        outcome.measurements += [*self._training(record), *self._times(record), self._peak()]
        return outcome

    def _train(self, networks: dict[str, Any], splits: Splits) -> TrainingRecord:
        case, task = self.case, splits.spec.task
        if case.recipe.robust is not None and task != "classification":
            raise ArgumentError(f"robust needs a classification dataset. Received: {splits.spec.name}, {task}.")
        self.progress("training", 0, 0)

        def on_epoch(done: int, total: int) -> None:
            self.progress("training", done, total)

        if task == "generation":
            options: dict[str, Any] = {"objective": _objective(case), "seed": case.seed, "on_epoch": on_epoch}
            return fit_adversarial(*_pair(networks, splits), splits.train, case.recipe, **options)
        model = next(iter(networks.values()))
        common: dict[str, Any] = {"seed": case.seed, "on_epoch": on_epoch}
        if case.recipe.robust is not None:
            return fit_attacked(model, splits.train, case.recipe, bounds=splits.spec.bounds, **common)
        return fit(model, splits.train, case.recipe, task=task, **common)

    def _evaluate(self, model: Any, splits: Splits, validation: Split) -> None:
        case, found = self.case, self.outcome.measurements
        inputs = self._inputs(model, splits)
        predict = Predictor(model, INFERENCE_BATCH)
        outputs = predict(inputs) if "quality" in case.evaluations else None
        if outputs is not None:
            found += self._quality(outputs, splits)
        self._add(evaluate_calibration(case, predict, splits, validation, outputs))
        if "throughput" in case.evaluations:
            found.append(predict.throughput(inputs))
            self.outcome.samples["latency"] = latencies(model, inputs)
            found += latency_measurements(self.outcome.samples["latency"])
        self._add(evaluate_attacks(case, model, splits))
        found += corruption_measurements(case, predict, splits)
        self._add(evaluate_detectors(case, model, splits))

    def _add(self, part: Attacked | Calibrated | Detected) -> None:
        self.outcome.measurements += part.measurements
        self.outcome.artifacts |= part.artifacts

    def _inputs(self, model: Any, splits: Splits) -> Any:
        if splits.spec.task == "generation":
            return latent_noise(model, GENERATED, seed=self.case.seed, labels=splits.train.y)
        return splits.test.x

    def _quality(self, outputs: Array, splits: Splits) -> list[Measurement]:
        task = splits.spec.task
        if task == "generation":
            self.outcome.artifacts["generated"] = generated_artifact(outputs, splits)
            return quality_measurements(task, outputs, splits)
        outputs = outputs[:, 0] if task == "regression" and outputs.ndim == 2 else outputs
        return quality_measurements(task, outputs, splits.test.y)

    def _training(self, record: TrainingRecord) -> list[Measurement]:
        name = "loss" if "loss" in record.curves else "generator_loss"
        loss = Measurement("final_loss", record.curves[name][-1], "1", LOWER, conditions=name)
        n = record.steady_samples
        if not n:
            why = "the training ended within its first epoch, before a steady phase"
            return [loss, not_applicable("training_throughput", why, unit="samples/s", better=HIGHER)]
        return [loss, Measurement("training_throughput", record.throughput, "samples/s", HIGHER, n=n)]

    def _times(self, record: TrainingRecord) -> list[Measurement]:
        seconds = {**self.seconds, **record.seconds}
        return [Measurement(f"time_{phase}", value, "s", LOWER) for phase, value in seconds.items()]

    def _peak(self) -> Measurement:
        device = self.case.device
        peak = peak_rss() if device == "cpu" else engine().peak_memory(device)
        if peak is None:
            return not_applicable("peak_memory", "the system does not tell it", unit="bytes", better=LOWER)
        where = "resident, whole worker" if device == "cpu" else "allocated on the device"
        return Measurement("peak_memory", float(peak), "bytes", LOWER, conditions=where)

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        self.progress(name, 0, 0)
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start


def fresh_state(case: Case, *, keep_models: bool = False) -> None:
    """Forget the previous case: Keras's session, seeds, peaks."""
    if not keep_models:
        keras.backend.clear_session()  # collects garbage, too
        keras.config.set_dtype_policy(case.precision)
    keras.utils.set_random_seed(case.seed)
    reset_peak_rss()
    engine().reset_peak_memory(case.device)


def require_device(device: str) -> None:
    """Refuse a device that this machine or backend does not have.

    Raises:
        NotApplicableError: with the devices that there are.
    """
    found = engine().devices()
    if not found.get(device):
        there = ", ".join(f"{kind}: {' '.join(names)}" for kind, names in found.items() if names)
        raise NotApplicableError(f"no {device} here for the backend {keras.backend.backend()} (it sees {there})")


def _pair(networks: dict[str, Any], splits: Splits) -> tuple[Any, Any]:
    if len(networks) != 2:
        raise ArgumentError(
            f"{splits.spec.name} is a generation dataset, for registered models of two networks. Received: one network."
        )
    generator, discriminator = networks.values()
    return generator, discriminator


def _objective(case: Case) -> AdversarialObjective:
    known = None if is_reference(case.model) else model_info(case.model).objective
    return known or AdversarialObjective()


def _reduced(splits: Splits, case: Case) -> Splits:
    train: Split = splits.train.take(case.recipe.train_samples)
    return Splits(splits.spec, train, splits.test.take(case.recipe.test_samples), splits.extras)
