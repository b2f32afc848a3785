"""Passes that PyTorch replays as graphs: the same outputs, fewer operations, and never what has gone stale."""

import numpy as np
import pytest

from nnbench.core.lazy import keras

pytestmark = pytest.mark.skipif(keras.backend.backend() != "torch", reason="graphs of PyTorch")


@pytest.fixture(autouse=True)
def no_gradients():
    torch = pytest.importorskip("torch")
    with torch.no_grad():
        yield


def graph_of(model, x):
    from nnbench.runtime._torch_graph import PassGraph

    return PassGraph(lambda inputs: model(inputs, training=False), tensors(x))


def tensors(x):
    return keras.tree.map_structure(keras.ops.convert_to_tensor, x)


def operations(graph):
    """Return the names of what a pass computes, but for views."""
    names = [str(node.target).split(".")[1] for node in graph._rest.graph.nodes if node.op == "call_function"]
    return [name for name in names if name not in ("permute", "reshape", "unsqueeze", "transpose")]


def shaken(model):
    """Return the model with weights unlike those that it began with, which hide what is left out."""
    rng = np.random.default_rng(0)
    for variable in model.variables:
        if variable.dtype.startswith("float"):
            variable.assign_add(0.1 * rng.random(variable.shape).astype("float32"))
    return model


def assert_same(graph, model, x):
    ours, theirs = graph(tensors(x)), model(tensors(x), training=False)
    for one, other in zip(keras.tree.flatten(ours), keras.tree.flatten(theirs), strict=True):
        one, other = keras.ops.convert_to_numpy(one), keras.ops.convert_to_numpy(other)
        np.testing.assert_allclose(one, other, atol=1e-5 * np.abs(other).max(), rtol=0)


def normalised(**options):
    layers = keras.layers
    body = [layers.Conv2D(4, 3, **options), layers.BatchNormalization(), layers.ReLU(), layers.Conv2D(3, 3)]
    return shaken(keras.Sequential([keras.Input((8, 8, 2)), *body]))


def images(n=2):
    return np.random.default_rng(1).random((n, 8, 8, 2), np.float32)


def test_convolutions_hold_their_bias_and_normalisation_and_copy_nothing():
    graph = graph_of(normalised(), images())
    assert operations(graph) == ["convolution", "relu", "convolution"]


def test_grouped_convolutions_hold_their_normalisation():
    model = normalised(groups=2)
    assert_same(graph_of(model, images()), model, images())


def test_projections_to_heads_hold_their_bias():
    model = keras.Sequential(
        [keras.Input((5, 6)), keras.layers.EinsumDense("abc,cde->abde", (5, 2, 4), bias_axes="de")]
    )
    x = np.random.default_rng(0).random((3, 5, 6), np.float32)
    graph = graph_of(shaken(model), x)
    assert operations(graph) == ["baddbmm"]
    assert_same(graph, model, x)


def test_what_differs_by_place_is_added_after_the_product():
    inputs = keras.Input((5, 6))
    places = keras.Variable(np.random.default_rng(2).random((5, 4)).astype("float32"))
    model = keras.Model(inputs, keras.layers.Dense(4)(inputs) + places)
    x = np.random.default_rng(0).random((3, 5, 6), np.float32)
    graph = graph_of(shaken(model), x)
    assert operations(graph) == ["addmm", "add"]
    assert_same(graph, model, x)


def test_as_many_places_as_channels_are_not_taken_for_them():
    """Against a product (n, 4 channels), reshaped to (n, 2, 2), numbers (2, 1) are not one for each channel."""
    inputs = keras.Input((6,))
    split = keras.ops.reshape(keras.layers.Dense(4)(inputs), (-1, 2, 2))
    swapped = keras.ops.transpose(split, (0, 2, 1))
    model = keras.Model(inputs, (swapped + np.float32([[1], [2]])) * np.arange(4, dtype="float32").reshape(2, 2))
    x = np.random.default_rng(0).random((3, 6), np.float32)
    assert_same(graph_of(shaken(model), x), model, x)


def test_constants_need_no_weights():
    inputs = keras.Input((5,))
    model = keras.Model(inputs, keras.layers.Lambda(lambda x: x + keras.ops.sin(keras.ops.arange(5.0)))(inputs))
    x = np.ones((3, 5), np.float32)
    assert_same(graph_of(model, x), model, x)


