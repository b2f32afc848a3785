"""What exporters are given: grouped convolutions as plain operations, not within a function left to XLA."""

import keras
import pytest

from nnbench.runtime.engine import engine

tensorflow = pytest.importorskip("tensorflow")


def operations(model):
    traced = tensorflow.function(lambda x: model(x, training=False))
    graph = traced.get_concrete_function(tensorflow.TensorSpec((None, *model.input_shape[1:]))).graph
    return {operation.type for operation in graph.get_operations()}


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="its exporter alone meets such functions")
def test_grouped_convolutions_are_plain_operations():
    model = keras.Sequential([keras.Input((8, 8, 4)), keras.layers.Conv2D(4, 3, groups=2)])
    function = tensorflow.function
    with engine().exporting():
        found = operations(model)
    assert "Conv2D" in found
    assert not any("Call" in operation for operation in found)
    assert tensorflow.function is function
    assert any("Call" in operation for operation in operations(model))
