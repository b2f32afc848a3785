"""Corruptions and distribution shifts; public as ``nnbench.corruptions``."""

from nnbench.core.corruption_error import ReferenceErrors
from nnbench.shifts._answers import CLEAN, Answers, right_answers
from nnbench.shifts._corrupt import SEVERITIES, corrupt
from nnbench.shifts._draws import Draws
from nnbench.shifts._evaluation import CorruptionSummary, evaluate, reference_errors, summarize
from nnbench.shifts._groups import COMMON, EXTRA, MNIST_C, SIGNAL, TABLE, list_corruptions, standard_corruptions
from nnbench.shifts._picture import picture
from nnbench.shifts._references import ALEXNET_IMAGENET_C

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
