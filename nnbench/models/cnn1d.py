"""A small one-dimensional CNN for signals: three convolutions that halve the length, and a linear classifier.

Greydanus and Kobak (2024), the MNIST-1D notebook: 25 channels, kernels 5, 3, 3, each with stride 2 and one zero on both
sides, PyTorch's initialisation.
"""

from __future__ import annotations

from collections.abc import Sequence

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.models._convolution import convolution
from nnbench.models._initializers import layer_options
from nnbench.models._inputs import signal_input
from nnbench.models._outputs import head, stage
from nnbench.models._papers import MNIST1D

VARIANTS = {"mnist1d_cnn": {"channels": 25, "kernels": (5, 3, 3), "initializer": "torch"}}


@register_model(
    family="cnn",
    licence="Apache-2.0",
    paper=MNIST1D,
    input_shape=(40,),
    classes=10,
    tasks=("classification", "regression"),
    inputs=("signal",),
    variants=VARIANTS,
)
def cnn1d(
    input_shape: Shape,
    classes: int,
    *,
    channels: int = 25,
    kernels: Sequence[int] = (5, 3, 3),
    initializer: str = "keras",
) -> keras.Model:
    """Strided convolutions over a signal, flattened into a linear layer.

    Args:
        channels: width of every convolution.
        kernels: length of each convolution's kernel.
        initializer: ``"keras"`` or ``"torch"``, see `layer_options`.
    """
    inputs, x = signal_input(input_shape, least=max(kernels))
    for i, kernel in enumerate(kernels, start=1):
        options = layer_options(initializer, kernel * x.shape[-1])
        x = convolution(x, channels, kernel, strides=2, padding=1, activation="relu", name=f"conv{i}", **options)
        x = stage(x, i)
    x = keras.layers.Flatten(name="flatten")(x)
    outputs = head(x, classes, **layer_options(initializer, x.shape[-1]))
    return keras.Model(inputs, outputs, name="cnn1d")
