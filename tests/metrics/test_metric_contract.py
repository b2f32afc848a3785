import pytest

from nnbench.core.metric import METRICS
from nnbench.testing.metrics import check_metric


@pytest.mark.parametrize("name", list(METRICS))
def test_contract(name):
    check_metric(name)


def test_built_in_metrics_are_there():
    assert {
        "accuracy", "nll", "brier", "ece", "rmse", "r2", "mae", "bits_per_character", "perplexity", "token_accuracy",
        "modes_covered", "high_quality_share", "reverse_kl", "energy_distance",
    } <= set(METRICS)  # fmt: skip


def test_metrics_are_attributes_of_the_package():
    import nnbench.metrics

    assert nnbench.metrics.accuracy is METRICS.get("accuracy").compute
    with pytest.raises(AttributeError, match="no attribute 'acuracy'"):
        nnbench.metrics.acuracy  # noqa: B018


def test_checker_notices_a_metric_that_depends_on_the_order():
    from nnbench.core.metric import MetricSpec

    broken = MetricSpec("first", "regression", lambda v, t: float(v[0]), "1", "higher", "The first value.")
    METRICS._specs["first"] = broken
    try:
        with pytest.raises(AssertionError, match="another order"):
            check_metric("first")
    finally:
        del METRICS._specs["first"]
