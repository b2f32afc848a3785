"""Out-of-distribution detection, calibration and conformal sets: on images, signals, tables and text.

command:   nnbench run ood                    (profile quick: 6,000 of 30,000 training images, 2 seeds)
           nnbench run ood --profile full     (all of them, 3 seeds)
data:      Fashion-MNIST through Keras, and the MNIST test images beside it; the rest is embedded, the text being source
           of Python's modules, which other modules and its help texts are foreign to
hardware:  two CPU cores, no GPU
time:      quick: seven minutes, see reports/ood, which holds this suite's results of such a machine (the table packed)
expected:  every case ok; temperature scaling lowers the NLL; conformal sets cover 90 %
n:         up to 10,000 samples of each set (quick: 1,000 to 2,000); 10 % of the training samples are kept for scalings
           and conformal sets

Near sets are held-out classes or permuted features, far ones other datasets, noise, shuffled pixels and constants; the
shifted ones keep their meaning, and count as known in the full spectrum. No detector sees a foreign sample before it
scores it, and none is tuned.
"""

from dataclasses import replace

from nnbench import Entry, Recipe, Suite

DETECTORS = (
    "msp", "max_logit", "energy", "entropy", "margin", "gen", "odin", "mahalanobis", "relative_mahalanobis", "knn",
    "vim", "residual", "react", "ash_b", "ash_p", "ash_s", "scale", "dice", "she", "fdbd", "nnguide", "klm", "gradnorm",
    "gram",
)  # fmt: skip
EVALUATIONS = (
    "quality",
    *(f"ood:{name}" for name in DETECTORS),
    "against:near",
    "against:far",
    "full_spectrum",
    *(f"calibration:{name}" for name in ("temperature", "vector", "isotonic")),
    *(f"conformal:{name}" for name in ("lac", "aps", "raps")),
)

BASE = Recipe(name="ood", schedule="cosine", validation_share=0.1, steps_per_execution=8)
QUICK = {"train_samples": 6_000, "test_samples": 1_000, "ood_samples": 2_000}
FASHION = replace(BASE, epochs=15, learning_rate=2e-3, ood_samples=10_000, profiles={"quick": {"epochs": 6, **QUICK}})
DIGITS = replace(BASE, batch_size=32, epochs=25, learning_rate=5e-3)
SIGNAL = replace(BASE, batch_size=100, epochs=40, learning_rate=1e-2)
TEXT = replace(BASE, batch_size=50, epochs=15, learning_rate=2e-3)
TABLE = replace(BASE, batch_size=16, epochs=15, learning_rate=1e-2, validation_share=0.2)

suite = Suite(
    "ood",
    [
        *(
            Entry(model, dataset, recipe, evaluations=EVALUATIONS)
            for dataset, recipe, models in (
                ("fashion_mnist_0to4", FASHION, ("mlp", "lenet5_relu", "mnist_convnet", "lstm", "vit_mini")),
                ("digits_0to4", DIGITS, ("mlp", "cnn_tiny", "lstm_tiny", "transformer_tiny")),
                ("mnist1d_0to4", SIGNAL, ("mnist1d_mlp", "mnist1d_cnn", "mnist1d_gru")),
                ("breast_cancer", TABLE, ("logistic_regression", "mlp")),
                ("wine", TABLE, ("mlp",)),
            )
            for model in models
        ),
        # No character stands for padding. Half of bert_tiny's width: the texts are few and short.
        Entry(
            "bert_tiny", "python_modules_0to4", TEXT, overrides={"width": 64, "padding": None}, evaluations=EVALUATIONS
        ),
    ],
    seeds={"smoke": 1, "quick": 2, "full": 3},
)
