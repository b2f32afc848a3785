"""Images changed at random while a model trains."""

import numpy as np
import pytest

from nnbench.core.dataset import Split
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.core.recipe import Recipe
from nnbench.training.augmentation import AugmentedBatches, crop, flip
from nnbench.training.supervised import fit

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def images(n=40, height=16, width=12, channels=2):
    return np.random.default_rng(0).random((n, height, width, channels)).astype("float32")


def split(n=40):
    return Split(images(n), np.arange(n) % 3)


def test_an_image_is_mirrored_left_to_right_or_left_alone():
    x = images(400)
    changed = flip(x, np.random.default_rng(1))
    mirrored = (changed == x[:, :, ::-1]).all((1, 2, 3))
    kept = (changed == x).all((1, 2, 3))
    assert (mirrored ^ kept).all()
    assert 0.4 < mirrored.mean() < 0.6


def test_a_crop_moves_each_image_by_at_most_an_eighth_of_its_height():
    x = images(300)
    changed = crop(x, np.random.default_rng(1))
    assert changed.shape == x.shape
    padded = np.pad(x, ((0, 0), (2, 2), (2, 2), (0, 0)))
    places = {(top, left): padded[:, top : top + 16, left : left + 12] for top in range(5) for left in range(5)}
    found = np.stack([(changed == moved).all((1, 2, 3)) for moved in places.values()])
    assert found.any(0).all()
    assert found.any(1).all()  # every place occurs


def test_batches_hold_every_sample_once_an_epoch_in_another_order():
    batches = AugmentedBatches(split(), batch_size=16, augment=(), seed=0)
    labels = np.arange(40)
    batches._split = Split(batches._split.x, labels)
    epochs = []
    for _ in range(2):
        epochs.append(np.concatenate([batches[i][1] for i in range(len(batches))]))
        batches.on_epoch_end()
    assert len(batches) == 3
    assert [sorted(e) for e in epochs] == [labels.tolist()] * 2
    assert (epochs[0] != epochs[1]).any()


def test_the_seed_repeats_the_batches():
    one, two, other = (AugmentedBatches(split(), batch_size=16, augment=("crop", "flip"), seed=s) for s in (3, 3, 4))
    first = one[0][0]
    np.testing.assert_array_equal(first, two[0][0])
    assert (first != other[0][0]).any()


@pytest.mark.parametrize(
    ("augment", "x", "said"),
    [
        (("flop",), images(), "augment must be among crop, flip. Received: 'flop'. Did you mean 'flip'"),
        (("flip",), np.zeros((5, 8)), r"augment needs images \(n, height, width, channels\)\. Received: \(5, 8\)"),
    ],
)
def test_what_cannot_be_augmented_is_refused(augment, x, said):
    with pytest.raises(ArgumentError, match=said):
        AugmentedBatches(Split(x, np.zeros(len(x))), batch_size=2, augment=augment, seed=0)


def trained(seed):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((16, 12, 2)), keras.layers.Flatten(), keras.layers.Dense(3)])
    recipe = Recipe(batch_size=16, epochs=2, augment=("crop", "flip"))
    record = fit(model, split(), recipe, task="classification", seed=seed)
    return record, model.get_weights()


def test_an_augmented_training_repeats_by_its_seed():
    (one, weights), (two, same), (other, _) = trained(1), trained(1), trained(2)
    assert one.curves == two.curves
    for a, b in zip(weights, same, strict=True):
        np.testing.assert_array_equal(a, b)
    assert one.curves != other.curves
    assert one.steady_samples == 40
