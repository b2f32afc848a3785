"""Networks as ONNX files, for runtimes that know nothing of Keras."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np

from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.runtime.engine import engine


def export_onnx(model: keras.Model, path: str | Path) -> None:
    """Write `model` as an ONNX file, by Keras's own exporter and the converter of the active backend.

    Args:
        model: a built model; its batch axis stays free.
        path: the file, which ends in ``.onnx``.

    Raises:
        ArgumentError: another ending, or a converter that is not installed.
    """
    if Path(path).suffix != ".onnx":
        raise ArgumentError(f"path must end in .onnx. Received: {str(path)!r}.")
    # Keras's exporter wants a model that has been called.
    model([np.zeros((1, *t.shape[1:]), keras.backend.standardize_dtype(t.dtype)) for t in model.inputs])
    try:
        _teach_converter()
        with engine().exporting():
            model.export(str(path), format="onnx", verbose=False)
    except ImportError as error:
        raise ArgumentError(f"the export needs a converter: {error}") from error


@functools.cache
def _teach_converter() -> None:
    """The exact GELU is made of the complementary error function, which tf2onnx does not know."""
    try:
        from tf2onnx.handler import tf_op
    except ImportError:  # another backend's exporter does without
        return

    class ComplementaryErrorFunction:
        """1 - erf(x)."""

        @classmethod
        def version_9(cls, graph: Any, node: Any, **_: Any) -> None:
            """Put ``Sub(1, Erf(x))`` in the place of ``Erfc(x)``."""
            dtype, shape = graph.get_dtype(node.output[0]), graph.get_shape(node.output[0])
            kind = np.float16 if dtype == _FLOAT16 else np.float32
            error = graph.make_node("Erf", node.input, dtypes=[dtype], shapes=[shape])
            one = graph.make_const(f"{node.name}_one", np.array(1, kind))
            graph.remove_node(node.name)
            graph.make_node(
                "Sub", [one.output[0], error.output[0]], outputs=node.output, dtypes=[dtype], shapes=[shape]
            )

    tf_op("Erfc")(ComplementaryErrorFunction)


_FLOAT16 = 10
"""The number of float16 among ONNX's types."""
