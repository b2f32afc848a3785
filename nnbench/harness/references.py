"""What stands for a model in a case, turned into networks."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from nnbench.core.case import Case
from nnbench.core.catalog import create_networks
from nnbench.core.dataset import DatasetSpec
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.model import MODELS
from nnbench.harness.failures import first_line
from nnbench.harness.plan import is_reference


def build_networks(case: Case, dataset: DatasetSpec) -> dict[str, Any]:
    """Return the networks of a case, by role; the first is the one that is evaluated.

    Raises:
        ArgumentError: the reference cannot be imported or loaded, or gives no Keras model.
    """
    if not is_reference(case.model):
        own = {"input_shape": dataset.shape, "classes": dataset.classes, **_vocabulary(case.model, dataset)}
        return create_networks(case.model, **{**own, **case.overrides})
    if case.model.endswith(".keras"):
        return {"model": load_file(case.model)}
    return {"model": call_builder(case.model, dataset, dict(case.overrides))}


def load_file(path: str) -> Any:
    """Return the model saved at `path`.

    Raises:
        ArgumentError: there is no such file, or Keras cannot load it.
    """
    if not Path(path).is_file():
        raise ArgumentError(f"model must be a saved .keras file. Received: {path!r}, and there is no such file.")
    importlib.import_module("nnbench.layers.tokens")  # registers the layers that a saved model may hold
    try:
        return keras.saving.load_model(path)
    except Exception as error:
        raise ArgumentError(
            f"model must be a saved .keras file. Received: {path!r}, which does not load: {first_line(error)}"
        ) from error


def call_builder(reference: str, dataset: DatasetSpec, overrides: dict[str, Any]) -> Any:
    """Return the model that ``module:function`` builds, called with ``input_shape``, ``classes`` and `overrides`.

    Raises:
        ArgumentError: there is no such function, or it returns something else than a Keras model.
    """
    module, _, name = reference.partition(":")
    try:
        builder = importlib.import_module(module)
        for part in name.split("."):
            builder = getattr(builder, part)
    except (ImportError, AttributeError) as error:
        problem = f"model must be an importable module:function. Received: {reference!r}: {error}."
        raise ArgumentError(problem) from error
    if not callable(builder):
        kind = type(builder).__name__
        raise ArgumentError(f"model must be an importable module:function. Received: {reference!r}: {kind}.")
    model = builder(**{"input_shape": dataset.shape, "classes": dataset.classes, **overrides})
    if not isinstance(model, keras.Model):
        raise ArgumentError(f"{reference} must return a keras.Model. Received: {type(model).__name__}.")
    return model


def _vocabulary(model: str, dataset: DatasetSpec) -> dict[str, int]:
    """Classifiers of tokens need to know how many there are; in language models `classes` says it."""
    if dataset.vocabulary is None or dataset.task == "language" or "tokens" not in MODELS.get(model).inputs:
        return {}
    return {"vocabulary": dataset.vocabulary}
