"""The faster kernel for the gradient in an image gives what TensorFlow's own gives."""

import numpy as np
import pytest

from nnbench.core.lazy import keras

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="kernels of TensorFlow")

CONVOLUTIONS = {
    "same": ((9, 8, 1), {"filters": 8, "kernel_size": 3, "padding": "same"}, True),
    "valid": ((9, 8, 3), {"filters": 8, "kernel_size": 4}, True),
    "strided": ((9, 8, 3), {"filters": 8, "kernel_size": 4, "strides": 2, "padding": "same"}, True),
    "beyond the last window": ((9, 8, 2), {"filters": 8, "kernel_size": 2, "strides": 3}, True),
    "even kernel": ((9, 8, 1), {"filters": 8, "kernel_size": (2, 4), "padding": "same"}, True),
    "many channels": ((9, 8, 16), {"filters": 8, "kernel_size": 3, "padding": "same"}, False),
    "few filters": ((9, 8, 1), {"filters": 2, "kernel_size": 3, "padding": "same"}, False),
    "dilated": ((9, 8, 1), {"filters": 8, "kernel_size": 3, "padding": "same", "dilation_rate": 2}, True),
    "any size": ((None, None, 1), {"filters": 8, "kernel_size": 3, "padding": "same"}, False),
}


def built(name):
    shape, options, quick = CONVOLUTIONS[name]
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input(shape), keras.layers.Conv2D(**options, activation="tanh")])
    return model, np.random.default_rng(0).normal(size=(2, 9, 8, shape[-1])).astype("float32"), quick


def energy(outputs):
    return keras.ops.sum(keras.ops.square(outputs), axis=(1, 2, 3))


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_gives_the_same_gradient(name):
    import tensorflow as tf

    from nnbench.runtime.engine import engine

    model, x, _ = built(name)
    inputs = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        total = energy(model(inputs))
    values, gradient, outputs = engine().input_gradient(model, energy)(x)
    np.testing.assert_allclose(gradient, tape.gradient(total, inputs), atol=1e-5)
    np.testing.assert_allclose(values, total, rtol=1e-5)
    assert outputs.shape[0] == 2


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_is_used_where_it_is_the_faster_one(name):
    import tensorflow as tf

    from nnbench.runtime._tensorflow import TensorFlowPasses

    model, x, quick = built(name)
    shape = [None, *x.shape[1:]] if name != "any size" else [None, None, None, 1]
    traced = tf.function(lambda x: TensorFlowPasses(model).gradient(energy, x))
    graph = traced.get_concrete_function(tf.TensorSpec(shape)).graph
    found = [op for op in graph.get_operations() if op.type == "Conv2DBackpropInput"]
    assert [op.get_attr("padding") == b"EXPLICIT" for op in found] == [quick]


def test_weights_have_their_gradient_too():
    import tensorflow as tf

    from nnbench.runtime._tensorflow_gradients import quick_convolutions

    model, x, _ = built("strided")

    @tf.function
    def gradients():
        with quick_convolutions():
            total = energy(model(x))
        return tf.gradients(total, [v.value for v in model.trainable_variables])

    with tf.GradientTape() as tape:
        total = energy(model(x))
    for one, other in zip(gradients(), tape.gradient(total, model.trainable_variables), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_is_0_where_nothing_depends_on_the_input():
    from nnbench.runtime.engine import engine

    inputs = keras.Input((9, 8, 1))
    cut = keras.Model(inputs, keras.ops.stop_gradient(keras.layers.Conv2D(8, 3)(inputs)))
    _, gradient, _ = engine().input_gradient(cut, energy)(np.ones((2, 9, 8, 1), np.float32))
    np.testing.assert_array_equal(gradient, np.zeros((2, 9, 8, 1)))
