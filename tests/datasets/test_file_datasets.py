"""What comes in files: read through Keras from small fabricated ones, missed or refused with one clear error."""

import gzip
import hashlib
import io
import os
import pickle
import shutil
import subprocess
import sys
import tarfile
import traceback
import urllib.error
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from nnbench.core.catalog import dataset_info, list_datasets, load_dataset
from nnbench.core.errors import MissingDataError
from nnbench.datasets import _files, characters, image, tabular, text
from nnbench.testing.datasets import check_dataset, check_splits

FROM_FILES = [name for name in list_datasets() if not dataset_info(name).embedded]
DEBIAN_FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of data in an empty Keras home, from which no address can be reached."""

    def refuse(address, *_):
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))
    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", refuse)
    (tmp_path / "datasets").mkdir()
    return tmp_path / "datasets"


@pytest.fixture
def trusting(monkeypatch):
    """Let Keras take fabricated files for the real ones."""
    monkeypatch.setattr("keras.src.utils.file_utils.validate_file", lambda *_, **__: True)


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def put(monkeypatch, module, constant, **arrays):
    """Write `arrays` where the file is expected, and expect its hash."""
    file = getattr(module, constant)
    np.savez(file.path, **arrays)
    monkeypatch.setattr(module, constant, replace(file, sha256=sha256(file.path)))


def grey(n):
    return np.random.default_rng(0).integers(0, 256, (n, 28, 28), dtype=np.uint8)


def test_mnist(folder, trusting, monkeypatch):
    x = grey(30)
    y = np.arange(30, dtype=np.uint8) % 10
    put(monkeypatch, image, "MNIST", x_train=x[:20], y_train=y[:20], x_test=x[20:], y_test=y[20:])
    data = load_dataset("mnist")
    check_splits(data)
    np.testing.assert_array_equal(np.round(data.test.x[..., 0] * 255), x[20:])
    np.testing.assert_array_equal(data.train.y, y[:20])


def test_mnist_in_its_four_original_files(folder, monkeypatch):
    x, y = grey(30), np.arange(30, dtype=np.uint8) % 10
    parts = [packed(part) for part in (x[:20], y[:20], x[20:], y[20:])]
    files = tuple(
        replace(f, sha256=hashlib.sha256(p).hexdigest()) for f, p in zip(image.MNIST_ORIGINALS, parts, strict=True)
    )
    (folder / "mnist").mkdir()
    for file, part in zip(files, parts, strict=True):
        file.path.write_bytes(gzip.compress(part))
    with pytest.raises(MissingDataError, match=r"train-images-idx3-ubyte\.gz is truncated or altered"):
        load_dataset("mnist")
    monkeypatch.setattr(image, "MNIST_ORIGINALS", files)
    data = load_dataset("mnist")
    check_splits(data)
    np.testing.assert_array_equal(np.round(data.train.x[..., 0] * 255), x[:20])
    np.testing.assert_array_equal(data.test.y, y[20:])
    np.testing.assert_array_equal(load_dataset("mnist_test_images").test.x, data.test.x)


def packed(array):
    """An IDX file of bytes."""
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def test_fashion_mnist(folder, monkeypatch):
    x, y = grey(30), np.arange(30, dtype=np.uint8) % 10
    parts = [bytes(16) + x[:20].tobytes(), bytes(8) + y[:20].tobytes()]
    parts += [bytes(16) + x[20:].tobytes(), bytes(8) + y[20:].tobytes()]
    files = tuple(
        replace(f, sha256=hashlib.sha256(p).hexdigest()) for f, p in zip(image.FASHION_MNIST, parts, strict=True)
    )
    (folder / "fashion-mnist").mkdir()
    for file, part in zip(files, parts, strict=True):
        file.path.write_bytes(gzip.compress(part))
    monkeypatch.setattr(image, "FASHION_MNIST", files)
    data = load_dataset("fashion_mnist")
    check_splits(data)
    np.testing.assert_array_equal(np.round(data.train.x[..., 0] * 255), x[:20])
    np.testing.assert_array_equal(data.test.y, y[20:])


@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
def test_cifar100(folder, trusting, monkeypatch, layout):
    pixels = np.random.default_rng(0).integers(0, 256, (100, 3, 32, 32), dtype=np.uint8)
    with tarfile.open(image.CIFAR100.path, "w:gz") as archive:
        for part in ("train", "test"):
            batch = {b"data": pixels.reshape(100, -1), b"fine_labels": list(range(100))}
            content = pickle.dumps(batch, protocol=3)
            info = tarfile.TarInfo(f"cifar-100-python/{part}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    monkeypatch.setattr(image, "CIFAR100", replace(image.CIFAR100, sha256=sha256(image.CIFAR100.path)))
    monkeypatch.setattr("keras.src.backend.config._IMAGE_DATA_FORMAT", layout)
    data = load_dataset("cifar100")
    np.testing.assert_array_equal(np.round(data.train.x * 255), pixels.transpose(0, 2, 3, 1))
    np.testing.assert_array_equal(data.test.y, np.arange(100))
    assert data.train.x.dtype == np.float32


def test_svhn(folder, trusting, monkeypatch):
    pixels = np.random.default_rng(0).integers(0, 256, (12, 32, 32, 3), dtype=np.uint8)
    labels = np.arange(1, 13)[:, None] % 11
    savemat(image.SVHN_TEST.path, {"X": np.moveaxis(pixels, 0, -1), "y": labels})
    monkeypatch.setattr(image, "SVHN_TEST", replace(image.SVHN_TEST, sha256=sha256(image.SVHN_TEST.path)))
    data = load_dataset("svhn_test_images")
    np.testing.assert_array_equal(np.round(data.test.x * 255), pixels)
    np.testing.assert_array_equal(data.test.y, [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 1])
    assert len(data.train) == 0


@pytest.mark.parametrize(("half", "shift"), [("0to4", 0), ("5to9", 5)])
def test_halves_hold_their_classes(folder, trusting, monkeypatch, half, shift):
    x, y = grey(40), np.arange(40, dtype=np.uint8) % 10
    put(monkeypatch, image, "MNIST", x_train=x[:20], y_train=y[:20], x_test=x[20:], y_test=y[20:])
    data = load_dataset(f"mnist_{half}")
    check_splits(data)
    chosen = (y[20:] >= shift) & (y[20:] < shift + 5)
    np.testing.assert_array_equal(np.round(data.test.x[..., 0] * 255), x[20:][chosen])
    np.testing.assert_array_equal(data.test.y, y[20:][chosen] - shift)


def ragged(*rows):
    array = np.empty(len(rows), dtype=object)
    array[:] = rows
    return array


def test_imdb(folder, trusting, monkeypatch):
    train, test = ragged([1, 14], list(range(1, 400))), ragged([5, 90_000], [7])
    put(monkeypatch, text, "IMDB", x_train=train, y_train=np.array([0, 1]), x_test=test, y_test=np.array([1, 0]))
    data = load_dataset("imdb")
    check_splits(data)
    rows = {tuple(row[row > 0]) for row in data.test.x}
    assert rows == {(1, 8, 2), (1, 10)}, "1 starts, 2 stands for a rare word, and words move by 3"
    assert (data.test.x[:, 0] == 0).all()
    assert max(row[-1] for row in data.train.x) == 402, "the end of a long text is kept"


def test_reuters(folder, trusting, monkeypatch):
    put(monkeypatch, text, "REUTERS", x=ragged(*([i, i + 1] for i in range(1, 61))), y=np.arange(60) % 46)
    data = load_dataset("reuters")
    assert (len(data.train), len(data.test)) == (48, 12)
    assert data.train.x.shape[1:] == data.spec.shape
    assert data.train.x.max() < data.spec.vocabulary


def test_california_housing(folder, trusting, monkeypatch):
    rng = np.random.default_rng(0)
    x, y = rng.normal(100, 30, (200, 8)).astype(np.float32), rng.normal(200_000, 90_000, 200).astype(np.float32)
    put(monkeypatch, tabular, "CALIFORNIA", x=x, y=y)
    data = load_dataset("california_housing")
    check_splits(data)
    np.testing.assert_allclose(data.train.x.mean(axis=0), 0, atol=1e-6)
    restored = np.concatenate([data.train.y, data.test.y]) * data.extras["target_std"] + data.extras["target_mean"]
    np.testing.assert_allclose(np.sort(restored), np.sort(y), rtol=1e-4)


def test_tiny_shakespeare(folder, monkeypatch):
    file = characters.SHAKESPEARE
    file.path.write_text(characters.SHAKESPEARE_CHARACTERS * 40, encoding="ascii")
    monkeypatch.setattr(characters, "SHAKESPEARE", replace(file, sha256=sha256(file.path)))
    data = load_dataset("tiny_shakespeare")
    assert data.train.x.shape == (36, 64), "2,340 characters train"
    assert data.test.x.shape == (4, 64)
    np.testing.assert_array_equal(data.train.x.ravel()[:65], np.arange(65))
    np.testing.assert_array_equal(data.train.y.ravel()[:64], np.arange(1, 65))


def test_mnist_test_images_stand_alone(folder, monkeypatch):
    images = grey(12)
    put(monkeypatch, image, "MNIST_TEST_IMAGES", images=images)
    data = load_dataset("mnist_test_images")
    check_splits(data)
    assert len(data.train) == 0
    np.testing.assert_array_equal(np.round(data.test.x[..., 0] * 255), images)


def test_mnist_test_images_come_from_mnist_too(folder, trusting, monkeypatch):
    x = grey(20)
    y = np.zeros(10, np.uint8)
    put(monkeypatch, image, "MNIST", x_train=x[:10], y_train=y, x_test=x[10:], y_test=y)
    np.testing.assert_array_equal(np.round(load_dataset("mnist_test_images").test.x[..., 0] * 255), x[10:])


@pytest.mark.parametrize("name", FROM_FILES)
def test_a_missing_file_gives_one_error_that_says_what_to_put_where(folder, capfd, name):
    with pytest.raises(MissingDataError) as caught:
        load_dataset(name)
    message = str(caught.value)
    for file, expected in dataset_info(name).files.items():
        assert str(folder / file) in message
        assert expected in message
    assert "://" in message
    assert "Name or service not known" in message
    assert "".join(traceback.format_exception(caught.value)).count("Traceback") == 1
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("name", FROM_FILES)
def test_a_truncated_file_is_refused_at_once(folder, name):
    file = next(iter(dataset_info(name).files))
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_bytes(b"PK")
    with pytest.raises(MissingDataError) as caught:
        load_dataset(name)
    message = str(caught.value)
    assert f"{folder / file} is truncated or altered" in message
    assert dataset_info(name).files[file] in message
    assert (folder / file).exists(), "what the user put there is left to the user"


def test_a_truncated_archive_is_refused(folder):
    file = image.FASHION_MNIST[0]
    file.path.parent.mkdir()
    file.path.write_bytes(gzip.compress(bytes(100_000))[:-20])
    with pytest.raises(
        MissingDataError, match=r"uncompressed SHA-256 .* an unreadable archive \(Compressed file ended"
    ):
        load_dataset("fashion_mnist")


def test_an_altered_download_is_refused(folder, monkeypatch):
    def deliver(address, target, *_):
        """One black image and its label: well formed, and not what is published."""
        Path(target).write_bytes(gzip.compress(bytes(16 + 784 if "images" in address else 8 + 1)))

    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", deliver)
    with pytest.raises(MissingDataError, match=r"train-images-idx3-ubyte\.gz is truncated or altered"):
        load_dataset("fashion_mnist")


def test_a_failure_with_all_files_in_place_is_not_called_missing_data(folder, trusting, monkeypatch):
    put(monkeypatch, image, "MNIST", nothing=np.zeros(1))
    with pytest.raises(KeyError):
        load_dataset("mnist")


def test_keras_talks_again_afterwards(folder):
    import keras

    before = keras.config.is_interactive_logging_enabled()
    with pytest.raises(MissingDataError):
        load_dataset("mnist")
    assert keras.config.is_interactive_logging_enabled() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write to every folder")
def test_a_home_that_cannot_be_written_to_is_left_for_keras_own_refuge(tmp_path, monkeypatch):
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))
    tmp_path.chmod(0o500)
    assert _files.data_folder() == Path("/tmp/.keras/datasets")


def test_the_environment_decides_on_the_home(tmp_path):
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "mnist.npz").write_bytes(b"short")
    code = """
