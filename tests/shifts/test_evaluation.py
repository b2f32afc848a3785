"""A model under corruptions, and mCE by hand."""

import keras
import numpy as np
import pytest

from nnbench import corruptions
from nnbench.core.corruption_error import ReferenceErrors, corruption_error, mean_corruption_error
from nnbench.core.errors import ArgumentError, NotApplicableError, UnknownNameError

BOUNDS = (0.0, 1.0)


@pytest.fixture(scope="module")
def classifier():
    """Tells dark images from bright ones by their mean; half is the border."""
    inputs = keras.Input((8, 8, 1))
    head = keras.layers.Dense(2)
    model = keras.Model(inputs, head(keras.layers.GlobalAveragePooling2D()(inputs)))
    head.set_weights([np.array([[-1.0, 1.0]]), np.array([0.5, -0.5])])
    return model


def images():
    levels = np.linspace(0.05, 0.95, 30)
    x = np.broadcast_to(levels[:, None, None, None], (30, 8, 8, 1)).astype(np.float32)
    return x.copy(), (levels > 0.5).astype(int)


def evaluate(classifier, **options):
    x, y = images()
    return corruptions.evaluate(classifier, x, y, bounds=BOUNDS, **options)


def test_frame_of_the_common_corruptions(classifier):
    frame = evaluate(classifier)
    assert len(frame) == 1 + 15 * 5
    assert frame["corruption"].iloc[0] == "clean"
    assert frame["error"].iloc[0] == 0
    assert list(dict.fromkeys(frame["corruption"]))[1:] == list(corruptions.COMMON)
    assert ((frame["low"] <= frame["error"]) & (frame["error"] <= frame["high"])).all()
    bright = frame[frame["corruption"] == "brightness"]
    # Raising by c makes those between 1/2 - c and 1/2 wrong.
    levels = np.linspace(0.05, 0.95, 30)
    expected = [np.mean((levels > 0.5 - c) & (levels < 0.5)) for c in (0.05, 0.1, 0.15, 0.2, 0.3)]
    np.testing.assert_allclose(bright["error"], expected)
    assert bright["distance"].iloc[0] == pytest.approx(0.05, abs=0.005)


def test_batch_size_changes_nothing(classifier):
    frames = [evaluate(classifier, corruptions="shot_noise", batch_size=size) for size in (7, 128)]
    assert frames[0].equals(frames[1])


def test_published_severities(classifier):
    frame = evaluate(classifier, corruptions=["mnist_c", "fog"], severities="published")
    chosen = frame.groupby("corruption")["severity"].apply(list)
    assert chosen["rotate"] == [2]
    assert chosen["mnist_impulse_noise"] == [4]
    assert chosen["fog"] == [1, 2, 3, 4, 5]


def test_summary_against_a_named_reference(classifier):
    frame = evaluate(classifier, corruptions=["brightness", "contrast", "impulse_noise"])
    errors = {"brightness": (0.1,) * 5, "contrast": (0.2,) * 5, "impulse_noise": (0.4,) * 5}
    reference = ReferenceErrors("a reference", errors, clean=0.05)
    summary = corruptions.summarize(frame, reference)
    ours = frame.groupby("corruption")["error"].sum()
    ratios = [ours["brightness"] / 0.5, ours["contrast"] / 1.0, ours["impulse_noise"] / 2.0]
    assert summary.reference == "a reference"
    assert summary.mce == pytest.approx(np.mean(ratios))
    relative = [ours["brightness"] / 0.25, ours["contrast"] / 0.75, ours["impulse_noise"] / 1.75]
    assert summary.relative_mce == pytest.approx(np.mean(relative))
    assert summary.clean_accuracy == 1
    assert summary.worst == "brightness"
    assert summary.by_corruption["ce"].tolist() == pytest.approx(ratios)


def test_a_net_is_its_own_reference(classifier):
    frame = evaluate(classifier, corruptions=["brightness", "snow"])
    reference = corruptions.reference_errors(frame, "itself")
    summary = corruptions.summarize(frame, reference)
    assert (summary.mce, summary.relative_mce) == (1, 1)
    beside = evaluate(classifier, corruptions=["brightness", "snow"], reference=reference)
    np.testing.assert_array_equal(beside["reference_error"], beside["error"])
    assert set(beside["reference"]) == {"itself"}


