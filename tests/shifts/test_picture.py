"""Pictures of corruptions: what is drawn is what `corrupt` gives, on axes that are named."""

import numpy as np
import pytest

from nnbench import corruptions
from nnbench.core.errors import ArgumentError

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(size=(2, 8, 8, 1)).astype(np.float32)
SIGNALS = np.cumsum(RNG.normal(size=(5, 40)), axis=1)
TABLE = RNG.normal([0, 100, -5], [1, 20, 0.1], size=(6, 3))


def lines(axis):
    return [np.asarray(line.get_ydata()) for line in axis.lines]


def stems(axis):
    """Return the clean and the corrupted value of each column (columns, 2) of a table's panel."""
    return np.array([segment[:, 1] for segment in axis.collections[1].get_segments()])


def test_images_have_a_row_each_and_a_column_per_severity():
    figure = corruptions.picture(IMAGES, ["fog", "mnist_c"], bounds=(0, 1))
    axes = np.reshape(figure.axes, (16, 6))
    assert [a.get_title() for a in axes[0]] == ["clean", *(f"severity {s}" for s in range(1, 6))]
    assert axes[1, 0].get_ylabel() == "mnist\nshot\nnoise"
    shown = axes[0, 3].images[0].get_array()
    np.testing.assert_allclose(shown, corruptions.corrupt(IMAGES[:1], "fog", 3, bounds=(0, 1))[0, ..., 0], atol=1e-6)
    assert len(corruptions.picture(IMAGES, bounds=(0, 1)).axes) == 15 * 6


def test_signals_are_lines_over_the_clean_one():
    figure = corruptions.picture(SIGNALS, "signal", seed=3, unit="mV")
    axes = np.reshape(figure.axes, (10, 6))
    clean, corrupted = lines(axes[1, 5])
    np.testing.assert_array_equal(clean, SIGNALS[1])
    expected = corruptions.corrupt(SIGNALS, corruptions.SIGNAL[1], 5, 3)[1]
    np.testing.assert_array_equal(corrupted, expected)
    assert len(lines(axes[1, 0])) == 1
    assert axes[1, 0].get_ylim() == axes[1, 5].get_ylim() != axes[0, 0].get_ylim()
    assert (figure.get_supxlabel(), figure.get_supylabel()) == ("time (steps)", "value (mV)")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["clean", "corrupted"]


def test_channels_are_lines_of_their_own():
    axes = corruptions.picture(np.stack([SIGNALS, -SIGNALS], axis=-1)).axes
    assert len(axes) == 10 * 6
    assert len(lines(axes[1])) == 4


def test_tables_are_stems_in_standard_deviations():
    figure = corruptions.picture(TABLE[:2], "table", population=TABLE)
    axes = np.reshape(figure.axes, (7, 6))
    expected = corruptions.corrupt(TABLE[:2], "feature_noise", 4, population=TABLE)[0]
    both = (np.stack([TABLE[0], expected], axis=-1) - TABLE.mean(axis=0)[:, None]) / TABLE.std(axis=0)[:, None]
    np.testing.assert_allclose(stems(axes[0, 4]), both)
    assert (figure.get_supxlabel(), figure.get_supylabel()) == ("column", "standard deviations from the mean")


def test_a_column_that_does_not_vary_is_drawn():
    table = np.column_stack([TABLE, np.full(6, 7.0)])
    figure = corruptions.picture(table, "unit_errors")
    assert np.isfinite(figure.axes[0].get_ylim()).all()


def test_what_mixes_samples_is_shown_among_them():
    axes = np.reshape(corruptions.picture(SIGNALS, "permuted_features", kind="signal").axes, (1, 6))
    clean, corrupted = lines(axes[0, 5])
    assert (clean != corrupted).any()
    np.testing.assert_array_equal(corrupted, corruptions.corrupt(SIGNALS, "permuted_features", 5)[0])


@pytest.mark.parametrize(
    ("x", "options", "text"),
    [
        (SIGNALS[:0], {"corruptions": "signal"}, "x must hold at least one sample. Received: none."),
        (SIGNALS, {}, r"kind must be stated, 'signal' or 'table', for x of shape \(5, 40\)"),
        (SIGNALS, {"corruptions": "uniform_noise"}, "kind must be stated"),
        (SIGNALS, {"kind": "text"}, "kind must be one of image, signal, table. Received: 'text'."),
        (SIGNALS, {"corruptions": "signals"}, "corruptions must be a group"),
    ],
)
def test_arguments_that_do_not_fit(x, options, text):
    with pytest.raises(ArgumentError, match=text):
        corruptions.picture(x, **options)
