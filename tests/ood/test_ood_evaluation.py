import keras
import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from nnbench.core.errors import ArgumentError, NotApplicableError, UnknownNameError
from nnbench.core.robustness import DETECTORS
from nnbench.ood import FeaturePass, evaluate, feature_pass, score_detectors
from nnbench.ood._scoring import chosen
from nnbench.ood.free_energy import Energy
from nnbench.ood.nearest_neighbors import NearestNeighbors
from nnbench.runtime.engine import engine

COLUMNS = [
    "detector", "dataset", "auroc", "auroc_low", "auroc_high", "aupr_oodpos", "aupr_idpos", "fpr95_oodpos", "n_id",
    "n_ood", "extra_forwards", "extra_backwards", "not_applicable",
]  # fmt: skip


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((4, 3))
    x = keras.layers.Conv1D(5, 2, activation="relu", name="features")(inputs)
    x = keras.layers.BatchNormalization()(keras.layers.Flatten()(x))
    return keras.Model(inputs, keras.layers.Dense(3, name="head")(keras.layers.Dropout(0.5, seed=0)(x)))


@pytest.fixture(scope="module")
def sets():
    rng = np.random.default_rng(0)
    return {
        "fit": rng.normal(size=(30, 4, 3)).astype(np.float32),
        "id": rng.normal(size=(50, 4, 3)).astype(np.float32),
        "far": (5 * rng.normal(size=(70, 4, 3))).astype(np.float32),
        "near": rng.normal(0.5, 1, size=(20, 4, 3)).astype(np.float32),
    }


def test_frame(model, sets):
    labels = np.zeros(30, int)
    outside = {"far": sets["far"], "near": sets["near"]}
    frame = evaluate(model, fit=(sets["fit"], labels), in_distribution=sets["id"], out_of_distribution=outside)
    assert list(frame.columns) == COLUMNS
    assert list(zip(frame["detector"], frame["dataset"], strict=True)) == [
        (detector, dataset) for detector in DETECTORS for dataset in outside
    ]
    assert (frame["n_id"] == 50).all()
    assert frame["n_ood"].tolist() == [70, 20] * len(list(DETECTORS))
    applied = frame[frame["not_applicable"] == ""]
    assert set(frame["detector"]) - set(applied["detector"]) == {"ensemble"}
    assert ((applied["auroc_low"] <= applied["auroc"]) & (applied["auroc"] <= applied["auroc_high"])).all()
    extra = applied.drop_duplicates("detector").set_index("detector")[["extra_forwards", "extra_backwards"]]
    assert extra.loc["odin"].tolist() == [2, 1]
    assert extra.loc["mc_dropout"].tolist() == [10, 0]
    assert (extra.drop(["odin", "mc_dropout"]) == 0).all(axis=None)


def test_each_sample_passes_once(model, sets, monkeypatch):
    passed = []
    forward = engine().forward

    def counted(given):
        run = forward(given)
        return lambda x: passed.append(len(x)) or run(x)

    monkeypatch.setattr(type(engine()), "forward", lambda self, given: counted(given))
    outside = {"far": sets["far"], "near": sets["near"]}
    names = [name for name in DETECTORS if name not in ("odin", "mc_dropout", "ensemble")]
    labels = np.arange(30) % 3
    evaluate(model, fit=(sets["fit"], labels), in_distribution=sets["id"], out_of_distribution=outside, detectors=names)
    assert passed == [128] * 4  # four sets, each within one padded batch


def test_reasons_stand_in_the_rows(model, sets):
    names = ["knn", "ensemble", "ash_s"]
    frame = evaluate(model, in_distribution=sets["id"], out_of_distribution={"far": sets["far"]}, detectors=names)
    rows = frame.set_index("detector")
    assert rows.loc["knn", "not_applicable"] == "learns from training samples, and fit is None"
    assert rows.loc["ensemble", "not_applicable"].startswith("needs further trained networks")
    assert rows.loc["ash_s", "not_applicable"] == ""
    assert rows.loc["knn"][["auroc", "fpr95_oodpos", "extra_forwards"]].isna().all()
    assert frame["n_ood"].tolist() == [70] * 3


