"""From a suite and options to cases, each with the reason where it cannot run. Loads no backend."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from nnbench.core.case import Case
from nnbench.core.content import content_hash
from nnbench.core.dataset import DATASETS, DatasetSpec
from nnbench.core.model import MODELS, ModelInfo
from nnbench.core.suite import Entry, Suite
from nnbench.harness.options import RunOptions
from nnbench.runtime.launch import missing_backend


@dataclass(frozen=True)
class Planned:
    """A case that a run contains.

    Attributes:
        skip: why it cannot run here; empty where it can.
    """

    case: Case
    entry: Entry
    suite: str
    profile: str
    family: str
    skip: str = ""


def plan(suite: Suite, options: RunOptions) -> list[Planned]:
    """Return the cases of `suite`, grouped by backend and device so that workers are started once.

    Raises:
        UnknownNameError: an entry names a model or dataset that nobody registered.
    """
    profile = options.profile or suite.profile
    seeds = options.seeds if options.seeds is not None else tuple(range(suite.seeds.get(profile, 1)))
    return [
        plan_case(entry, suite=suite.name, profile=profile, backend=backend, device=device, seed=seed, options=options)
        for backend in options.backends
        for device in options.devices
        for entry in suite.entries
        for seed in seeds
    ]


def plan_case(
    entry: Entry, *, suite: str, profile: str, backend: str, device: str, seed: int, options: RunOptions
) -> Planned:
    """Return one case of an entry."""
    dataset = DATASETS.get(entry.dataset)
    case = Case(
        model=entry.model,
        dataset=entry.dataset,
        recipe=entry.recipe.under(profile),
        backend=backend,
        device=device,
        precision=options.precision,
        seed=seed,
        evaluations=entry.evaluations,
        dataset_hash=_content_hash(entry.dataset),
        overrides=dict(entry.overrides),
    )
    skip = missing_backend(backend) or mismatch(entry.model, dataset)
    return Planned(case, entry, suite, profile, family_of(entry.model), skip)


def is_reference(model: str) -> bool:
    """Return whether `model` is ``module:function`` or a ``.keras`` file rather than a registered name."""
    return ":" in model or model.endswith(".keras")


def family_of(model: str) -> str:
    """Return a registered variant's family; ``custom`` for the user's own model."""
    return "custom" if is_reference(model) else MODELS.get(model).family


def mismatch(model: str, dataset: DatasetSpec) -> str:
    """Return why `model` cannot work on `dataset`, or an empty string."""
    if dataset.sizes.get("train") == 0:
        return f"{dataset.name} has no training samples; it serves to be told apart from others"
    if is_reference(model):
        return ""
    info: ModelInfo = MODELS.get(model)
    if dataset.task not in info.tasks:
        return f"{model} does {' and '.join(info.tasks)}, and {dataset.name} is a {dataset.task} dataset"
    if dataset.kind not in info.inputs:
        return f"{model} reads {', '.join(info.inputs)}, and {dataset.name} holds {dataset.kind}"
    return ""


_content_hash = functools.cache(lambda name: content_hash(DATASETS.get(name)))
