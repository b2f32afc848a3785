"""Vision transformers against the same computation in NumPy, under the names that other libraries give the weights."""

import math
import re

import numpy as np
import pytest

from nnbench.core.catalog import create_model
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.interop.importing import load_weights
from nnbench.interop.surgery import feature_extractor, stages
from nnbench.models._stochastic_depth import dropped_path, rates
from nnbench.runtime.engine import engine

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

PATCH, WIDTH, HEADS, DEPTH, CLASSES = 4, 8, 2, 2, 5
SHAPE = (8, 12, 3)
LENGTH = 6
SIZE = {"patch": PATCH, "width": WIDTH, "heads": HEADS, "depth": DEPTH, "classes": CLASSES, "input_shape": SHAPE}

VIT_SHAPES = {
    "cls_token": (1, 1, WIDTH),
    "pos_embed": (1, LENGTH + 1, WIDTH),
    "patch_embed.proj.weight": (WIDTH, 3, PATCH, PATCH),
    "patch_embed.proj.bias": (WIDTH,),
    "norm.weight": (WIDTH,),
    "norm.bias": (WIDTH,),
    "head.weight": (CLASSES, WIDTH),
    "head.bias": (CLASSES,),
}
LAYERS = {"attn.qkv": (3, 1), "attn.proj": (1, 1), "mlp.fc1": (4, 1), "mlp.fc2": (1, 4)}
for _i in range(DEPTH):
    VIT_SHAPES |= {f"blocks.{_i}.norm{n}.{part}": (WIDTH,) for n in (1, 2) for part in ("weight", "bias")}
    VIT_SHAPES |= {f"blocks.{_i}.{name}.weight": (o * WIDTH, i * WIDTH) for name, (o, i) in LAYERS.items()}
    VIT_SHAPES |= {f"blocks.{_i}.{name}.bias": (o * WIDTH,) for name, (o, _) in LAYERS.items()}
DISTILLED_SHAPES = VIT_SHAPES | {
    "dist_token": (1, 1, WIDTH),
    "pos_embed": (1, LENGTH + 2, WIDTH),
    "head_dist.weight": (CLASSES, WIDTH),
    "head_dist.bias": (CLASSES,),
}

# patterns of timm's names, and what torchvision has instead
TORCHVISION_NAMES = {
    r"^cls_token": "class_token",
    r"^pos_embed": "encoder.pos_embedding",
    r"^patch_embed\.proj": "conv_proj",
    r"^norm\.": "encoder.ln.",
    r"^head\.": "heads.head.",
    r"^blocks\.": "encoder.layers.encoder_layer_",
    r"\.norm(\d)": r".ln_\1",
    r"attn\.qkv\.": "self_attention.in_proj_",
    r"attn\.proj": "self_attention.out_proj",
    r"mlp\.fc1": "mlp.0",
    r"mlp\.fc2": "mlp.3",
}


def random_state(shapes):
    rng = np.random.default_rng(0)
    return {name: rng.normal(size=shape).astype("float32") / 2 for name, shape in shapes.items()}


def images(shape=SHAPE, n=3):
    return np.random.default_rng(1).normal(size=(n, *shape)).astype("float32")


def outputs_of(model, x):
    return keras.ops.convert_to_numpy(engine().forward(model)(x))


def linear(state, name, x):
    return x @ state[f"{name}.weight"].T + state[f"{name}.bias"]


def normalized(state, name, x, epsilon=1e-6):
    x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + epsilon)
    return x * state[f"{name}.weight"] + state[f"{name}.bias"]


def gelu(x):
    return x * (1 + np.vectorize(math.erf)(x / math.sqrt(2))) / 2


def softmax(x):
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)


def attention(state, name, x, heads=HEADS, bias=0.0):
    """Attend over the second last axis of `x` (..., length, width)."""
    qkv = linear(state, f"{name}.qkv", x)
    q, k, v = (np.stack(np.split(part, heads, axis=-1), axis=-3) for part in np.split(qkv, 3, axis=-1))
    weights = softmax(q @ np.swapaxes(k, -1, -2) / math.sqrt(q.shape[-1]) + bias)
    return linear(state, f"{name}.proj", np.concatenate(np.moveaxis(weights @ v, -3, 0), axis=-1))


