"""Forward passes beside other libraries: the same network, backend, machine and inputs.

command:   nnbench run forward --backend=tensorflow      (or jax, torch; peers: pip install keras-hub transformers)
hardware:  any; nothing else should run
time:      a minute and a half on TensorFlow and on JAX, three on PyTorch, on two CPU cores
expected:  ratio (our speed / theirs), median of interleaved passes, at least 0.97 for each pair
seen:      of the Keras libraries 1.04, 1.02 and 1.06 (ResNet-50, ViT-B/16, GPT-2) on TensorFlow, 1.00, 1.00 and 1.01
           on JAX, 1.01, 1.00 and 1.02 on PyTorch; there 1.03, 1.00 and 1.08 of transformers, whose models are PyTorch's
           own (means of two runs)
n:         15 passes of each side in turn, after two that compile; a process for each pair

A peer that is not installed, or does not run on the backend, is skipped. Keras models of both sides run compiled as
`nnbench.runtime` compiles them, models of transformers as that library runs them. The ResNet-50 of keras.applications
strides in the first convolution of a block, where torchvision's and ours do in the second, which is 6 % more work: the
ratio is that of FLOPs per second.
"""

import importlib.util
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

import pytest

import nnbench
from nnbench.core.lazy import keras
from nnbench.runtime.launch import missing_backend, worker_environment

ROUNDS = 15
COMPILING = 2
"""A pass runs as it is the first time under PyTorch, and is compiled the second."""
EXPECTED = 0.97
IMAGE, TEXT = (224, 224, 3), (256,)


def keras_applications_resnet50():
    return keras.applications.ResNet50(weights=None, classifier_activation=None)


def keras_hub_vit():
    import keras_hub

    backbone = keras_hub.models.ViTBackbone((224, 224, 3), (16, 16), 12, 12, 768, 3072)
    return keras_hub.models.ViTImageClassifier(backbone=backbone, num_classes=1000, pooling="token")


def keras_hub_gpt2():
    import keras_hub

    backbone = keras_hub.models.GPT2Backbone(50257, 12, 12, 768, 3072, max_sequence_length=256)
    tokens = keras.Input(TEXT, dtype="int32")
    hidden = backbone({"token_ids": tokens, "padding_mask": keras.ops.ones_like(tokens)})
    return keras.Model(tokens, backbone.token_embedding(hidden, reverse=True))


def of_transformers(model):
    import torch

    model.eval()
    return torch.no_grad()(lambda x: model(keras.ops.convert_to_tensor(x)).logits)


def transformers_resnet50():
    from transformers import ResNetConfig, ResNetForImageClassification

    return channels_first(of_transformers(ResNetForImageClassification(ResNetConfig(num_labels=1000))))


def transformers_vit():
    from transformers import ViTConfig, ViTForImageClassification

    return channels_first(of_transformers(ViTForImageClassification(ViTConfig(num_labels=1000))))


def transformers_gpt2():
    from transformers import GPT2Config, GPT2LMHeadModel

    return of_transformers(GPT2LMHeadModel(GPT2Config()))


def channels_first(model):
    return lambda x: model(keras.ops.transpose(keras.ops.convert_to_tensor(x), (0, 3, 1, 2)))


@dataclass(frozen=True)
class Pair:
    """One of our variants and another library's model of the same network; samples of `shape`, `batch` at a time."""

    variant: str
    library: str
    peer: object
    shape: tuple
    batch: int
    backends: tuple = ("tensorflow", "jax", "torch")
    work: float = 1.0  # our FLOPs / theirs


PAIRS = {
    "resnet50-keras_applications": Pair("resnet50", "keras", keras_applications_resnet50, IMAGE, 8, work=4.089 / 3.858),
    "vit_b_16-keras_hub": Pair("vit_b_16", "keras_hub", keras_hub_vit, IMAGE, 2),
    "gpt2-keras_hub": Pair("gpt2", "keras_hub", keras_hub_gpt2, TEXT, 1),
    "resnet50-transformers": Pair("resnet50", "transformers", transformers_resnet50, IMAGE, 8, ("torch",)),
    "vit_b_16-transformers": Pair("vit_b_16", "transformers", transformers_vit, IMAGE, 2, ("torch",)),
    "gpt2-transformers": Pair("gpt2", "transformers", transformers_gpt2, TEXT, 1, ("torch",)),
}


@pytest.mark.parametrize("name", PAIRS)
def test_forward_pass(name, record_property, request):
    pair = PAIRS[name]
    backend = (request.config.getoption("--nnbench-backend") or "tensorflow").split(",")[0]
    if reason := missing_peer(pair, backend):
        pytest.skip(reason)
    command = [sys.executable, __file__, name]
    done = subprocess.run(command, env=worker_environment(backend, "cpu"), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    ours, theirs, median, low, high = map(float, done.stdout.split()[-5:])
    spread = f"{1000 * ours:.0f} ms, theirs {1000 * theirs:.0f} ms; median of {ROUNDS}, {low:.3f} to {high:.3f}"
    record_property(name, f"{median:.3f} of their speed ({spread})")
    assert median >= EXPECTED


def missing_peer(pair, backend):
    """Return why the pair cannot be measured, or an empty string."""
    if backend not in pair.backends:
        return f"{pair.library}'s models run on {', '.join(pair.backends)} alone"
    if importlib.util.find_spec(pair.library) is None:
        return f"{pair.library} is not installed"
    return missing_backend(backend)


def measure(pair):
    """Print seconds of our pass and of theirs (medians), and the ratio's median, lowest and highest value."""
    from nnbench.runtime.engine import engine
    from nnbench.testing.models import samples

    model = nnbench.create_model(pair.variant, input_shape=pair.shape)
    x = samples(model, pair.batch)
    peer = pair.peer()
    passes = [engine().forward(model), engine().forward(peer) if isinstance(peer, keras.Model) else peer]
    seconds = [[], []]
    for number in range(-COMPILING, ROUNDS):
        # Whichever comes second meets a machine in another state, so they take turns.
        for side in (0, 1) if number % 2 else (1, 0):
            start = time.perf_counter()
            keras.ops.convert_to_numpy(passes[side](x))
            if number >= 0:
                seconds[side].append(time.perf_counter() - start)
    ratios = [pair.work * theirs / ours for ours, theirs in zip(*seconds, strict=True)]
    print(*map(statistics.median, seconds), statistics.median(ratios), min(ratios), max(ratios))


if __name__ == "__main__":
    measure(PAIRS[sys.argv[1]])
