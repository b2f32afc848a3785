"""Images: handwritten digits, clothes, CIFAR.

- MNIST: LeCun, Bottou, Bengio, Haffner (1998), Gradient-Based Learning Applied to Document Recognition.
- Fashion-MNIST: Xiao, Rasul, Vollgraf (2017), https://arxiv.org/abs/1708.07747.
- CIFAR-10 and CIFAR-100: Krizhevsky (2009), Learning Multiple Layers of Features from Tiny Images.
- SVHN: Netzer et al. (2011), Reading Digits in Natural Images with Unsupervised Feature Learning.
- Digits: Alpaydin, Kaynak (1998), Optical Recognition of Handwritten Digits, as scikit-learn ships it.

Pixels are float32 in [0, 1], (n, height, width, channels). The perturbations are those of Madry et al. (2018),
https://arxiv.org/abs/1706.06083, for MNIST and CIFAR, and the usual 0.1 for Fashion-MNIST.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from nnbench.core.dataset import Array, AttackSetting, Split, as_float32, register_dataset
from nnbench.core.errors import MissingDataError
from nnbench.core.lazy import keras
from nnbench.datasets._files import KERAS_MIRROR, DataFile, hashes, idx, through_keras, verify
from nnbench.datasets._splits import divide, held_out_size

MNIST_SOURCE = "https://yann.lecun.com/exdb/mnist/"
MNIST = DataFile(
    "mnist.npz",
    "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
    f"{KERAS_MIRROR}mnist.npz",
)
# As LeCun published them; read where all four are there, whatever they were packed by.
MNIST_ORIGINALS = tuple(
    DataFile(f"mnist/{name}", sha256, MNIST_SOURCE)
    for name, sha256 in {
        "train-images-idx3-ubyte.gz": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte.gz": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte.gz": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte.gz": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    }.items()
)
MNIST_TEST_IMAGES = DataFile(
    "mnist-t10k-images.npz", "ec7a32f9ac1b411e8b2096efcd6818d1e57160398a38d3272c1164a2d6a6228c", ""
)
FASHION_MNIST = tuple(
    DataFile(f"fashion-mnist/{name}", sha256, f"{KERAS_MIRROR}{name}")
    for name, sha256 in {
        "train-images-idx3-ubyte.gz": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte.gz": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3-ubyte.gz": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte.gz": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    }.items()
)
# Keras keeps the archive under this name and unpacks it anew at every call.
CIFAR10 = DataFile(
    "cifar-10-batches-py-target_archive",
    "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
)
CIFAR100 = DataFile(
    "cifar-100-python-target_archive",
    "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
    "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
)
SVHN_TEST = DataFile(
    "test_32x32.mat",
    "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
    "http://ufldl.stanford.edu/housenumbers/test_32x32.mat",
)

CIFAR_ATTACK = AttackSetting("linf", epsilon=8 / 255, steps=10, step_size=2 / 255)
CIFAR_SOURCE = "https://www.cs.toronto.edu/~kriz/cifar.html"


@register_dataset(
    "mnist",
    kind="image",
    task="classification",
    shape=(28, 28, 1),
    classes=10,
    bounds=(0.0, 1.0),
    sizes={"train": 60_000, "test": 10_000},
    source=MNIST_SOURCE,
    licence="CC-BY-SA-3.0",
    files=hashes(MNIST),
    attack=AttackSetting("linf", epsilon=0.3, steps=40, step_size=0.01),
    out_of_distribution=("fashion_mnist",),
    far=("fashion_mnist",),
)
def mnist(_seed: int) -> tuple[Split, Split]:
    """Handwritten digits, 28×28 grey, the published splits."""
    return _images(_mnist_bytes())


@register_dataset(
    "mnist_test_images",
    kind="image",
    task="classification",
    shape=(28, 28, 1),
    classes=None,
    bounds=(0.0, 1.0),
    sizes={"train": 0, "test": 10_000},
    source=MNIST_SOURCE,
    licence="CC-BY-SA-3.0",
    files=hashes(MNIST_TEST_IMAGES),
)
def mnist_test_images(_seed: int) -> tuple[Split, Split]:
    """MNIST's 10,000 test images without labels, to serve as an out-of-distribution set; nothing to train on."""
    x = _pixels(_mnist_test_pixels())
    return Split(x[:0], np.zeros(0, np.int32)), Split(x, np.zeros(len(x), np.int32))


@register_dataset(
    "fashion_mnist",
    kind="image",
    task="classification",
    shape=(28, 28, 1),
    classes=10,
    bounds=(0.0, 1.0),
    sizes={"train": 60_000, "test": 10_000},
    source="https://github.com/zalandoresearch/fashion-mnist",
    licence="MIT",
    files=hashes(*FASHION_MNIST),
    attack=AttackSetting("linf", epsilon=0.1, steps=20, step_size=0.01),
    out_of_distribution=("mnist_test_images",),
    far=("mnist_test_images",),
)
def fashion_mnist(_seed: int) -> tuple[Split, Split]:
    """Articles of clothing, 28×28 grey, the published splits."""
    return _images(through_keras(FASHION_MNIST, keras.datasets.fashion_mnist.load_data))


