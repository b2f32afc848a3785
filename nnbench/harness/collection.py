"""A suite as pytest items, one per case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nnbench.core.errors import NnbenchError
from nnbench.core.suite import Suite
from nnbench.harness.bench import Bench
from nnbench.harness.plan import Planned, plan
from nnbench.harness.replay import replay
from nnbench.harness.runs import runs_of
from nnbench.harness.session import check_folder
from nnbench.results.record import Attempt


def suite_items(collector: Any, suite: Suite) -> list[pytest.Item]:
    """Return the items ``SUITE[model-dataset-backend-device-seed]``.

    Raises:
        pytest.Collector.CollectError: the suite names something that is not registered, or its results folder cannot
            be used.
    """
    runs = runs_of(collector.config)
    try:
        check_folder(runs.folder(suite.name))
        cases = plan(suite, runs.options)
    except NnbenchError as error:
        raise pytest.Collector.CollectError(f"suite {suite.name}: {error}") from None
    return [_item(collector, suite.name, planned) for planned in cases]


def _item(collector: Any, name: str, planned: Planned) -> pytest.Item:
    case = planned.case
    item: pytest.Function = pytest.Function.from_parent(
        collector, name=f"{name}[{label(planned)}]", callobj=_test(planned)
    )
    for marker, value in (("family", planned.family), ("dataset", case.dataset), ("backend", case.backend)):
        item.add_marker(getattr(pytest.mark, marker)(name=value))
    return item


def label(planned: Planned) -> str:
    """Return a case's readable name within its suite."""
    recipe = planned.case.recipe.name
    return planned.case.label if recipe == "default" else f"{planned.case.label}-{recipe}"


def _test(planned: Planned) -> Callable[[pytest.FixtureRequest, Bench], None]:
    def test(request: pytest.FixtureRequest, nnbench: Bench) -> None:
        del nnbench  # asked for only as the sign of a benchmark; see `nnbench.pytest_plugin`
        attempt = runs_of(request.config).run(planned)
        request.node.user_properties.append(("nnbench", attempt.id))
        conclude(attempt)
        replay(request, attempt.samples.get("latency", []))

    return test


def conclude(attempt: Attempt) -> None:
    """Fail or skip the running test as the attempt's status says."""
    __tracebackhide__ = True
    reason = f"{attempt.status}: {attempt.reason}"
    if attempt.failed:
        pytest.fail(f"{reason}\nagain: nnbench run --case {attempt.case.id}", pytrace=False)
    if not attempt.ok:
        pytest.skip(reason)
