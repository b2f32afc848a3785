"""What needs neither network nor file: the contract over all, and the definitions one by one."""

import argparse
import hashlib
import inspect
import random
import subprocess
import sys

import numpy as np
import pytest

from nnbench.core.catalog import dataset_info, list_datasets, load_dataset
from nnbench.core.dataset import DATASETS
from nnbench.core.errors import MissingDataError
from nnbench.datasets import characters, source_code
from nnbench.testing.datasets import check_dataset, check_dataset_spec

OURS = [name for name in list_datasets() if DATASETS.origin(name).startswith("nnbench.datasets.")]
EMBEDDED = [name for name in OURS if dataset_info(name).embedded]
ISSUED = {
    "mnist1d",
    "digits",
    "breast_cancer",
    "wine",
    "iris",
    "diabetes",
    "xor",
    "two_moons",
    "spirals",
    "ring8",
    "grid25",
    "python_docs_char",
    "python_modules",
    "tiny_shakespeare",
    "mnist",
    "mnist_test_images",
    "fashion_mnist",
    "cifar10",
    "cifar100",
    "imdb",
    "reuters",
    "california_housing",
    "svhn_test_images",
    *(f"{whole}_0to4" for whole in ("digits", "mnist", "fashion_mnist", "cifar10", "mnist1d", "python_modules")),
    *(f"{whole}_5to9" for whole in ("digits", "mnist", "fashion_mnist", "cifar10", "mnist1d", "python_modules")),
}

# float32 inputs and int32 labels, taken from mnist1d_data.pkl of the authors' repository.
MNIST1D_SHA256 = {
    "train.x": "d53506bddd12d3b72c7153b1ae7f34807724b1dd078a7273809bf9d0792319f6",
    "train.y": "349d9015145a182689d6949b2af9d6466831b99f440cbdba8d682094f0de89d0",
    "test.x": "30addc43827c82aafa5db8bc97cea63349ca687e87db2f201cc4f5415d9a4ebd",
    "test.y": "6d4fabd193f078c2517ef7786d602c5a2ddb8b66b407873f4e14c97b935d6dbd",
}


def test_all_are_registered():
    assert set(OURS) == ISSUED


@pytest.mark.parametrize("name", OURS)
def test_spec(name):
    check_dataset_spec(dataset_info(name))
    assert set(dataset_info(name).sizes) == {"train", "test"}


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize("name", EMBEDDED)
def test_contract(name, seed):
    check_dataset(name, seed)


@pytest.mark.parametrize("name", ["mnist1d", "python_docs_char"])
def test_published_splits_ignore_the_seed(name):
    np.testing.assert_array_equal(load_dataset(name, 0).test.x, load_dataset(name, 1).test.x)


@pytest.mark.parametrize("name", ["digits", "iris", "diabetes", "xor", "two_moons", "spirals", "ring8"])
def test_drawn_splits_follow_the_seed(name):
    assert not np.array_equal(load_dataset(name, 0).test.x, load_dataset(name, 1).test.x)


@pytest.mark.parametrize("name", EMBEDDED)
def test_what_one_caller_changes_the_next_does_not_see(name):
    before = load_dataset(name).train.x.copy()
    load_dataset(name).train.x[:] = 0
    np.testing.assert_array_equal(load_dataset(name).train.x, before)


def test_mnist1d_is_the_published_array():
    data = load_dataset("mnist1d")
    arrays = {"train.x": data.train.x, "train.y": data.train.y, "test.x": data.test.x, "test.y": data.test.y}
    assert {k: hashlib.sha256(a.tobytes()).hexdigest() for k, a in arrays.items()} == MNIST1D_SHA256


def test_mnist1d_leaves_the_global_generators_alone():
    code = """
import random, numpy as np
from nnbench.core.catalog import load_dataset
random.seed(5), np.random.seed(5)
expected = random.random(), np.random.rand()
random.seed(5), np.random.seed(5)
load_dataset("mnist1d")
assert (random.random(), np.random.rand()) == expected
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_nothing_draws_from_the_global_generators():
    state, numpys = random.getstate(), np.random.get_state()[1].copy()  # noqa: NPY002
    for name in EMBEDDED:
        load_dataset(name, 3)
    assert random.getstate() == state
    np.testing.assert_array_equal(np.random.get_state()[1], numpys)  # noqa: NPY002


def test_listing_and_describing_load_no_library():
    code = """
