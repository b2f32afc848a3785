"""Writes outputs and input gradients of variants under the active backend: backend_outputs.py FILE NAME…"""

import sys
import warnings

import numpy as np

from nnbench.core.catalog import create_networks
from nnbench.core.lazy import keras
from nnbench.runtime.engine import engine
from nnbench.testing.models import samples


def outputs_of(name):
    """Return arrays by role: outputs, and where the only input is continuous the gradient of their squares' sum."""
    keras.utils.set_random_seed(0)
    found = {}
    for role, network in create_networks(name).items():
        x = samples(network)
        found[f"{name}/{role}/outputs"] = keras.ops.convert_to_numpy(engine().forward(network)(x))
        if isinstance(x, np.ndarray) and x.dtype == np.float32:
            found[f"{name}/{role}/gradient"] = engine().input_gradient(network, _squares)(x)[1]
    return found


def _squares(outputs):
    return keras.ops.sum(keras.ops.square(outputs), axis=tuple(range(1, len(outputs.shape))))


def main(path, *names):
    warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
    np.savez(path, **{key: value for name in names for key, value in outputs_of(name).items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
