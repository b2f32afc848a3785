"""A project of its own that borrows builders: trains a classifier on a folder of images or on a CSV, and saves it.

python train.py images FOLDER MODEL.keras      FOLDER has one folder of images per class
python train.py table FILE.csv MODEL.keras     the last column is the class
"""

import json
import sys
from pathlib import Path

import keras
import numpy as np
import pandas as pd

import nnbench

SIDE = 32


def read_images(folder):
    """Return images (n, side, side, 3) in [0, 1], labels and the names of the classes."""
    classes = sorted(path.name for path in Path(folder).iterdir() if path.is_dir())
    files = [(path, label) for label, name in enumerate(classes) for path in sorted((Path(folder) / name).iterdir())]
    images = [keras.utils.img_to_array(keras.utils.load_img(path, target_size=(SIDE, SIDE))) for path, _ in files]
    return np.stack(images) / 255, np.array([label for _, label in files]), classes


def read_table(file):
    """Return standardised columns (n, columns), labels and the names of the classes."""
    frame = pd.read_csv(file)
    x = frame.iloc[:, :-1].to_numpy("float32")
    labels, classes = pd.factorize(frame.iloc[:, -1], sort=True)
    return (x - x.mean(0)) / (x.std(0) + 1e-6), labels, [str(name) for name in classes]


def network(kind, x, classes):
    """Return a builder's network with a head of its own."""
    if kind == "table":
        return nnbench.create_model("mlp", input_shape=x.shape[1:], classes=classes)
    backbone = nnbench.create_model("resnet_tiny", input_shape=x.shape[1:])  # its own ten classes …
    return nnbench.replace_head(backbone, classes)  # … and ours


def main(kind, source, target):
    x, y, classes = {"images": read_images, "table": read_table}[kind](source)
    keras.utils.set_random_seed(0)
    order = np.random.default_rng(0).permutation(len(x))
    model = network(kind, x, len(classes))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(3e-3), loss, metrics=["accuracy"])
    history = model.fit(x[order], y[order], epochs=30, batch_size=16, verbose=0)
    model.save(target)
    Path(target).with_suffix(".json").write_text(json.dumps(classes))
    print(f"accuracy {history.history['accuracy'][-1]:.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
