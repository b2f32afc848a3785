"""Model builders and their named configurations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from nnbench.core.adversarial import AdversarialObjective
from nnbench.core.costs import stored_cost
from nnbench.core.errors import ArgumentError
from nnbench.core.paper import Paper
from nnbench.core.plugins import load_plugins
from nnbench.core.registry import Registry
from nnbench.core.weights import WeightMap

if TYPE_CHECKING:
    import keras

FAMILIES = (
    "neuron",
    "mlp",
    "cnn",
    "rnn",
    "transformer",
    "gan",
    "autoencoder",
    "diffusion",
    "state_space",
    "tabular",
)
"""The families that reports show, in the order in which they show them. A plugin may bring another."""

INPUTS = ("table", "signal", "image", "tokens", "points")
"""What a model can read, in the words of `DatasetSpec.kind`."""

TASKS = (
    "classification",
    "regression",
    "language",
    "generation",
    "translation",
    "segmentation",
    "reconstruction",
    "denoising",
    "representation",
)
"""What a model is for. Of these, the first four have datasets, and recipes that train them."""

PAPER_ALONE = "from the paper"
"""The licence of what follows no public code."""

Builder = Callable[..., "keras.Model"]
BuilderT = TypeVar("BuilderT", bound=Builder)
Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class ModelInfo:
    """One variant: what is known of it without building it.

    Attributes:
        licence: of the public code that the architecture follows, or `PAPER_ALONE`.
        input_shape: default shape of one sample, without the batch axis. For a model that generates data, the shape of
            one sample of that data.
        classes: default width of the logits; vocabulary size for language models, 1 for regression, None for
            generators.
        tasks: any of `TASKS`.
        inputs: any of `INPUTS`, the kinds of dataset that the builder accepts.
        feature_layer: name of the layer whose output is the penultimate representation, or None.
        network: the role of what `create_model` returns (``"model"``, ``"generator"`` …).
        companions: the other networks of the family, by role; each builder gets the shape, the classes and those
            options of the variant that it names.
        config: the builder's keyword arguments that make this variant.
        weights: how other libraries name this architecture's weights, by library; see `nnbench.load_weights`.
        objective: what a generator and its discriminator are trained for; None for other models.
    """

    name: str
    family: str
    builder: Builder
    paper: Paper
    licence: str
    input_shape: Shape
    classes: int | None
    tasks: tuple[str, ...]
    inputs: tuple[str, ...]
    feature_layer: str | None
    network: str
    companions: Mapping[str, Builder]
    weights: Mapping[str, WeightMap] = field(default_factory=dict)
    objective: AdversarialObjective | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    summary: str = ""

    @property
    def parameters(self) -> int | None:
        """The exact number of parameters of what `nnbench.create_model` returns; None for a third party's variant."""
        cost = stored_cost(self.name)
        return None if cost is None else cost.parameters

    @property
    def flops(self) -> int | None:
        """FLOPs of a forward pass of one sample, two for every multiply-add; None where they are not known."""
        cost = stored_cost(self.name)
        return None if cost is None else cost.flops


MODELS: Registry[ModelInfo] = Registry("model", load_plugins)


def register_model(
    *,
    family: str,
    paper: Paper,
    input_shape: Shape,
    classes: int | None,
    variants: Mapping[str, Mapping[str, Any]],
    tasks: tuple[str, ...] = ("classification",),
    inputs: tuple[str, ...] = ("image",),
    feature_layer: str | None = "features",
    network: str = "model",
    companions: Mapping[str, Builder] | None = None,
    licence: str = PAPER_ALONE,
    weights: Mapping[str, WeightMap] | None = None,
    objective: AdversarialObjective | None = None,
) -> Callable[[BuilderT], BuilderT]:
    """Register a builder and its variants.

    The builder is called as ``builder(input_shape=…, classes=…, **config)`` with keyword arguments alone and returns a
    Functional ``keras.Model`` that gives logits (regression: values).

    Args:
        family: one of `FAMILIES`, or a new one.
        variants: variant name to the builder's keyword arguments; the keys ``input_shape``, ``classes``, ``tasks``,
            ``inputs``, ``paper``, ``licence``, ``weights`` and ``objective`` replace the defaults given here.
        network, companions, weights, objective: see `ModelInfo`.
        licence: of the public code that the architecture follows, such as ``"MIT"``; by default there is none.

    Raises:
        DuplicateNameError: a variant's name is taken.
        ArgumentError: an unknown task or kind of input.
    """

    def register(builder: BuilderT) -> BuilderT:
        for name, options in variants.items():
            own = dict(options)
            info = ModelInfo(
                name=name,
                family=family,
                builder=builder,
                paper=own.pop("paper", paper),
                licence=own.pop("licence", licence),
                input_shape=own.pop("input_shape", input_shape),
                classes=own.pop("classes", classes),
                tasks=_among("tasks", own.pop("tasks", tasks), TASKS),
                inputs=_among("inputs", own.pop("inputs", inputs), INPUTS),
                feature_layer=feature_layer,
                network=network,
                companions=MappingProxyType(dict(companions or {})),
                weights=MappingProxyType(dict(own.pop("weights", weights or {}))),
                objective=own.pop("objective", objective),
                config=MappingProxyType(own),
                summary=(builder.__doc__ or "").strip().partition("\n")[0],
            )
            MODELS.add(name, info, builder.__module__)
        return builder

    return register


def _among(argument: str, values: tuple[str, ...], allowed: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [v for v in values if v not in allowed]
    if wrong:
        raise ArgumentError(f"{argument} must be among {', '.join(allowed)}. Received: {', '.join(wrong)}.")
    return tuple(values)
