"""The variational autoencoder: a decoder of normal latents, and an encoder that gives their distribution.

Kingma and Welling (2014), section 3 and appendix C: one hidden layer of tanh units in each, Bernoulli pixels, a normal
posterior of independent latents; 500 hidden units and 3 to 200 latents for MNIST (figure 2; 20 here where the name says
no number). Weights start from a normal distribution of deviation 0.01, biases at zero. The Gaussian decoder of the
paper's faces is left out.

Both networks are trained to raise the same bound::

    networks = nnbench.create_networks("vae")
    logits = nnbench.feature_extractor(networks["decoder"], "logits")
    moments = networks["encoder"](x)
    loss = -evidence_lower_bound(x, logits(sampled_latents(moments, noise)), moments)
"""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import Shape, register_model
from nnbench.core.paper import Paper
from nnbench.models._inputs import flat_input
from nnbench.models._outputs import output_dtype
from nnbench.models._reconstruction import check_unlabelled, sample_output

PAPER = Paper("Auto-encoding variational Bayes", "Kingma and Welling", 2014, "https://arxiv.org/abs/1312.6114")

VARIANTS: dict[str, dict[str, Any]] = {
    "vae": {},
    "vae_3": {"latent": 3},
    "vae_5": {"latent": 5},
    "vae_10": {"latent": 10},
    "vae_200": {"latent": 200},
    "vae_tiny": {"latent": 4, "hidden": 16, "input_shape": (8, 8, 1)},
}

STDDEV = 0.01


def encoder(input_shape: Shape, classes: int | None = None, *, latent: int = 20, hidden: int = 500) -> keras.Model:
    """Maps samples (batch, *input_shape) to moments (batch, 2·latent); arguments as `vae`.

    The moments are the means of the latents, then the logarithms of their variances.
    """
    check_unlabelled(classes)
    inputs, x = flat_input(input_shape)
    x = _hidden(x, hidden, "encoder_hidden")
    halves = [
        keras.layers.Dense(latent, kernel_initializer=_normal(), dtype=output_dtype(), name=name)(x)
        for name in ("mean", "log_variance")
    ]
    outputs = keras.layers.Concatenate(name="moments", dtype=output_dtype())(halves)
    return keras.Model(inputs, outputs, name="encoder")


@register_model(
    family="autoencoder",
    paper=PAPER,
    input_shape=(28, 28, 1),
    classes=None,
    tasks=("generation",),
    inputs=("image",),
    feature_layer=None,
    network="decoder",
    companions={"encoder": encoder},
    variants=VARIANTS,
)
def vae(input_shape: Shape, classes: int | None = None, *, latent: int = 20, hidden: int = 500) -> keras.Model:
    """The decoder: maps standard normal (batch, latent) to samples (batch, *input_shape) between 0 and 1.

    A sample holds the probabilities of white pixels; ``logits`` (batch, values) is what they are made of.

    Args:
        classes: None; the samples have no labels.
        latent: dimensions of the decoder's input.
        hidden: units of the hidden layer of both networks.
    """
    check_unlabelled(classes)
    inputs = keras.Input((latent,), name="latent")
    x = _hidden(inputs, hidden, "decoder_hidden")
    return keras.Model(inputs, sample_output(x, input_shape, kernel_initializer=_normal()), name="vae")


def sampled_latents(moments: Any, noise: Any) -> Any:
    """Return latents (batch, latent) drawn from the encoder's distribution, differentiable in its parameters.

    Args:
        moments: outputs (batch, 2·latent) of the encoder.
        noise: standard normal values (batch, latent).
    """
    mean, log_variance = keras.ops.split(moments, 2, axis=-1)
    return mean + keras.ops.exp(log_variance / 2) * noise


def evidence_lower_bound(x: Any, logits: Any, moments: Any) -> Any:
    """Return the bound (batch,) in nats on the log-likelihood of samples, from one draw of latents; at most 0.

    It is the log-probability of the sample given the latents, less the divergence of their distribution from the
    standard normal one: equation 10 of the paper for one draw, with the Bernoulli likelihood of appendix C.1.

    Args:
        x: samples (batch, *input_shape) between 0 and 1.
        logits: (batch, values), the decoder's layer ``logits`` for latents drawn by `sampled_latents`.
        moments: outputs (batch, 2·latent) of the encoder for `x`.
    """
    x = keras.ops.reshape(x, keras.ops.shape(logits))
    likelihood = keras.ops.sum(x * logits - keras.ops.softplus(logits), axis=-1)
    return likelihood - divergence(moments)


def divergence(moments: Any) -> Any:
    """Return the Kullback-Leibler divergence (batch,) in nats from the standard normal distribution; at least 0.

    Args:
        moments: outputs (batch, 2·latent) of the encoder.
    """
    mean, log_variance = keras.ops.split(moments, 2, axis=-1)
    each = keras.ops.square(mean) + keras.ops.exp(log_variance) - log_variance - 1
    return keras.ops.sum(each, axis=-1) / 2


def _hidden(x: Any, units: int, name: str) -> Any:
    return keras.layers.Dense(units, activation="tanh", kernel_initializer=_normal(), name=name)(x)


def _normal() -> Any:
    return keras.initializers.RandomNormal(stddev=STDDEV)
