"""Gradients within a loss, which the engine differentiates once more."""

import numpy as np
import pytest

from nnbench.core.lazy import keras
from nnbench.runtime.engine import engine

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


class Cubic(keras.layers.Layer):
    """Maps (n, d) to a · x³ summed over d: the slope is 3ax²."""

    def build(self, input_shape):
        self.a = self.add_weight(shape=(), initializer="ones", name="a")

    def call(self, x):
        return self.a * keras.ops.sum(x**3, axis=-1, keepdims=True)


def cubic():
    return keras.Sequential([keras.Input((2,)), Cubic()])


X = np.array([[1.0, 2.0], [0.5, -1.0]], "float32")


def test_a_weight_is_trained_by_its_effect_on_the_slope():
    """The loss is the mean of 3ax², its derivative in a the mean of 3x²."""
    model, mean = cubic(), keras.ops.mean

    def loss(x):
        return mean(engine().gradient(lambda at: model(at, training=False), x))

    step = engine().training_step(loss, model, [], keras.optimizers.SGD(0.1))
    slope = float((3 * X**2).mean())
    assert float(step(X)) == pytest.approx(slope, rel=1e-5)
    weight = float(keras.ops.convert_to_numpy(model.trainable_weights[0].value))
    assert weight == pytest.approx(1 - 0.1 * slope, rel=1e-5)


def test_the_gradient_is_taken_at_what_another_network_makes():
    generator, model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, use_bias=False)]), cubic()
    generator.layers[0].kernel.assign(2 * np.eye(2))

    def loss(x):
        return keras.ops.sum(engine().gradient(model, generator(x, training=True)))

    step = engine().training_step(loss, model, [generator], keras.optimizers.SGD(0.0))
    assert float(step(X)) == pytest.approx(float((3 * (2 * X) ** 2).sum()), rel=1e-5)


def test_a_function_that_ignores_its_input_has_no_slope():
    model = cubic()

    def loss(x):
        return model.layers[0].a * keras.ops.sum(engine().gradient(lambda at: at * 0.0, x))

    assert float(engine().training_step(loss, model, [], keras.optimizers.SGD(0.1))(X)) == 0


def test_a_gradient_that_the_loss_stops_at_may_be_taken_cheaply():
    """The loss is the cube at x plus its slope there, the slope a constant: its derivative in a is x³."""
    model, ops = cubic(), keras.ops

    def loss(x):
        slope = engine().gradient(lambda at: model(at, training=False), x, again=False)
        return ops.mean(model(x + 0.0 * ops.stop_gradient(slope), training=True))

    step = engine().training_step(loss, model, [], keras.optimizers.SGD(0.1))
    cube = float((X**3).sum(axis=1).mean())
    assert float(step(X)) == pytest.approx(cube, rel=1e-5)
    weight = float(keras.ops.convert_to_numpy(model.trainable_weights[0].value))
    assert weight == pytest.approx(1 - 0.1 * cube, rel=1e-5)


def test_functions_of_a_model_are_differentiated_in_their_first_array():
    model = cubic()

    def function(x, shift):
        outputs = model(x + shift, training=False)
        return outputs[:, 0] ** 2, outputs

    run = engine().function_gradient(function, model)
    for factor in (1.0, 2.0):  # the weights are those of the moment
        model.layers[0].a.assign(factor)
        values, gradient, outputs = run(X, np.ones_like(X))
        cubes = factor * ((X + 1) ** 3).sum(axis=1)
        np.testing.assert_allclose(values, cubes**2, rtol=1e-5)
        np.testing.assert_allclose(outputs[:, 0], cubes, rtol=1e-5)
        np.testing.assert_allclose(gradient, 2 * cubes[:, None] * factor * 3 * (X + 1) ** 2, rtol=1e-5)
