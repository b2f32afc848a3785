"""The garbage collector rests while a model is built, and only then."""

import gc

import keras
import pytest

import nnbench
from nnbench.core.collection import no_collection


def test_the_collector_is_back_after_an_error():
    with pytest.raises(ZeroDivisionError), no_collection():
        1 // gc.isenabled()
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off():
    gc.disable()
    try:
        with no_collection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_builders_build_without_it(monkeypatch):
    seen = []

    class Watched(keras.layers.Dense):
        def build(self, input_shape):
            seen.append(gc.isenabled())
            super().build(input_shape)

    monkeypatch.setattr(keras.layers, "Dense", Watched)
    nnbench.create_model("softmax_regression")
    assert seen == [False]