def test_presets(model, sets):
    arguments = {"in_distribution": sets["id"], "out_of_distribution": {"far": sets["far"]}}
    fit = sets["fit"], np.arange(30) % 3
    frame = evaluate(model, fit=fit, **arguments, detectors=["vim", "react"], preset="openood-1.5")
    assert frame["not_applicable"].tolist() == ["needs more than 256 features; there are 15", ""]
    with pytest.raises(ArgumentError, match=r"preset must be None or one of oodeel, openood-1.5, .*'openood'"):
        evaluate(model, **arguments, preset="openood")


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        (None, {"vim": 0.99, "react": 90, "ash_b": 90, "scale": 85, "odin": 0.0014, "knn": 50}),
        ("openood-1.5", {"vim": 256, "react": 90, "ash_b": 90, "scale": 85, "odin": 0.0014, "knn": 50}),
        ("oodeel", {"vim": 0.99, "react": 80, "ash_b": 90, "scale": 85, "odin": 0.014, "knn": 50}),
        ("pytorch-ood", {"vim": 0.99, "react": 90, "ash_b": 65, "scale": 65, "odin": 0.0014, "knn": 50}),
        ("paper", {"vim": 512, "react": 90, "ash_b": 65, "scale": 85, "odin": 0.0014, "knn": 50}),
    ],
)
def test_hyperparameters_of_presets(preset, expected):
    named = {"vim": "principal", "odin": "noise", "knn": "k"}
    created = {name: create() for name, create in chosen(list(expected), preset)}
    assert {name: getattr(d, named.get(name, "percentile")) for name, d in created.items()} == expected


def test_numbers_are_those_of_sklearn(model, sets):
    frame = evaluate(model, in_distribution=sets["id"], out_of_distribution={"far": sets["far"]}, detectors=["energy"])
    logits = [keras.ops.convert_to_numpy(model(sets[key], training=False)) for key in ("id", "far")]
    scores = np.concatenate([Energy().score(None, z) for z in logits])
    is_far = np.repeat([0, 1], [50, 70])
    row = frame.iloc[0]
    assert row["auroc"] == pytest.approx(roc_auc_score(is_far, scores), abs=1e-3)
    assert row["aupr_oodpos"] == pytest.approx(average_precision_score(is_far, scores), abs=1e-3)
    assert row["aupr_idpos"] == pytest.approx(average_precision_score(1 - is_far, -scores), abs=1e-3)


def test_features_and_logits_are_the_models(model, sets):
    found = feature_pass(model, sets["far"], batch_size=32)
    np.testing.assert_allclose(found.logits, keras.ops.convert_to_numpy(model(sets["far"], training=False)), atol=1e-5)
    features = keras.Model(model.inputs[0], model.get_layer("features").output)(sets["far"])
    np.testing.assert_allclose(found.features, keras.ops.convert_to_numpy(features).reshape(70, -1), atol=1e-5)


def test_feature_layer_by_name_and_by_default(sets):
    inputs = keras.Input((4, 3))
    hidden = keras.layers.Dense(7, name="hidden")(keras.layers.Flatten(name="flat")(inputs))
    model = keras.Model(inputs, keras.layers.Dense(3)(hidden))
    assert feature_pass(model, sets["id"]).features.shape == (50, 7)
    assert feature_pass(model, sets["id"], feature_layer="flat").features.shape == (50, 12)
    with pytest.raises(ArgumentError, match=r"feature_layer must be one of .*flat, hidden.* Received: 'hiden'"):
        feature_pass(model, sets["id"], feature_layer="hiden")


def test_batch_size_changes_nothing(model, sets):
    large, small = (feature_pass(model, sets["id"], batch_size=b) for b in (128, 7))
    np.testing.assert_allclose(large.logits, small.logits, atol=1e-5)
    np.testing.assert_allclose(large.features, small.features, atol=1e-5)


def test_state_is_left_alone(model, sets):
    before = [keras.ops.convert_to_numpy(v.value).copy() for v in model.variables]
    names = ["energy", "odin"]
    evaluate(model, in_distribution=sets["id"], out_of_distribution={"far": sets["far"]}, detectors=names)
    for old, variable in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(old, keras.ops.convert_to_numpy(variable.value))


def test_sequential_models_of_tokens(sets):
    del sets
    model = keras.Sequential(
        [keras.Input((6,), dtype="int32"), keras.layers.Embedding(9, 4), keras.layers.GRU(5), keras.layers.Dense(3)]
    )
    found = feature_pass(model, np.zeros((4, 6), np.int32))
    assert (found.features.shape, found.logits.shape) == ((4, 5), (4, 3))


class Remembering:
    """A detector that needs features and a fit, and counts what it sees."""

    def __init__(self):
        self.seen = []

    def fit(self, features, logits, labels):
        self.seen.append((features.shape, labels.tolist()))
        self.centre = features.mean(axis=0)

    def score(self, features, logits):
        self.seen.append(features.shape)
        if not features.shape[1]:
            raise NotApplicableError("needs features")
        return np.linalg.norm(features - self.centre, axis=1)


