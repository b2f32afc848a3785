"""Further passes of the samples through the model, for detectors that cannot do without, and their number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import NotApplicableError
from nnbench.core.lazy import keras
from nnbench.ood._batches import in_batches
from nnbench.ood._stochastic import StochasticCopy
from nnbench.runtime.engine import Objective, engine


@dataclass
class Passes:
    """Compiled passes through a classifier, each built at its first use, and how many samples went through.

    Attributes:
        model: gives logits (n, classes).
        features: the symbolic tensor of its features.
        batch_size: samples per pass.
        forwards, backwards: samples passed so far.
    """

    model: Any
    features: Any
    batch_size: int
    forwards: int = 0
    backwards: int = 0
    _built: dict[Any, Any] = field(default_factory=dict)

    def forward(self, model: Any, x: Array) -> Array:
        """Return the outputs (n, …) of a model for `x` (n, *shape)."""
        run = self._once(("forward", id(model)), lambda: engine().forward(model))
        self.forwards += len(x)
        return in_batches(run, x, self.batch_size)[0]

    def gradient(self, objective: Objective, x: Array, *arrays: Array, of: str) -> Array:
        """Return the gradient (n, *shape) in `x` of the sum of ``objective(outputs, *arrays)``, `arrays` (n, …)."""
        target = self.feature_model if of == "features" else self.model
        run = self._once((of, objective), lambda: engine().input_gradient(target, objective))
        self.forwards += len(x)
        self.backwards += len(x)
        return in_batches(lambda *batch: [run(*batch)[1]], x, self.batch_size, *arrays)[0]

    def sampled(self, x: Array, times: int, seed: int) -> Iterator[Array]:
        """Give logits (n, classes) of `x` `times` times, each under other dropout."""
        copy = self._once("stochastic", lambda: StochasticCopy(self.model))
        copy.reseed(seed)
        for _ in range(times):
            self.forwards += len(x)
            yield in_batches(copy.run, x, self.batch_size)[0]

    @property
    def feature_model(self) -> Any:
        """A model that gives the features (n, …)."""
        return self._once("features", lambda: keras.Model(self.model.inputs[0], self.features))

    def _once(self, key: Any, build: Callable[[], Any]) -> Any:
        if key not in self._built:
            self._built[key] = build()
        return self._built[key]


@dataclass(frozen=True)
class Probe:
    """Further passes of the samples that are being scored.

    Attributes:
        x: (n, *shape) samples as the model takes them.
        passes: the compiled passes, shared by all sets.
    """

    x: Array
    passes: Passes

    def rows(self, rows: slice) -> Probe:
        """Return the probe of some of the samples."""
        return replace(self, x=self.x[rows])

    def logits(self, x: Array) -> Array:
        """Return logits (n, classes), float64, of other samples `x` (n, *shape)."""
        return self.passes.forward(self.passes.model, x).astype(np.float64)

    def features(self, x: Array) -> Array:
        """Return flat features (n, d) of other samples `x` (n, *shape)."""
        return self.passes.forward(self.passes.feature_model, x).reshape(len(x), -1)

    def outputs(self, model: Any) -> Array:
        """Return the logits (n, classes), float64, that another model gives for the samples."""
        return self.passes.forward(model, self.x).astype(np.float64)

    def sampled_logits(self, times: int, *, seed: int) -> Array:
        """Return logits (times, n, classes), float64, under `times` draws of dropout.

        Raises:
            NotApplicableError: the model has no dropout.
        """
        return np.stack(list(self.passes.sampled(self.x, times, seed))).astype(np.float64)

    def moved(self, objective: Objective, *arrays: Array, by: float, of: str = "logits") -> Array:
        """Return the samples moved by one signed-gradient step that lowers an objective, not clipped.

        Args:
            objective: ``objective(outputs, *arrays) -> (n,)`` in ``keras.ops``; one object per meaning, as it is
                compiled. *arrays: (n, …), passed on.
            by: the size of the step in the inputs' own units.
            of: the outputs: ``"logits"`` or ``"features"``, the latter as the layer gives them.

        Raises:
            NotApplicableError: the inputs are integers.
        """
        if not np.issubdtype(self.x.dtype, np.floating):
            raise NotApplicableError("moves the inputs by a small amount; these are integers")
        return self.x - np.float32(by) * np.sign(self.passes.gradient(objective, self.x, *arrays, of=of))
