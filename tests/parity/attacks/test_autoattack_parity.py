"""Our AutoAttack does to the same weights what the official code did; see `make_references.py`.

The first steps are compared always. The robust accuracies are where NNBENCH_ATTACK_PARITY is set and Fashion-MNIST lies
in Keras's folder; that takes about ten minutes of one core: NNBENCH_ATTACK_PARITY=1 pytest -s tests/parity/attacks
"""

import os
from pathlib import Path

import numpy as np
import pytest

from nnbench.attacks import ATTACKS
from nnbench.attacks._auto_pgd import AutoPGD
from nnbench.attacks._auto_pgd_run import begin
from nnbench.attacks._lanes import _block
from nnbench.attacks._prepare import prepare
from nnbench.core.catalog import load_dataset
from nnbench.core.lazy import keras

REFERENCES = Path(__file__).parent / "references.npz"
SETTINGS = {
    "robust_linf": ("robust", "linf", 0.1, 1000),
    "cnn_linf": ("cnn", "linf", 0.02, 250),
    "cnn_l2": ("cnn", "l2", 0.5, 250),
    "mlp_linf": ("mlp", "linf", 0.02, 250),
    "mlp_l2": ("mlp", "l2", 0.5, 250),
}
ATTACK_NAMES = {"apgd-ce": "apgd_ce", "apgd-t": "apgd_t", "fab-t": "fab_t", "square": "square"}
BOUNDS = (0, 1)

if not REFERENCES.exists():
    pytest.skip("make_references.py has not run", allow_module_level=True)


@pytest.fixture(scope="module")
def references():
    with np.load(REFERENCES) as stored:
        return {key: stored[key] for key in stored.files}


def network(name, references, dtype="float32"):
    layers, options = keras.layers, {"dtype": dtype}
    if name == "mlp":
        body = [layers.Dense(64, "relu", **options), layers.Dense(64, "relu", **options)]
        body = [layers.Flatten(**options), *body]
    else:
        body = []
        for width in (16, 32):
            body += [layers.ZeroPadding2D(1, **options), layers.Conv2D(width, 4, 2, activation="relu", **options)]
        body += [layers.Flatten(**options), layers.Dense(64, "relu", **options)]
    model = keras.Sequential([keras.Input((28, 28, 1), dtype=dtype), *body, layers.Dense(10, **options)])
    weights = [references[f"weights_{name}_{i}"] for i in range(len(model.weights))]
    model.set_weights([w.transpose(2, 3, 1, 0) if w.ndim == 4 else w.T for w in weights])
    return model


@pytest.mark.parametrize(("setting", "loss"), [("robust_linf", "ce"), ("robust_linf", "dlr"), ("cnn_l2", "ce")])
def test_first_iterates(setting, loss, references):
    if keras.backend.standardize_dtype(keras.ops.zeros(1, "float64").dtype) != "float64":
        pytest.skip("this backend is set to compute in float32 at most")
    expected = references[f"iterates_{setting}_{loss}"]
    name, norm, epsilon, _ = SETTINGS[setting]
    x = references["iterates_images"].reshape(-1, 28, 28, 1) / np.float32(255)
    model = network(name, references, "float64")
    problem = prepare(
        model, x.astype(float), references["labels"], norm=norm, norms=(norm,), epsilon=epsilon, bounds=BOUNDS,
        seed=0, batch_size=8,
    )  # fmt: skip
    rows = np.arange(len(x))
    program = AutoPGD(norm, "logit_ratio" if loss == "dlr" else "error_log_odds", early_exit=False)
    start = np.clip(problem.x + epsilon * direction(problem.x.shape, norm), *BOUNDS)
    given, state = begin(program, problem, rows, start, problem.epsilon, 100)
    points = [start]
    for _ in range(10):
        state = _block(problem.network, program, given, state, rows, 1, None)
        points.append(state["x"])
    agree = np.abs(np.stack(points) - expected) < 1e-4
    assert agree.mean() >= 0.999


def direction(shape, norm):
    """What `make_references.py` starts with."""
    rng = np.random.default_rng(0)
    noise = rng.uniform(-1, 1, shape) if norm == "linf" else rng.normal(size=shape)
    size = np.abs(noise).max(1) if norm == "linf" else np.linalg.norm(noise, axis=1)
    return noise / size[:, None]


@pytest.mark.skipif("NNBENCH_ATTACK_PARITY" not in os.environ, reason="NNBENCH_ATTACK_PARITY is not set")
@pytest.mark.parametrize("setting", SETTINGS)
def test_robust_accuracies(setting, references):
    name, norm, epsilon, n = SETTINGS[setting]
    available = [key for key in ATTACK_NAMES if f"{setting}-{key}" in references]
    n = int(references.get(f"{setting}-n", n))
    test = load_dataset("fashion_mnist").test.take(n)
    model, resisted, found = network(name, references), np.ones(n, bool), []
    for key in available:
        expected = np.unpackbits(references[f"{setting}-{key}"])[:n].astype(bool)
        resisted &= expected
        ours = ATTACKS.get(ATTACK_NAMES[key]).run(model, test.x, test.y, norm=norm, epsilon=epsilon, bounds=BOUNDS)
        difference, same = ours.robust_accuracy - expected.mean(), (~ours.success == expected).mean()
        print(f"{setting} {key}: ours {ours.robust_accuracy:.4f}, theirs {expected.mean():.4f}, same {same:.4f}")
        found.append(abs(difference) <= max(0.005, 3 / n))
    whole = ATTACKS.get("autoattack").run(model, test.x, test.y, norm=norm, epsilon=epsilon, bounds=BOUNDS)
    print(f"{setting} all: ours {whole.robust_accuracy:.4f}, theirs {resisted.mean():.4f}, flags {whole.flags}")
    assert all(found)
    assert abs(whole.robust_accuracy - resisted.mean()) <= max(0.002, 2 / n) + 1e-9
    assert whole.reliable