@register_dataset(
    "cifar10",
    kind="image",
    task="classification",
    shape=(32, 32, 3),
    classes=10,
    bounds=(0.0, 1.0),
    sizes={"train": 50_000, "test": 10_000},
    source=CIFAR_SOURCE,
    licence="none stated",
    files=hashes(CIFAR10),
    attack=CIFAR_ATTACK,
    out_of_distribution=("cifar100",),
    near=("cifar100",),
    far=("svhn_test_images",),
)
def cifar10(_seed: int) -> tuple[Split, Split]:
    """Photographs of ten kinds of thing, 32×32 colour, the published splits."""
    return _images(through_keras((CIFAR10,), keras.datasets.cifar10.load_data))


@register_dataset(
    "cifar100",
    kind="image",
    task="classification",
    shape=(32, 32, 3),
    classes=100,
    bounds=(0.0, 1.0),
    sizes={"train": 50_000, "test": 10_000},
    source=CIFAR_SOURCE,
    licence="none stated",
    files=hashes(CIFAR100),
    attack=CIFAR_ATTACK,
    out_of_distribution=("cifar10",),
    near=("cifar10",),
    far=("svhn_test_images",),
)
def cifar100(_seed: int) -> tuple[Split, Split]:
    """Photographs of a hundred kinds of thing (the fine labels), 32×32 colour, the published splits."""
    return _images(through_keras((CIFAR100,), keras.datasets.cifar100.load_data))


@register_dataset(
    "svhn_test_images",
    kind="image",
    task="classification",
    shape=(32, 32, 3),
    classes=10,
    bounds=(0.0, 1.0),
    sizes={"train": 0, "test": 26_032},
    source="http://ufldl.stanford.edu/housenumbers/",
    licence="non-commercial use only",
    files=hashes(SVHN_TEST),
)
def svhn_test_images(_seed: int) -> tuple[Split, Split]:
    """House numbers in street views, 32×32 colour, the published test split; nothing to train on."""
    from scipy.io import loadmat

    fetch = partial(keras.utils.get_file, SVHN_TEST.name, SVHN_TEST.address, file_hash=SVHN_TEST.sha256)
    arrays = loadmat(through_keras((SVHN_TEST,), fetch))
    x, y = _pixels(np.moveaxis(arrays["X"], -1, 0)), _labels(arrays["y"] % 10)  # 10 stands for the digit 0
    return Split(x[:0], y[:0]), Split(x, y)


@register_dataset(
    "digits",
    kind="image",
    task="classification",
    shape=(8, 8, 1),
    classes=10,
    bounds=(0.0, 1.0),
    sizes=held_out_size(1797),
    source="https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits",
    licence="CC-BY-4.0",
    attack=AttackSetting("linf", epsilon=0.1, steps=20, step_size=0.0125),
    out_of_distribution=("shift:permuted_features",),
)
def digits(seed: int) -> tuple[Split, Split]:
    """Handwritten digits, 8×8 grey with 17 levels, one in five held out by class."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return divide(as_float32(x / 16).reshape(-1, 8, 8, 1), y.astype(np.int32), seed, stratified=True)


def _mnist_test_pixels() -> Array:
    """Return (10000, 28, 28) bytes, from the file of images alone where it is there, else from the whole of MNIST."""
    if MNIST_TEST_IMAGES.path.exists():
        verify(MNIST_TEST_IMAGES)
        with np.load(MNIST_TEST_IMAGES.path) as arrays:
            images: Array = arrays["images"]
        return images
    try:
        _, (pixels, _) = _mnist_bytes()
    except MissingDataError as error:
        raise MissingDataError(
            f"{error}\nThe test images alone, an array `images` of bytes (10000, 28, 28), serve as well: "
            f"{MNIST_TEST_IMAGES.path} ({MNIST_TEST_IMAGES.hashed} {MNIST_TEST_IMAGES.sha256})."
        ) from None
    return np.asarray(pixels)


def _mnist_bytes() -> Any:
    """Return pairs of images (n, 28, 28) and labels (n,), for training and for testing."""
    if not all(file.path.exists() for file in MNIST_ORIGINALS):
        return through_keras((MNIST,), keras.datasets.mnist.load_data)
    arrays = [idx(file) for file in MNIST_ORIGINALS]
    return tuple(arrays[:2]), tuple(arrays[2:])


def _images(loaded: Any) -> tuple[Split, Split]:
    (x_train, y_train), (x_test, y_test) = loaded
    return Split(_pixels(x_train), _labels(y_train)), Split(_pixels(x_test), _labels(y_test))


def _pixels(x: Array) -> Array:
    """Turn bytes (n, h, w), (n, h, w, 3) or (n, 3, h, w) into float32 (n, h, w, channels) in [0, 1]."""
    if x.ndim == 3:
        x = x[..., np.newaxis]
    elif x.shape[-1] != 3:  # Keras is set to channels_first
        x = np.moveaxis(x, 1, -1)
    scaled: Array = np.divide(x, 255, dtype=np.float32)
    return np.ascontiguousarray(scaled)


def _labels(y: Array) -> Array:
    return np.ravel(y).astype(np.int32)
