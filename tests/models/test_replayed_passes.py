"""Every network's forward pass can be replayed as a graph of PyTorch, with the same outputs."""

import numpy as np
import pytest
from smallest import smallest_variants

from nnbench.core.catalog import create_networks
from nnbench.core.lazy import keras
from nnbench.testing.models import samples

pytestmark = pytest.mark.skipif(keras.backend.backend() != "torch", reason="graphs of PyTorch")


def shake(model):
    """Give a model weights unlike those that it began with, which hide what a graph has left out."""
    rng = np.random.default_rng(0)
    for variable in model.variables:
        if variable.dtype.startswith("float"):
            variable.assign_add(0.1 * rng.random(variable.shape).astype("float32"))


@pytest.mark.parametrize("name", smallest_variants())
def test_replays_with_the_same_outputs(name):
    import torch

    from nnbench.runtime._torch_graph import PassGraph

    for model in create_networks(name).values():
        shake(model)
        x = keras.tree.map_structure(keras.ops.convert_to_tensor, samples(model, 3))
        with torch.no_grad():
            outputs = model(x, training=False)
            replayed = PassGraph(lambda inputs, model=model: model(inputs, training=False), x)(x)
        for one, other in zip(keras.tree.flatten(replayed), keras.tree.flatten(outputs), strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-5 * other.double().abs().max().item())