import sys
from nnbench.core.catalog import list_datasets, dataset_info
assert len([dataset_info(name) for name in list_datasets("*")]) > 20
heavy = {"tensorflow", "jax", "torch", "keras.src", "sklearn", "scipy", "matplotlib", "pandas", "mnist1d"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@pytest.mark.parametrize("name", ["breast_cancer", "wine", "iris", "digits"])
def test_splits_keep_the_shares_of_the_classes(name):
    data = load_dataset(name, 4)
    train, test = np.bincount(data.train.y), np.bincount(data.test.y)
    np.testing.assert_allclose(test, (train + test) / 5, atol=1)


@pytest.mark.parametrize("name", ["breast_cancer", "wine", "iris", "diabetes"])
def test_tables_are_standardised_by_the_training_split(name):
    data = load_dataset(name, 2)
    np.testing.assert_allclose(data.train.x.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(data.train.x.std(axis=0), 1, atol=1e-5)
    assert np.abs(data.test.x.mean(axis=0)).max() > 1e-3


def test_targets_can_be_turned_back():
    from sklearn.datasets import load_diabetes

    data = load_dataset("diabetes")
    scaled = np.concatenate([data.train.y, data.test.y])
    original = scaled * data.extras["target_std"] + data.extras["target_mean"]
    np.testing.assert_allclose(np.sort(original), np.sort(load_diabetes().target), rtol=1e-5)
    assert data.train.y.std() == pytest.approx(1, abs=1e-6)


def test_no_linear_rule_solves_xor():
    data = load_dataset("xor")
    np.testing.assert_array_equal(data.train.y, (data.train.x[:, 0] > 0) != (data.train.x[:, 1] > 0))
    design = np.c_[data.train.x, np.ones(len(data.train))]
    weights, *_ = np.linalg.lstsq(design, 2.0 * data.train.y - 1, rcond=None)
    assert np.mean((design @ weights > 0) == data.train.y) < 0.65


def test_spirals_lie_on_their_curve():
    x, y = load_dataset("spirals").train.x, load_dataset("spirals").train.y
    i = np.linspace(0, 96, 4000)
    arm = ((104 - i) / 104)[:, None] * np.stack([np.sin(np.pi * i / 16), np.cos(np.pi * i / 16)], axis=1)
    own = np.where(y[:, None] == 0, x, -x)
    distance = np.min([np.linalg.norm(own - p, axis=1) for p in arm], axis=0)
    assert distance.max() < 0.06


def test_moons_lie_on_their_circles():
    data = load_dataset("two_moons").train
    centres = np.where(data.y[:, None] == 0, [0, 0], [1, 0.5])
    radius = np.linalg.norm(data.x - centres, axis=1)
    assert radius.mean() == pytest.approx(1, abs=0.02)
    assert radius.std() == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize(("name", "modes", "sigma"), [("ring8", 8, 0.01), ("grid25", 25, 0.05)])
def test_mixtures(name, modes, sigma):
    data = load_dataset(name)
    assert data.extras["modes"].shape == (modes, 2)
    assert data.extras["sigma"] == np.float32(sigma)
    deviations = data.train.x - data.extras["modes"][data.train.y]
    assert deviations.std() == pytest.approx(sigma, rel=0.01)
    np.testing.assert_allclose(np.bincount(data.train.y) / len(data.train), 1 / modes, atol=0.005)


def test_ring_and_grid_stand_where_they_are_published():
    np.testing.assert_allclose(np.linalg.norm(load_dataset("ring8").extras["modes"], axis=1), 1, rtol=1e-6)
    grid = {tuple(map(int, mode)) for mode in load_dataset("grid25").extras["modes"]}
    assert grid == {(a, b) for a in (-4, -2, 0, 2, 4) for b in (-4, -2, 0, 2, 4)}


def test_python_docs_read_as_text():
    data = load_dataset("python_docs_char")
    text = "".join(data.extras["characters"][data.train.x[:40].ravel()])
    assert 'The "assert" statement' in text
    assert data.extras["characters"].shape == (97,)
    assert np.mean(data.train.x == 96) < 1e-3


def test_python_docs_hold_no_paragraph_twice():
    paragraphs = characters.python_docs_text().split("\n\n")
    assert len(paragraphs) == len(set(paragraphs))


def test_a_python_without_its_help_texts_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)
    with pytest.raises(MissingDataError, match=r"lacks its module pydoc_data\.topics"):
        load_dataset("python_docs_char")


def test_a_python_with_fewer_help_texts_says_so(monkeypatch):
    import pydoc_data.topics

    monkeypatch.setattr(pydoc_data.topics, "topics", {"assert": "short"})
    with pytest.raises(MissingDataError, match=r"must hold 360000 characters\. Received: 5"):
        load_dataset("python_docs_char")


def test_source_code_is_that_of_the_module():
    data = load_dataset("python_modules", 2)
    first = data.train.x[data.train.y == 0]
    texts = {"".join(characters.DOCS_CHARACTERS[i] for i in row) for row in first}
    assert len(first) == 800
    assert all(text in inspect.getsource(argparse) for text in texts)


def test_a_python_without_the_source(monkeypatch):
    monkeypatch.setattr(source_code.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingDataError, match="source of argparse in this Python must hold 64000 characters"):
        source_code.python_modules(0)