def test_own_detectors_are_fitted_once_and_score_each_set_once(model, sets):
    mine = Remembering()
    outside = {"far": sets["far"], "near": sets["near"]}
    frame = evaluate(
        model,
        fit=(sets["fit"], np.arange(30) % 3),
        in_distribution=sets["id"],
        out_of_distribution=outside,
        detectors={"mine": mine, "hot": Energy(temperature=10)},
    )
    assert frame["detector"].tolist() == ["mine", "mine", "hot", "hot"]
    assert mine.seen == [((30, 15), (np.arange(30) % 3).tolist()), (50, 15), (70, 15), (20, 15)]


def test_logits_alone_are_enough():
    rng = np.random.default_rng(0)
    inside, outside = 5 * rng.normal(size=(40, 3)), rng.normal(size=(30, 3))
    rows = score_detectors(["energy"], None, FeaturePass.of_logits(inside), {"torn": FeaturePass.of_logits(outside)})
    expected = roc_auc_score(np.repeat([0, 1], [40, 30]), Energy().score(None, np.concatenate([inside, outside])))
    assert rows[0].auroc == pytest.approx(expected)
    assert (rows[0].detector, rows[0].dataset, rows[0].n_id, rows[0].n_ood) == ("energy", "torn", 40, 30)
    passes = FeaturePass.of_logits(inside), {"torn": FeaturePass.of_logits(outside)}
    mine, knn = score_detectors({"mine": Remembering(), "knn": NearestNeighbors()}, None, *passes)
    assert mine.not_applicable == "needs features"
    assert knn.not_applicable == "learns from training samples, and fit is None"
    fit = FeaturePass.of_logits(inside), np.zeros(40, int)
    knn, react, gram, odin = score_detectors(["knn", "react", "gram", "odin"], fit, *passes)
    assert knn.not_applicable == "needs features; there are logits alone"
    assert react.not_applicable == "needs the linear head of a model; there are logits alone"
    assert gram.not_applicable == "needs inner layers, which this pass did not keep"
    assert odin.not_applicable == "needs further passes through a model; there are logits alone"


class NotANumber(Energy):
    def score(self, features, logits):
        return np.full(len(logits), np.nan)


def test_one_sample_has_no_interval():
    one = FeaturePass.of_logits(np.array([[1.0, 2.0]]))
    row = score_detectors(["msp"], None, one, {"same": one})[0]
    assert row.auroc == 0.5
    assert np.isnan([row.auroc_low, row.auroc_high]).all()


@pytest.mark.parametrize(
    ("changed", "error", "text"),
    [
        ({"detectors": ["enrgy"]}, UnknownNameError, "Did you mean 'energy'"),
        ({"detectors": "energy"}, ArgumentError, 'detectors must be "all"'),
        ({"batch_size": 0}, ArgumentError, "batch_size must be at least 1"),
        ({"in_distribution": np.zeros((0, 4, 3))}, ArgumentError, "at least one sample"),
        ({"out_of_distribution": {"other": np.zeros((3, 5))}}, ArgumentError, r"other must be \(n, 4, 3\)"),
        ({"in_distribution": np.full((2, 4, 3), np.nan)}, ArgumentError, "logits must be finite"),
        ({"fit": (np.zeros((2, 4, 3)), np.array([0, 3]))}, ArgumentError, "integers from 0 to 2"),
        ({"fit": (np.zeros((2, 4, 3)), np.array([0]))}, ArgumentError, r"labels must be \(2,\)"),
        (
            {"detectors": {"bad": type("", (Energy,), {"score": lambda *a: np.full(50, np.nan)})()}},
            ArgumentError,
            "'bad'",
        ),
    ],
)
def test_refuses(model, sets, changed, error, text):
    arguments = {"in_distribution": sets["id"], "out_of_distribution": {"far": sets["far"]}} | changed
    with pytest.raises(error, match=text):
        evaluate(model, **arguments)


def test_probabilities_and_other_tasks_are_refused(sets):
    inputs = keras.Input((4, 3))
    flat = keras.layers.Flatten()(inputs)
    with pytest.raises(ArgumentError, match="model must give logits"):
        feature_pass(keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(flat)), sets["id"])
    with pytest.raises(ArgumentError, match="lie in"):
        feature_pass(keras.Model(inputs, keras.ops.softmax(keras.layers.Dense(3)(flat))), sets["id"])
    with pytest.raises(NotApplicableError, match="two or more classes"):
        feature_pass(keras.Model(inputs, keras.layers.Dense(1)(flat)), sets["id"])
    with pytest.raises(NotApplicableError, match="one input and one output"):
        feature_pass(keras.Sequential([keras.layers.Dense(3)]), sets["id"])