def encoded(state, x, tokens):
    n, height, width, channels = x.shape
    x = x.reshape(n, height // PATCH, PATCH, width // PATCH, PATCH, channels).transpose(0, 1, 3, 5, 2, 4)
    x = (
        x.reshape(n, LENGTH, -1) @ state["patch_embed.proj.weight"].reshape(WIDTH, -1).T
        + state["patch_embed.proj.bias"]
    )
    x = np.concatenate([*(np.repeat(state[t], n, axis=0) for t in tokens), x], axis=1) + state["pos_embed"]
    for i in range(DEPTH):
        block = f"blocks.{i}"
        x = x + attention(state, f"{block}.attn", normalized(state, f"{block}.norm1", x))
        h = gelu(linear(state, f"{block}.mlp.fc1", normalized(state, f"{block}.norm2", x)))
        x = x + linear(state, f"{block}.mlp.fc2", h)
    return normalized(state, "norm", x)


def torchvision_named(state):
    for pattern, other in TORCHVISION_NAMES.items():
        state = {re.sub(pattern, other, name): value for name, value in state.items()}
    return state


@pytest.mark.parametrize("name", ["vit_small_patch16", "deit_small_patch16"])
def test_vit_with_weights_named_as_in_timm(name):
    state, x = random_state(VIT_SHAPES), images()
    model = create_model(name, **SIZE)
    load_weights(model, state, "timm")
    expected = linear(state, "head", encoded(state, x, ["cls_token"])[:, 0])
    np.testing.assert_allclose(outputs_of(model, x), expected, rtol=1e-4, atol=1e-4)


def test_vit_with_weights_named_as_in_torchvision():
    state, x = random_state(VIT_SHAPES), images()
    models = [create_model("vit_b_16", **SIZE) for _ in range(2)]
    load_weights(models[0], state, "timm")
    load_weights(models[1], torchvision_named(state), "torchvision")
    for one, other in zip(*(m.weights for m in models), strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(one.value), keras.ops.convert_to_numpy(other.value))
    assert "encoder.layers.encoder_layer_1.self_attention.in_proj_weight" in torchvision_named(state)
    assert np.isfinite(outputs_of(models[1], x)).all()


def test_a_distilled_deit_gives_the_mean_of_two_heads_on_two_tokens():
    state, x = random_state(DISTILLED_SHAPES), images()
    model = create_model("deit_small_distilled_patch16", **SIZE)
    load_weights(model, state, "timm")
    tokens = encoded(state, x, ["cls_token", "dist_token"])
    expected = {
        "features": tokens[:, :2].reshape(len(x), -1),
        "class_logits": linear(state, "head", tokens[:, 0]),
        "distillation_logits": linear(state, "head_dist", tokens[:, 1]),
    }
    found = engine().forward(feature_extractor(model, list(expected)))(x)
    for name, values in expected.items():
        np.testing.assert_allclose(keras.ops.convert_to_numpy(found[name]), values, rtol=1e-4, atol=1e-4)
    mean = (expected["class_logits"] + expected["distillation_logits"]) / 2
    np.testing.assert_allclose(outputs_of(model, x), mean, rtol=1e-4, atol=1e-4)


def test_the_tokens_and_heads_of_a_distilled_deit_start_apart():
    values = {w.path: keras.ops.convert_to_numpy(w.value) for w in create_model("deit_mini_distilled").weights}
    assert not np.array_equal(values["class_token/token"], values["distillation_token/token"])
    assert not np.array_equal(values["class_logits/kernel"], values["distillation_logits/kernel"])


def test_cct_without_dropping_computes_the_same_by_fused_attention():
    dropping, fused = (create_model("cct_tiny", attention_dropout=rate) for rate in (0.1, 0.0))
    fused.set_weights(dropping.get_weights())
    x = images((8, 8, 1))
    np.testing.assert_allclose(outputs_of(dropping, x), outputs_of(fused, x), atol=1e-5)


def test_vit_lite_classifies_by_the_normalised_class_token():
    model = create_model("vit_lite_tiny")
    found = engine().forward(feature_extractor(model, ["norm", "features"]))(images((8, 8, 1)))
    tokens, features = (keras.ops.convert_to_numpy(found[name]) for name in ("norm", "features"))
    np.testing.assert_array_equal(features, tokens[:, 0])


@pytest.mark.parametrize("name", ["cct_tiny", "cvt_tiny"])
def test_compact_transformers_pool_tokens_by_weights_that_sum_to_one(name):
    model = create_model(name, width=8)
    found = engine().forward(feature_extractor(model, ["norm", "pooling", "features"]))(images((8, 8, 1)))
    tokens, scores, features = (keras.ops.convert_to_numpy(found[name]) for name in ("norm", "pooling", "features"))
    weights = softmax(scores[..., 0])
    np.testing.assert_allclose(features, (weights[..., None] * tokens).sum(1), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vit_micro", [(17, 16)] * 2),
        ("cct_tiny", [(16, 16)] * 2),
        ("vit_lite_tiny", [(5, 16)] * 2),
        ("cvt_tiny", [(4, 16)] * 2),
        ("swin_mini", [(4, 4, 8), (2, 2, 16)]),
    ],
)
def test_every_block_or_stage_can_be_extracted(name, expected):
    model = create_model(name)
    assert [model.get_layer(stage).output.shape[1:] for stage in stages(model)] == expected


@pytest.mark.parametrize(
    ("name", "options", "text"),
    [
        ("vit_micro", {"input_shape": (18, 16, 1)}, r"input_shape must have sides that patch \(4\) divides"),
        ("deit_mini", {"heads": 3}, r"width must be a multiple of heads \(3\)"),
        ("cct_tiny", {"heads": 3}, r"width must be a multiple of heads \(3\)"),
        ("cvt_tiny", {"input_shape": (10, 8, 1)}, r"input_shape must have sides that patch \(4\) divides"),
        ("swin_mini", {"heads": (2,)}, r"heads must have one number for each of depths \(2, 1\)"),
        ("swin_mini", {"heads": (2, 3)}, "heads must divide the channels of their stage, 16"),
        ("swin_mini", {"input_shape": (1, 8, 3)}, "sides of at least 2"),
    ],
)
def test_errors(name, options, text):
    with pytest.raises(ArgumentError, match=rf"{text}.*Received: "):
        create_model(name, **options)


def test_stochastic_depth_leaves_branches_out_of_whole_samples_while_training():
    inputs = keras.Input((2, 3))
    model = keras.Model(inputs, dropped_path(inputs, 0.5, "drop"))
    x = np.ones((64, 2, 3), "float32")
    trained = keras.ops.convert_to_numpy(model(x, training=True)).reshape(64, -1)
    assert {tuple(sorted(set(sample))) for sample in trained.tolist()} == {(0.0,), (2.0,)}
    np.testing.assert_array_equal(outputs_of(model, x), x)
    assert rates(0.2, 3) == pytest.approx([0.0, 0.1, 0.2])
