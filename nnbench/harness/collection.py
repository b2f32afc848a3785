"""A suite as pytest collects it: an item per case."""

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


class SuiteCollector(pytest.Collector):
    """A suite in a module: ``bench_quick.py::quick::model-dataset-backend-device-seed``, an item per case."""

    def __init__(self, *, suite: Suite, **options: Any) -> None:
        super().__init__(**options)
        self.suite = suite

    def collect(self) -> list[pytest.Item]:
        """Return the items.

        Raises:
            CollectError: the suite names something that is not registered, or its results folder cannot be used.
        """
        runs = runs_of(self.config)
        try:
            check_folder(runs.folder(self.suite.name))
            cases = plan(self.suite, runs.options)
        except NnbenchError as error:
            raise self.CollectError(f"suite {self.suite.name}: {error}") from None
        return [self._item(planned) for planned in cases]

    def _item(self, planned: Planned) -> pytest.Item:
        case = planned.case
        item: pytest.Function = pytest.Function.from_parent(self, name=label(planned), callobj=_test(planned))
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