def test_changed_weights_count_at_once():
    model = normalised()
    graph = graph_of(model, images())
    before = keras.ops.convert_to_numpy(graph(tensors(images())))
    model.layers[1].gamma.assign(3 * model.layers[1].gamma)
    assert np.abs(keras.ops.convert_to_numpy(graph(tensors(images()))) - before).max() > 0.01
    assert_same(graph, model, images())


def test_lower_precision_keeps_its_order():
    inputs = keras.Input((6,))
    model = shaken(keras.Model(inputs, keras.layers.Dense(4, dtype="mixed_bfloat16")(inputs)))
    x = np.random.default_rng(0).random((3, 6), np.float32)
    graph = graph_of(model, x)
    assert "addmm" not in operations(graph)
    np.testing.assert_array_equal(graph(tensors(x)).float(), model(tensors(x)).float())


class Noisy(keras.layers.Layer):
    def __init__(self, draw):
        super().__init__()
        self.draw = draw

    def call(self, x):
        return x + self.draw(keras.ops.shape(x))


def by_numpy(shape):
    return keras.ops.convert_to_tensor(np.random.default_rng().random(shape).astype("float32"))


def by_torch(shape):
    import torch

    return 1e-5 * torch.rand(tuple(shape))


@pytest.mark.parametrize("draw", [by_numpy, by_torch, keras.random.normal], ids=["numpy", "torch", "keras"])
def test_noise_is_drawn_in_every_pass(draw):
    from nnbench.runtime.engine import engine

    model = keras.Sequential([keras.Input((6,)), Noisy(draw), keras.layers.Dense(2)])
    forward = engine().forward(model)
    outputs = [keras.ops.convert_to_numpy(forward(np.ones((3, 6), np.float32))) for _ in range(5)]
    # All of an output at once: of so little noise a single number shows the same digits now and then.
    assert len(np.unique(np.reshape(outputs, (5, -1)), axis=0)) == 5


def test_state_goes_on_in_every_pass():
    from nnbench.runtime.engine import engine

    inputs = keras.Input(batch_shape=(3, 5, 2))
    model = keras.Model(inputs, keras.layers.LSTM(4, stateful=True)(inputs))
    forward, x = engine().forward(model), np.ones((3, 5, 2), np.float32)
    ours = [keras.ops.convert_to_numpy(forward(x)) for _ in range(5)]
    model.layers[-1].reset_state()
    theirs = [keras.ops.convert_to_numpy(model(x)) for _ in range(5)]
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def overwriting_what_a_view_shows(x):
    doubled = 2 * x
    view = doubled.view(-1)
    doubled.mul_(3)
    return view


def overwriting_an_input(x):
    return x.add_(1)


def overwriting_its_own(x):
    return (2 * x).add_(1)


@pytest.mark.parametrize(
    ("function", "refused"),
    [
        (overwriting_what_a_view_shows, True),
        (overwriting_an_input, True),
        (overwriting_its_own, False),
    ],
)
def test_overwriting_is_replayed_where_nothing_else_sees_it(function, refused):
    from nnbench.runtime._torch_graph import PassGraph

    x = keras.ops.ones((2, 3))
    if refused:
        with pytest.raises(ValueError, match="changes a state"):
            PassGraph(function, x)
    else:
        np.testing.assert_array_equal(PassGraph(function, x)(x), function(x))


class Choosing(keras.layers.Layer):
    def call(self, x):
        return x if keras.ops.convert_to_numpy(keras.ops.max(x)) > 0 else 2 * x


def test_choices_by_value_are_made_in_every_pass():
    from nnbench.runtime.engine import engine

    forward = engine().forward(keras.Sequential([keras.Input((2,)), Choosing()]))
    x = np.ones((3, 2), np.float32)
    for value in (x, x, x, -x):
        np.testing.assert_array_equal(forward(value), value if value.max() > 0 else 2 * value)


def test_a_shape_is_called_once_and_replayed_afterwards():
    from nnbench.runtime._torch_graph import KEPT, ReplayedPass

    calls = []
    replayed = ReplayedPass(lambda x: calls.append(len(x)) or 2 * x)
    for n in (1, 2, 3, 4, 5, 6, 5, 5):
        replayed(np.ones((n, 2), np.float32))
    assert calls == [1, 2, 3, 4, 5, 6, 5, 5]  # the last of these makes the graph
    replayed(np.ones((5, 2), np.float32))
    assert len(calls) == 8
    assert len(replayed._graphs) == 1 <= KEPT
