"""`nnbench.benchmark`: a user's live model in this process, checked arguments."""

import numpy as np
import pytest

from nnbench.core.errors import ArgumentError, UnknownNameError
from nnbench.core.lazy import keras
from nnbench.core.recipe import Recipe
from nnbench.harness.bench import benchmark, planned_case
from nnbench.harness.options import RunOptions
from nnbench.results.load import load_results

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

PLAIN = ("quality", "throughput")


def live_model(classes=3, activation=None):
    keras.utils.set_random_seed(0)
    layers = [keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(classes, activation)]
    return keras.Sequential(layers, name="mine")


def case_of(model, dataset="iris", **options):
    return planned_case(model, dataset, suite="tests", options=RunOptions(), **options)[0].case


def test_a_live_model_is_trained_in_place_and_measured(tmp_path, backend):
    model = live_model()
    before = [w.copy() for w in model.get_weights()]
    attempt = benchmark(model, "iris", out=tmp_path, epochs=5, learning_rate=0.02, evaluations=PLAIN)
    assert attempt.ok, attempt.error
    assert attempt.family == "custom"
    assert (attempt.case.model, attempt.case.backend) == ("live:mine", backend)
    assert attempt["parameters"] == model.count_params() == 4 * 8 + 8 + 8 * 3 + 3
    assert any((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))
    assert len(attempt.curves["loss"]) == 5
    frame = load_results(tmp_path)
    assert frame.loc[frame["metric"] == "accuracy", "value"].tolist() == [attempt["accuracy"]]


def test_a_compiled_model_keeps_working_afterwards():
    model = live_model()
    model.compile("sgd", "mse")
    attempt = benchmark(model, "iris", epochs=2, evaluations=("quality",))
    assert attempt.ok, attempt.error
    assert model.predict(np.zeros((2, 4), "float32"), verbose=0).shape == (2, 3)


class WithoutGraph(keras.Model):
    """A subclassed model: it has no graph that could be counted or cut."""

    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(3)

    def call(self, inputs):
        return self.head(inputs)


def test_what_needs_a_graph_is_not_applicable_to_a_model_without_one():
    keras.utils.set_random_seed(0)
    model = WithoutGraph()
    model(np.zeros((1, 4), "float32"))
    attempt = benchmark(model, "iris", epochs=2)
    assert attempt.ok, attempt.error
    absent = {m.metric: m.reason for m in attempt.measurements if not m.applicable}
    assert {"flops", "pgd_accuracy", "ood_auroc_msp"} <= set(absent)
    assert all("without_graph" in reason for reason in absent.values())
    assert attempt["parameters"] == 15


def test_what_goes_wrong_in_this_process_is_an_attempt_too():
    attempt = benchmark(live_model(), "iris", epochs=2, optimizer="adamm")
    assert attempt.status == "error"
    assert attempt.reason.startswith("optimizer must be one that Keras knows")
    assert "Traceback" in attempt.error
    with pytest.raises(UnknownNameError, match="No 'accuracy': the attempt ended as error: optimizer must be"):
        attempt["accuracy"]


def test_one_network_cannot_be_trained_as_a_pair():
    attempt = benchmark(live_model(), "ring8", epochs=2)
    assert attempt.status == "error"
    assert attempt.reason.startswith("ring8 is a generation dataset")


def test_a_live_model_has_the_active_backend_and_no_other(backend):
    other = "jax" if backend != "jax" else "torch"
    with pytest.raises(ArgumentError, match=f"active backend, {backend}. Received: backend='{other}'"):
        benchmark(live_model(), "iris", backend=other)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"epoch": 3}, "There is no option 'epoch'. Did you mean 'epochs'"),
        ({"profile": "fast"}, "profile must be one of"),
        ({"device": "tpu"}, "device must be one of"),
        ({"backend": "tf"}, "backend must be one of"),
        ({"precision": "float8"}, "precision must be one of"),
        ({"evaluations": ("speed",)}, "evaluations must be among"),
    ],
)
def test_options_are_checked_at_once(options, said):
    with pytest.raises(ArgumentError, match=said):
        benchmark("mlp", "iris", **options)


@pytest.mark.parametrize(("model", "dataset"), [("mpl", "iris"), ("mlp", "irris")])
def test_unknown_names_are_answered_with_the_nearest(model, dataset):
    with pytest.raises(UnknownNameError, match="Did you mean"):
        benchmark(model, dataset)


def test_a_builder_goes_by_its_module_and_name():
    assert case_of(live_model).model == f"{__name__}:live_model"


def in_main(input_shape, classes): ...


in_main.__module__ = "__main__"


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (lambda input_shape, classes: None, "function at the top of a module"),
        (in_main, "cannot import 'in_main' from a script or a notebook"),
        (3, "model must be a name, module:function, a builder"),
    ],
)
def test_what_a_worker_could_not_import_is_refused(model, said):
    with pytest.raises(ArgumentError, match=said):
        case_of(model)


def test_recipe_fields_change_the_given_recipe():
    case = case_of("mlp", recipe=Recipe(name="mine", epochs=7), batch_size=5)
    assert (case.recipe.name, case.recipe.epochs, case.recipe.batch_size) == ("mine", 7, 5)
    assert case_of("mlp", overrides={"widths": (3,)}).overrides == {"widths": (3,)}
