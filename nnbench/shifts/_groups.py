"""The sets of corruptions that results are stated over, and listing what is registered."""

from __future__ import annotations

from nnbench.core.errors import ArgumentError
from nnbench.core.registry import did_you_mean
from nnbench.core.robustness import CORRUPTIONS

COMMON = (
    "gaussian_noise",
    "shot_noise",
    "impulse_noise",
    "defocus_blur",
    "glass_blur",
    "motion_blur",
    "zoom_blur",
    "snow",
    "frost",
    "fog",
    "brightness",
    "contrast",
    "elastic_transform",
    "pixelate",
    "jpeg_compression",
)
"""The 15 of Hendrycks & Dietterich (2019), which mCE is the mean over, in the paper's order."""

EXTRA = ("speckle_noise", "gaussian_blur", "spatter", "saturate")
"""The four that the same paper keeps for validation."""

MNIST_C = (
    "mnist_shot_noise",
    "mnist_impulse_noise",
    "mnist_glass_blur",
    "mnist_motion_blur",
    "shear",
    "scale",
    "rotate",
    "mnist_brightness",
    "translate",
    "stripe",
    "mnist_fog",
    "mnist_spatter",
    "dotted_line",
    "zigzag",
    "canny_edges",
)
"""The 15 of Mu & Gilmer (2019); each is published at one severity, which its spec states."""

SIGNAL = (
    "signal_noise",
    "signal_spikes",
    "signal_shift",
    "time_warp",
    "amplitude_scaling",
    "baseline_drift",
    "span_dropout",
    "signal_smoothing",
    "resampling",
    "quantisation",
)
"""Analogues for signals; no paper fixes them."""

TABLE = (
    "feature_noise",
    "missing_values",
    "feature_replacement",
    "column_swap",
    "unit_errors",
    "covariate_shift",
    "rounded_features",
)
"""Analogues for tables; no paper fixes them."""

GROUPS = {"common": COMMON, "extra": EXTRA, "mnist_c": MNIST_C, "signal": SIGNAL, "table": TABLE}

STANDARD = {"image": COMMON, "signal": SIGNAL, "table": TABLE}
"""The group that results are stated over, by kind of dataset; other kinds have none."""


def list_corruptions(kind: str | None = None) -> list[str]:
    """Return the sorted names of registered corruptions.

    Args:
        kind: keep those that make sense for this kind of dataset: ``"image"``, ``"signal"``, ``"table"``,
            ``"tokens"``.
    """
    return [name for name in CORRUPTIONS if kind is None or kind in CORRUPTIONS.get(name).kinds]


def standard_corruptions(kind: str) -> tuple[str, ...]:
    """Return the group that results on a kind of dataset are stated over; empty where there is none."""
    return STANDARD.get(kind, ())


def named_group(name: str) -> tuple[str, ...]:
    """Return the corruptions of a group, or of the one registered corruption of that name.

    Raises:
        ArgumentError: neither a group nor a corruption.
    """
    if name in GROUPS:
        return GROUPS[name]
    if name in CORRUPTIONS:
        return (name,)
    hint = did_you_mean(name, [*GROUPS, *CORRUPTIONS])
    raise ArgumentError(
        f"corruptions must be a group ({', '.join(GROUPS)}) or names of corruptions. Received: {name!r}.{hint}"
    )
