"""What a variant says of itself, and the names and shapes that others rely on."""

from __future__ import annotations

from typing import Any

from nnbench.core.lazy import keras
from nnbench.core.model import ModelInfo, Shape
from nnbench.interop.surgery import feature_extractor, replace_head, stages
from nnbench.testing._model_samples import samples

_LIKE_THE_SAMPLE = ("generation", "reconstruction", "denoising")
_PER_STEP = ("language", "translation")


def check_info(info: ModelInfo) -> None:
    """Check that everything a list of models shows is there."""
    assert info.summary, f"{info.name}: the builder has no docstring"
    assert info.tasks, f"{info.name}: no task"
    assert info.inputs, f"{info.name}: no kind of input"
    assert info.licence, f"{info.name}: no licence"
    assert info.paper.title, f"{info.name}: the paper has no title"
    assert info.paper.url.startswith("http"), f"{info.name}: the paper's url is {info.paper.url!r}"


def check_shapes(info: ModelInfo, network: Any, shape: Shape, classes: int | None) -> None:
    """Check that the network reads and gives what its tasks say."""
    assert isinstance(network, keras.Model), f"{info.name}: the builder returns {type(network).__name__}, not a model"
    given, out = network.inputs[0].shape[1:], network.outputs[0].shape[1:]
    task = info.tasks[0]
    if task in _LIKE_THE_SAMPLE:
        assert out == shape, f"{info.name}: gives {out}, not input_shape {shape}"
        return
    assert given == shape, f"{info.name}: reads {given}, not input_shape {shape}"
    if task == "segmentation":
        assert (len(out), out[-1]) == (len(shape), classes), f"{info.name}: gives {out}, not {classes} maps"
    elif task != "representation":
        expected = (*shape, classes) if task in _PER_STEP else (classes,)
        assert out == expected, f"{info.name}: gives {out}, not {expected}"


def check_features(info: ModelInfo, network: Any) -> None:
    """Check the layer of the penultimate representation, and that stages, where it has any, can be extracted."""
    if found := stages(network):
        assert found == [f"stage{i + 1}" for i in range(len(found))], f"{info.name}: its stages are {found}"
        assert sorted(feature_extractor(network, "stages").output) == sorted(found)
    if info.feature_layer is None:
        return
    known = [layer.name for layer in network.layers]
    assert info.feature_layer in known, f"{info.name}: no layer is named {info.feature_layer!r}"
    rank = len(network.get_layer(info.feature_layer).output.shape)
    assert rank == 2, f"{info.name}: {info.feature_layer!r} gives rank {rank}, not (n, d)"


def check_head(info: ModelInfo, network: Any) -> None:
    """Check that a head for other classes takes the place of the old one."""
    if info.feature_layer == "features":
        outputs = replace_head(network, 3)(samples(network), training=False)
        assert outputs.shape[-1] == 3, f"{info.name}: a head of 3 classes gives {outputs.shape}"
