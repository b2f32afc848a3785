"""Corruptions of inputs, under the name that users know; the room is `nnbench.shifts`.

`corrupt` applies one, `evaluate` measures a model under many, `summarize` gives mCE, `picture` shows them,
`right_answers` says which samples a classifier gets right, whatever it is; `COMMON`,
`EXTRA`, `MNIST_C`, `SIGNAL` and `TABLE` are the groups that results are stated over.
"""

from nnbench.shifts import (
    ALEXNET_IMAGENET_C,
    CLEAN,
    COMMON,
    EXTRA,
    MNIST_C,
    SEVERITIES,
    SIGNAL,
    TABLE,
    Answers,
    CorruptionSummary,
    Draws,
    ReferenceErrors,
    corrupt,
    evaluate,
    list_corruptions,
    picture,
    reference_errors,
    right_answers,
    standard_corruptions,
    summarize,
)

__all__ = [
    "ALEXNET_IMAGENET_C",
    "CLEAN",
    "COMMON",
    "EXTRA",
    "MNIST_C",
    "SEVERITIES",
    "SIGNAL",
    "TABLE",
    "Answers",
    "CorruptionSummary",
    "Draws",
    "ReferenceErrors",
    "corrupt",
    "evaluate",
    "list_corruptions",
    "picture",
    "reference_errors",
    "right_answers",
    "standard_corruptions",
    "summarize",
]
