"""A copy of a classifier whose dropout stays active."""

from __future__ import annotations

from typing import Any

from nnbench.core.errors import NotApplicableError
from nnbench.core.lazy import keras
from nnbench.runtime.engine import engine

RATES = ("rate", "dropout", "recurrent_dropout", "dropout_rate")


class StochasticCopy:
    """Draws logits under dropout, and nothing else that training changes.

    ``run(x)`` gives logits (n, classes) under the next draw. It is a copy with weights of its own, so that the model's
    seeds and statistics stay as they are. BatchNorm uses its moving statistics; noise and random augmentation are left
    out.

    Raises:
        NotApplicableError: the model has no dropout.
    """

    def __init__(self, model: Any) -> None:
        if not any(_drops(layer) for layer in _all_layers(model)):
            raise NotApplicableError(f"needs dropout; {model.name!r} has none")
        graph = keras.Model(model.inputs[0], model.outputs[0])  # a Sequential's layers too
        self._copy = keras.models.clone_model(graph, clone_function=_copied, recursive=True)
        self._copy.set_weights(graph.get_weights())
        for layer in _all_layers(self._copy):
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.trainable = False
        self.run = engine().sampled(self._copy)

    def reseed(self, seed: int) -> None:
        """Begin the draws that belong to `seed`."""
        for i, generator in enumerate(g for layer in _all_layers(self._copy) for g in layer._seed_generators):
            generator.state.assign([seed, i])


def _copied(layer: Any) -> Any:
    if type(layer).__name__.startswith("Random") or isinstance(layer, keras.layers.GaussianNoise):
        return keras.layers.Identity(name=layer.name)
    return type(layer).from_config(layer.get_config())


def _all_layers(model: Any) -> list[Any]:
    return list(model._flatten_layers())


def _drops(layer: Any) -> bool:
    rates = [getattr(layer, name, 0) for name in RATES]
    return "Random" not in type(layer).__name__ and any(isinstance(r, float | int) and r > 0 for r in rates)