from nnbench.core.catalog import load_dataset
from nnbench.core.errors import MissingDataError
try:
    load_dataset("mnist")
except MissingDataError as error:
    print(error)
"""
    environment = {**os.environ, "KERAS_HOME": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    assert f"{tmp_path}/datasets/mnist.npz is truncated or altered" in result.stdout


@pytest.mark.skipif(not DEBIAN_FASHION_MNIST.exists(), reason="the Debian package dataset-fashion-mnist is not there")
def test_the_real_fashion_mnist(folder):
    shutil.copytree(DEBIAN_FASHION_MNIST, folder / "fashion-mnist")
    check_dataset("fashion_mnist")
    check_splits(load_dataset("fashion_mnist_5to9"))
    data = load_dataset("fashion_mnist")
    np.testing.assert_array_equal(data.test.y[:10], [9, 2, 1, 1, 6, 1, 4, 6, 5, 7])
    assert data.train.x.mean() == pytest.approx(0.2860, abs=1e-4), "the mean that is published for normalisation"


@pytest.mark.parametrize("name", [n for n in FROM_FILES if not n.startswith("fashion_mnist")])
def test_the_real_files_where_they_are(name):
    files = dataset_info(name).files
    absent = [file for file in files if not (_files.data_folder() / file).exists()]
    if absent:
        pytest.skip(f"the Keras home lacks {', '.join(absent)}")
    check_dataset(name)
