"""Running one stored case again, from its row alone."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from nnbench.core.case import Case
from nnbench.core.errors import UnknownNameError
from nnbench.core.registry import did_you_mean
from nnbench.core.suite import Entry
from nnbench.harness.options import RunOptions
from nnbench.harness.plan import Planned, family_of
from nnbench.harness.runs import stop_on_sigterm
from nnbench.harness.session import Session
from nnbench.results.load import load_attempts
from nnbench.results.store import FILE_NAME


def rerun(case_id: str, options: RunOptions) -> int:
    """Run a stored case once more, add the attempt to its results folder, and return the exit code.

    Args:
        options: ``out``, by default the folder under ``reports/`` that has the case; ``timeout``; ``memory_limit``.

    Raises:
        UnknownNameError: no results folder here has the case.
    """
    out = options.out
    folder, row = _find(case_id, [out] if out else sorted(p.parent for p in Path("reports").glob(f"*/{FILE_NAME}")))
    case = Case.from_dict(json.loads(row["case"]))
    entry = Entry(case.model, case.dataset, case.recipe, case.overrides, evaluations=case.evaluations)
    planned = Planned(case, entry, row["suite"], row["profile"], family_of(case.model))
    from nnbench.report.write import write_report

    stop_on_sigterm()
    try:
        with Session(folder, options, suite=row["suite"], profile=row["profile"]) as session:
            attempt = session.run_again(planned)
    finally:
        write_report(folder)
    print(f"{case.label}: {attempt.status} {attempt.reason}".rstrip(), file=sys.stderr)
    return 1 if attempt.failed else 0


def _find(case_id: str, folders: list[Path]) -> tuple[Path, dict[str, str]]:
    known: list[str] = []
    for folder in folders:
        rows = load_attempts(folder)
        for row in rows[rows["case_id"] == case_id].to_dict("records"):
            return folder, {str(k): v for k, v in row.items()}
        known += rows["case_id"].tolist()
    where = ", ".join(map(str, folders)) or "reports/"
    raise UnknownNameError(f"No case {case_id!r} in {where}.{did_you_mean(case_id, known)} --out names another folder.")
