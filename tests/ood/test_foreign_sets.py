"""The sets that a classifier is tried on are what their names say, and start from what they are given alone."""

import numpy as np
import pytest

from nnbench import dataset_info, list_datasets, load_dataset
from nnbench.core.errors import ArgumentError, UnknownNameError
from nnbench.core.foreign import BY_KIND, GROUPS, foreign_sets
from nnbench.ood import foreign_samples

WHOLE = load_dataset("digits_0to4")
OF_KIND = {"image": "digits_0to4", "table": "wine", "signal": "mnist1d", "points": "two_moons"}


@pytest.mark.parametrize("kind", OF_KIND)
def test_every_set_of_a_kind_can_be_had(kind):
    data = load_dataset(OF_KIND[kind])
    test = data.test.x[:30]
    for name in {n for group in BY_KIND[kind].values() for n in group}:
        before = test.copy()
        found = foreign_samples(name, data.spec, test, seed=1)
        np.testing.assert_array_equal(test, before)
        assert found.shape == test.shape, name
        assert found.dtype == test.dtype, name
        assert data.spec.bounds[0] <= found.min() <= found.max() <= data.spec.bounds[1], name
        assert np.abs(found - test).max() > 0, name
        np.testing.assert_array_equal(found, foreign_samples(name, data.spec, test, seed=1))
        assert (found != foreign_samples(name, data.spec, test, seed=2)).any(), name


def test_the_table_is_of_what_there_is():
    for name in list_datasets():
        spec = dataset_info(name)
        sets = [n for group in GROUPS for n in foreign_sets(spec, group)]
        assert len(sets) == len(set(sets))
        assert name not in sets
    assert foreign_sets(WHOLE.spec, "near") == ("digits_5to9",)
    assert foreign_sets(dataset_info("fashion_mnist_0to4"), "far")[0] == "mnist_test_images"


def test_held_out_classes():
    found = foreign_samples("digits_5to9", WHOLE.spec, WHOLE.test.x[:50])
    np.testing.assert_array_equal(found, load_dataset("digits_5to9").test.x[:50])


def test_constant_images():
    found = foreign_samples("made:constant", WHOLE.spec, WHOLE.test.x)
    assert np.ptp(found.reshape(len(found), -1), axis=1).max() == 0
    assert 0.25 < found.std() < 0.33, "one value an image, uniform in [0, 1]"


def test_tilted_samples_are_real_ones_further_along_the_principal_axis():
    data = load_dataset("spirals")
    found = foreign_samples("made:tilted", data.spec, data.test.x, seed=3)
    assert {tuple(row) for row in found} <= {tuple(row) for row in data.test.x}
    centred = data.test.x - data.test.x.mean(0)
    axis = np.linalg.svd(centred, full_matrices=False)[2][0]
    moved = ((found - data.test.x.mean(0)) @ axis).mean() / (centred @ axis).std()
    assert 0.5 < abs(moved) < 1.5


def test_severities():
    mild, hard = (foreign_samples(f"shift:gaussian_noise{s}", WHOLE.spec, WHOLE.test.x) for s in (":1", ""))
    assert np.abs(mild - WHOLE.test.x).mean() < np.abs(hard - WHOLE.test.x).mean()
    np.testing.assert_array_equal(hard, foreign_samples("shift:gaussian_noise:5", WHOLE.spec, WHOLE.test.x))


def test_tokens():
    spec = dataset_info("reuters")
    test = np.ones((40, 200), np.int32)
    found = foreign_samples("made:random_tokens", spec, test)
    assert found.dtype == np.int32
    assert found.max() > 9000
    assert found.max() < spec.vocabulary


def test_another_corpus_keeps_to_the_vocabulary(monkeypatch):
    from nnbench.ood import _sets

    class Imdb:
        test = type("Split", (), {"x": np.full((5, 200), 15_000, np.int32)})

    monkeypatch.setattr(_sets, "load_dataset", lambda *_: Imdb)
    found = foreign_samples("imdb", dataset_info("reuters"), np.ones((3, 200), np.int32))
    np.testing.assert_array_equal(found, np.full((3, 200), 2))


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("shift:gaussian_noise:6", ArgumentError, "severity must be 1 to 5. Received: 'shift:gaussian_noise:6'"),
        ("made:constand", UnknownNameError, "Unknown set 'made:constand'; .* Did you mean 'constant'"),
        ("made:random_tokens", ArgumentError, "needs a dataset of tokens. Received: digits_0to4"),
        ("wine", ArgumentError, r"wine must hold samples of shape \(8, 8, 1\)"),
        ("digits_5to8", UnknownNameError, "Did you mean 'digits_5to9'"),
    ],
)
def test_refusals(name, error, message):
    with pytest.raises(error, match=message):
        foreign_samples(name, WHOLE.spec, WHOLE.test.x)


def test_constants_need_bounds():
    with pytest.raises(ArgumentError, match="made:constant needs a dataset with bounds. Received: reuters"):
        foreign_samples("made:constant", dataset_info("reuters"), np.ones((2, 200), np.int32))