def test_no_reference_no_mce(classifier):
    summary = corruptions.summarize(evaluate(classifier, corruptions="snow"))
    assert (summary.reference, summary.mce, summary.relative_mce) == (None, None, None)


def test_alexnets_errors_are_the_published_ones():
    """The means that evaluations of ImageNet-C divide by."""
    published = {
        "gaussian_noise": 0.886428,
        "shot_noise": 0.894468,
        "impulse_noise": 0.922640,
        "defocus_blur": 0.819880,
        "glass_blur": 0.826268,
        "motion_blur": 0.785948,
        "zoom_blur": 0.798360,
        "snow": 0.866816,
        "frost": 0.826572,
        "fog": 0.819324,
        "brightness": 0.564592,
        "contrast": 0.853204,
        "elastic_transform": 0.646056,
        "pixelate": 0.717840,
        "jpeg_compression": 0.606500,
    }
    found = {name: np.mean(errors) for name, errors in corruptions.ALEXNET_IMAGENET_C.errors.items()}
    assert found == pytest.approx(published)
    assert tuple(found) == corruptions.COMMON
    resnet50 = {name: (1 - accuracy,) * 5 for name, accuracy in {"brightness": 0.6802, "contrast": 0.3906}.items()}
    assert corruption_error(resnet50["brightness"], corruptions.ALEXNET_IMAGENET_C.errors["brightness"]) == (
        pytest.approx(0.5664, abs=1e-4)
    )
    assert mean_corruption_error(resnet50, corruptions.ALEXNET_IMAGENET_C) == pytest.approx(
        (0.5664 + 0.7143) / 2, abs=1e-4
    )


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"corruptions": "comon"}, ArgumentError, "corruptions must be a group .*Did you mean 'common'"),
        ({"severities": "paper"}, ArgumentError, "severities must be numbers from 1 to 5, or 'published'"),
        ({"corruptions": "fog", "severities": (6,)}, ArgumentError, "severity must be a whole number"),
        ({"corruptions": "fog", "batch_size": 0}, ArgumentError, "batch_size must be at least 1"),
    ],
)
def test_arguments_that_do_not_fit(classifier, options, error, text):
    with pytest.raises(error, match=text):
        evaluate(classifier, **options)


def test_inputs_and_models_that_do_not_fit(classifier):
    x, y = images()
    with pytest.raises(ArgumentError, match="labels must be integers from 0 to 1"):
        corruptions.evaluate(classifier, x, y + 1, bounds=BOUNDS)
    with pytest.raises(ArgumentError, match="x and y must hold as many samples"):
        corruptions.evaluate(classifier, x, y[:-1], bounds=BOUNDS)
    with pytest.raises(ArgumentError, match="bounds must be given"):
        corruptions.evaluate(classifier, x, y, corruptions="fog")
    inputs = keras.Input((8, 8, 1))
    with pytest.raises(NotApplicableError, match="two or more classes"):
        corruptions.evaluate(keras.Model(inputs, keras.layers.Flatten()(inputs)[:, :1]), x, y, bounds=BOUNDS)
    with pytest.raises(ArgumentError, match="corruptions must be stated"):
        corruptions.evaluate(classifier, x.reshape(30, -1), y)


def test_references_that_do_not_fit(classifier):
    frame = evaluate(classifier, corruptions=["fog", "snow"])
    with pytest.raises(ArgumentError, match="same severities. Received: 5 and 0"):
        corruptions.summarize(frame, ReferenceErrors("half", {"fog": (0.5,) * 5}, 0.1))
    with pytest.raises(ArgumentError, match="lacks 'snow'"):
        mean_corruption_error({"snow": (0.1,)}, ReferenceErrors("half", {"fog": (0.5,)}))
    with pytest.raises(ArgumentError, match="harmed by each corruption"):
        mean_corruption_error({"fog": (0.1,)}, ReferenceErrors("perfect", {"fog": (0.0,)}))
    with pytest.raises(ArgumentError, match="one row of clean samples"):
        corruptions.summarize(frame.iloc[1:])


def test_a_corruption_that_there_is_not():
    with pytest.raises(UnknownNameError, match="Did you mean 'frost'"):
        corruptions.corrupt(np.zeros((1, 8, 8, 1)), "forst", bounds=BOUNDS)
