"""Parts of the harness that need neither a worker nor a training."""

import numpy as np
import pytest

from nnbench.core.catalog import dataset_info, load_dataset
from nnbench.core.dataset import Split, Splits
from nnbench.core.errors import ArgumentError, DivergedError, MissingDataError, NotApplicableError
from nnbench.core.lazy import keras
from nnbench.harness import cost
from nnbench.harness.execute import require_device
from nnbench.harness.failures import classify
from nnbench.harness.inference import LATENCY_SAMPLES, Predictor, latencies, latency_measurements
from nnbench.harness.quality import generated_artifact, quality_measurements
from nnbench.harness.replay import ReplayClock

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def dense_model(inputs=4, outputs=3):
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((inputs,)), keras.layers.Dense(outputs)])


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (DivergedError("loss became nan in epoch 1"), "diverged", "loss became nan in epoch 1"),
        (NotApplicableError("no gpu here"), "skipped", "no gpu here"),
        (MemoryError("8 GiB"), "oom", "memory ran out: 8 GiB"),
        (MissingDataError("put a.npz there"), "error", "put a.npz there"),
        (ArgumentError("wrong"), "error", "wrong"),
        (ValueError("first\nsecond"), "error", "ValueError: first"),
        (RuntimeError("x" * 1000), "error", f"RuntimeError: {'x' * 297}…"),
    ],
)
def test_exceptions_become_a_status_and_a_reason(error, status, reason):
    assert classify(error) == (status, reason)


def test_a_missing_device_is_not_applicable_and_a_present_one_passes():
    require_device("cpu")
    with pytest.raises(NotApplicableError, match="no abacus here for the backend"):
        require_device("abacus")


def test_a_predictor_pads_the_last_batch_and_gives_no_output_for_the_padding():
    model, x = dense_model(), np.random.default_rng(0).normal(size=(11, 4)).astype("float32")
    outputs = Predictor(model, 4)(x)
    assert outputs.shape == (11, 3)
    expected = keras.ops.convert_to_numpy(model(x, training=False))
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6)


def test_throughput_and_latency_state_what_they_are_of():
    model, x = dense_model(), np.zeros((11, 4), "float32")
    found = Predictor(model, 4).throughput(x)
    assert (found.metric, found.unit, found.better, found.conditions) == (
        "inference_throughput",
        "samples/s",
        "higher",
        "batch 4",
    )
    assert found.value > 0
    assert found.n % 4 == 0
    seconds = latencies(model, x)
    assert len(seconds) == LATENCY_SAMPLES
    assert min(seconds) > 0


def test_latency_percentiles():
    p50, p90 = latency_measurements([i / 100 for i in range(101)])
    assert (p50.metric, p50.value, p50.n) == ("latency_p50", pytest.approx(0.5), 101)
    assert (p90.metric, p90.value) == ("latency_p90", pytest.approx(0.9))


def test_cost_counts_every_network_and_sizes_the_first():
    found = cost.cost_measurements({"generator": dense_model(2, 5), "discriminator": dense_model(5, 1)})
    values = {m.metric: m.value for m in found}
    assert values["parameters"] == 15
    assert values["parameters_discriminator"] == 6
    assert values["parameters_non_trainable"] == 0
    assert values["model_size"] == 15 * 4
    assert values["flops"] > 0


@pytest.mark.parametrize(
    ("dtype", "bits"),
    [("float16", 16), ("bfloat16", 16), ("float64", 64), ("uint8", 8), ("float8_e4m3fn", 8), ("bool", 8)],
)
def test_sizes_count_the_bits_of_every_dtype(dtype, bits):
    assert cost._bits(dtype) == bits


def test_quality_of_outputs_that_are_not_finite_is_a_divergence():
    logits = np.zeros((4, 3), "float32")
    logits[2, 1] = np.nan
    with pytest.raises(DivergedError, match="outputs that are not finite"):
        quality_measurements("classification", logits, np.zeros(4, int))


def test_quality_has_every_metric_of_the_task():
    rng = np.random.default_rng(0)
    found = {
        m.metric: m for m in quality_measurements("classification", rng.normal(size=(50, 3)), rng.integers(0, 3, 50))
    }
    assert {"accuracy", "nll", "brier", "ece"} <= set(found)
    accuracy = found["accuracy"]
    assert accuracy.low < accuracy.value < accuracy.high
    assert accuracy.n == 50
    found = {m.metric for m in quality_measurements("regression", rng.normal(size=50), rng.normal(size=50))}
    assert {"rmse", "r2", "mae"} <= found


def test_generated_samples_are_kept_beside_real_ones():
    splits = load_dataset("ring8", 0)
    artifact = generated_artifact(np.full((1000, 2), 0.123456), splits)
    assert artifact["kind"] == "points"
    assert artifact["samples"] == [[0.123, 0.123]] * 400
    assert len(artifact["real"]) == 400
    assert np.shape(artifact["modes"]) == (8, 2)


def test_generated_images_are_fewer():
    images = Split(np.zeros((50, 8, 8, 1), "float32"), np.zeros(50, int))
    artifact = generated_artifact(np.ones((100, 8, 8, 1)), Splits(dataset_info("digits"), images, images))
    assert artifact["kind"] == "image"
    assert np.shape(artifact["samples"]) == (25, 8, 8, 1)


def test_the_replay_clock_gives_the_samples_and_starts_again():
    clock = ReplayClock([0.25, 0.5])
    readings = []
    for _ in range(3):
        clock.tick()
        readings.append(clock())
    assert readings == [0.25, 0.75, 1.0]
