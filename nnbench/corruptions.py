"""Corruptions of inputs, under the name that users know; the room is `nnbench.shifts`.

`corrupt` applies one, `evaluate` measures a model under many, `summarize` gives mCE, `picture` shows them; `COMMON`,
`EXTRA`, `MNIST_C`, `SIGNAL` and `TABLE` are the groups that results are stated over.
"""

from nnbench.shifts import (
    ALEXNET_IMAGENET_C,
    COMMON,
    EXTRA,
    MNIST_C,
    SIGNAL,
    TABLE,
    CorruptionSummary,
    Draws,
    ReferenceErrors,
    corrupt,
    evaluate,
    list_corruptions,
    picture,
    reference_errors,
    standard_corruptions,
    summarize,
)

__all__ = [
    "ALEXNET_IMAGENET_C",
    "COMMON",
    "EXTRA",
    "MNIST_C",
    "SIGNAL",
    "TABLE",
    "CorruptionSummary",
    "Draws",
    "ReferenceErrors",
    "corrupt",
    "evaluate",
    "list_corruptions",
    "picture",
    "reference_errors",
    "standard_corruptions",
    "summarize",
]
