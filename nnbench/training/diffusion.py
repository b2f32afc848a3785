"""What a denoising diffusion model is trained for, and how samples are drawn from it.

Ho, Jain and Abbeel (2020), Denoising diffusion probabilistic models, https://arxiv.org/abs/2006.11239. In T steps an
image x₀ is mixed with noise until nothing else is left; a network that is told the step learns to predict the noise.
Timesteps count from 0, at which the image has been mixed once, to T − 1. Images lie within −1 and 1.

Shapes: n images, *shape one image.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.runtime.engine import engine


@dataclass(frozen=True)
class NoiseSchedule:
    """How much noise each step adds.

    Attributes:
        betas: (T,) float64, variance of the noise of each step, above 0 and below 1.

    Raises:
        ArgumentError: other values, or none.
    """

    betas: Array

    def __post_init__(self) -> None:
        if self.betas.ndim != 1 or not self.betas.size or not ((self.betas > 0) & (self.betas < 1)).all():
            raise ArgumentError(f"betas must be (T,) within 0 and 1, without either. Received: {self.betas}.")

    @property
    def steps(self) -> int:
        """T."""
        return len(self.betas)

    @property
    def kept(self) -> Array:
        """ᾱ (T,), falling: the share of x₀ in the variance of what each step leaves."""
        shares: Array = np.cumprod(1 - self.betas)
        return shares


def linear_schedule(steps: int = 1000, first: float = 1e-4, last: float = 0.02) -> NoiseSchedule:
    """Return the paper's schedule (section 4): variances that rise evenly from `first` to `last`."""
    return NoiseSchedule(np.linspace(first, last, steps, dtype=np.float64))


def diffuse(x: Any, noise: Any, timestep: Any, schedule: NoiseSchedule) -> Any:
    """Return x_t (n, *shape) = √ᾱ_t · `x` + √(1 − ᾱ_t) · `noise`, in ``keras.ops``. Equation 4.

    Args:
        x: images (n, *shape).
        noise: standard normal (n, *shape).
        timestep: (n,) integers from 0 to T − 1.
    """
    shape = (-1,) + (1,) * (len(x.shape) - 1)
    kept, added = (
        keras.ops.reshape(keras.ops.take(part.astype("float32"), timestep), shape)
        for part in (np.sqrt(schedule.kept), np.sqrt(1 - schedule.kept))
    )
    return kept * keras.ops.convert_to_tensor(x) + added * keras.ops.convert_to_tensor(noise)


def denoising_loss(predicted: Any, noise: Any) -> Any:
    """Return the mean squared error of the predicted noise: a scalar, at least 0. Equation 14, "simple".

    Args:
        predicted, noise: (n, *shape).
    """
    return keras.ops.mean(keras.ops.square(predicted - noise))


def denoising_objective(denoiser: Any, schedule: NoiseSchedule) -> Callable[[Any, Any, Any], Any]:
    """Return ``loss(x, noise, timestep)`` for `nnbench.runtime.engine.Engine.training_step`.

    Algorithm 1 draws `timestep` (n,) evenly from 0 … T − 1 and `noise` (n, *shape) from the standard normal.

    Args:
        denoiser: noisy images (n, *shape) and timesteps (n,) to the noise in them (n, *shape).
    """

    def loss(x: Any, noise: Any, timestep: Any) -> Any:
        predicted = denoiser([diffuse(x, noise, timestep, schedule), timestep], training=True)
        return denoising_loss(predicted, noise)

    return loss


def sample(denoiser: Any, schedule: NoiseSchedule, n: int, *, seed: int) -> Array:
    """Return images (n, *shape), within −1 and 1 if the network has learnt to, repeatable by `seed`. Algorithm 2.

    Each step predicts x₀, clips it to −1 … 1 as the authors' code does, and draws x_{t−1} from the posterior around it
    with variance β_t, their choice for CIFAR-10; the last step adds no noise.

    Args:
        denoiser: see `denoising_objective`.
    """
    rng, forward = np.random.default_rng(seed), engine().forward(denoiser)
    shape = (n, *denoiser.inputs[0].shape[1:])
    x = rng.standard_normal(shape, dtype=np.float32)
    for t in reversed(range(schedule.steps)):
        noise = np.asarray(keras.ops.convert_to_numpy(forward([x, np.full(n, t, "int32")])))
        mean = posterior_mean(x, noise, t, schedule)
        spread = np.sqrt(schedule.betas[t]) if t else 0.0
        x = (mean + spread * rng.standard_normal(shape, dtype=np.float32)).astype("float32")
    return x


def posterior_mean(x: Array, noise: Array, timestep: int, schedule: NoiseSchedule) -> Array:
    """Return the mean (n, *shape) of x_{t−1}, given x_t and the noise predicted in it. Equations 7 and 15.

    The x₀ that these two imply is clipped to −1 … 1.

    Args:
        x, noise: (n, *shape).
        timestep: t, the same for all images.
    """
    beta, kept = schedule.betas[timestep], schedule.kept[timestep]
    before = schedule.kept[timestep - 1] if timestep else 1.0
    start = np.clip((x - np.sqrt(1 - kept) * noise) / np.sqrt(kept), -1, 1)
    mean: Array = (np.sqrt(before) * beta * start + np.sqrt(1 - beta) * (1 - before) * x) / (1 - kept)
    return mean
