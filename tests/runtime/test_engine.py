"""The engine of the active backend, against finite differences and by its promises."""

import numpy as np
import pytest

from nnbench.core.lazy import keras
from nnbench.runtime.engine import engine

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def normalised_model():
    """Return a smooth model (6 values to 3 logits) whose BatchNorm and Dropout would betray a training pass."""
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(8, activation="tanh"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(3),
        ]
    )


def state(model):
    return [np.array(keras.ops.convert_to_numpy(v.value)) for v in model.variables]


def samples(n=4):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, 6)).astype("float32"), rng.integers(0, 3, n)


def cross_entropy(logits, labels):
    return keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)


def assert_unchanged(before, model):
    for old, new in zip(before, state(model), strict=True):
        np.testing.assert_array_equal(old, new)


def test_input_gradient_agrees_with_finite_differences():
    model, (x, y), step = normalised_model(), samples(), 1e-2
    run = engine().input_gradient(model, cross_entropy)
    values, gradient, logits = run(x, y)
    assert (values.shape, gradient.shape, logits.shape) == ((4,), x.shape, (4, 3))
    estimated = np.empty_like(x)
    for i in range(x.shape[1]):
        shift = np.zeros_like(x)
        shift[:, i] = step
        estimated[:, i] = (run(x + shift, y)[0] - run(x - shift, y)[0]) / (2 * step)
    assert np.abs(gradient).max() > 0.05
    np.testing.assert_allclose(gradient, estimated, atol=2e-3)


def test_input_gradient_leaves_the_state_alone():
    model, (x, y) = normalised_model(), samples()
    before = state(model)
    engine().input_gradient(model, cross_entropy)(x, y)
    assert_unchanged(before, model)


def test_input_gradient_sees_weights_that_changed_since():
    model, (x, y) = normalised_model(), samples()
    run = engine().input_gradient(model, cross_entropy)
    before = run(x, y)[1]
    last = model.layers[-1]
    last.kernel.assign(2 * last.kernel)
    assert np.abs(run(x, y)[1] - before).max() > 1e-3


def test_input_gradient_of_an_objective_that_ignores_the_input_is_zero():
    x, y = samples()
    constant = keras.Sequential([keras.Input((6,)), keras.layers.Rescaling(0.0), keras.layers.Dense(3)])
    gradient = engine().input_gradient(constant, cross_entropy)(x, y)[1]
    np.testing.assert_array_equal(gradient, np.zeros_like(x))


def test_forward_repeats_itself_and_leaves_the_state_alone():
    model, (x, _) = normalised_model(), samples()
    before, forward = state(model), engine().forward(model)
    first, second = (keras.ops.convert_to_numpy(forward(x)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert_unchanged(before, model)


def test_forward_is_the_model_without_training():
    model, (x, _) = normalised_model(), samples()
    output = engine().forward(model)(x)
    engine().wait(output)
    expected = keras.ops.convert_to_numpy(model(x, training=False))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(output), expected, rtol=1e-5, atol=1e-6)


def test_a_training_step_lowers_the_loss_and_spares_frozen_networks():
    keras.utils.set_random_seed(1)
    frozen, trained = normalised_model(), normalised_model()
    target = np.random.default_rng(1).normal(size=(4, 3)).astype("float32")
    x, _ = samples()

    def loss(x, target):
        return keras.ops.mean((trained(x, training=True) - target + 0.1 * frozen(x, training=True)) ** 2)

    spared = [np.array(keras.ops.convert_to_numpy(v.value)) for v in frozen.trainable_variables]
    moved = [np.array(keras.ops.convert_to_numpy(v.value)) for v in trained.trainable_variables]
    step = engine().training_step(loss, trained, [frozen], keras.optimizers.Adam(1e-2))
    losses = [float(step(x, target)) for _ in range(60)]
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:10])
    for old, variable in zip(spared, frozen.trainable_variables, strict=True):
        np.testing.assert_array_equal(old, keras.ops.convert_to_numpy(variable.value))
    changes = [
        np.abs(old - keras.ops.convert_to_numpy(v.value)).max()
        for old, v in zip(moved, trained.trainable_variables, strict=True)
    ]
    assert min(changes) > 0


def test_a_training_step_trains_the_moving_statistics():
    model, (x, _) = normalised_model(), samples()
    before = keras.ops.convert_to_numpy(model.layers[1].moving_mean.value).copy()
    step = engine().training_step(lambda x: keras.ops.mean(model(x, training=True)), model, [], keras.optimizers.SGD())
    step(x)
    assert np.abs(keras.ops.convert_to_numpy(model.layers[1].moving_mean.value) - before).max() > 0


def test_there_is_a_processor_to_run_on():
    found = engine().devices()
    assert set(found) == {"cpu", "gpu"}
    assert found["cpu"]
    with engine().on_device("cpu"):
        assert float(keras.ops.sum(keras.ops.ones(3))) == 3


def test_memory_errors_are_told_from_others():
    assert not engine().is_out_of_memory(ValueError("shapes do not match"))
    assert engine().peak_memory("cpu") is None


def test_the_version_is_the_installed_one():
    from importlib.metadata import version

    assert engine().version().split("+")[0] == version(keras.backend.backend()).split("+")[0]
