"""Generalized entropy.

Liu, Lochman & Zach (2023), GEN: Pushing the Limits of Softmax-Based Out-of-Distribution Detection,
https://openaccess.thecvf.com/content/CVPR2023/html/Liu_GEN_Pushing_the_Limits_of_Softmax-Based_Out-of-Distribution_Detection_CVPR_2023_paper.html,
equation 2, over the largest probabilities as in their section 3.
"""

from __future__ import annotations

import numpy as np

from nnbench.core.dataset import Array
from nnbench.core.paper import Paper
from nnbench.core.robustness import register_detector
from nnbench.ood._bases import LogitDetector, require
from nnbench.ood._softmax import odds_against

PAPER = Paper(
    "GEN: Pushing the Limits of Softmax-Based Out-of-Distribution Detection",
    "Liu, Lochman & Zach",
    2023,
    "https://openaccess.thecvf.com/content/CVPR2023/html/"
    "Liu_GEN_Pushing_the_Limits_of_Softmax-Based_Out-of-Distribution_Detection_CVPR_2023_paper.html",
)


@register_detector("gen", paper=PAPER, presets={"pytorch-ood": {"top": None, "floor": 1e-7}})
class GeneralizedEntropy(LogitDetector):
    """Σ_k p_k^γ (1 − p_k)^γ over the largest softmax probabilities, ≥ 0; higher means more out-of-distribution.

    Args:
        gamma: γ, in (0, 1] in the paper.
        top: how many of the largest probabilities; all with None, and where there are fewer.
        floor: p_k and 1 − p_k are taken as at least this, in [0, 0.5).

    Raises:
        ArgumentError: `gamma` not above 0, `top` below 1, or `floor` outside [0, 0.5).
    """

    def __init__(self, *, gamma: float = 0.1, top: int | None = 100, floor: float = 0.0) -> None:
        require(gamma > 0, "gamma must be above 0", gamma)
        require(top is None or top >= 1, "top must be None or at least 1", top)
        require(0 <= floor < 0.5, "floor must lie in [0, 0.5)", floor)
        self.gamma, self.top, self.floor = gamma, top, floor

    def score(self, features: Array, logits: Array) -> Array:
        """See `LogitDetector.score`."""
        odds = odds_against(logits)
        others = odds.sum(axis=-1, keepdims=True)
        # Of the largest, 1 − p is the others' share: the difference would round to 0 where the model is sure.
        p = np.concatenate([odds, np.ones_like(others)], axis=-1) / (1 + others)
        rest = np.concatenate([1 - p[:, :-1], others / (1 + others)], axis=-1)
        top = len(p[0]) if self.top is None else self.top
        both = p.clip(self.floor, 1 - self.floor) * rest.clip(self.floor, 1 - self.floor)
        return np.asarray((both**self.gamma)[:, -top:].sum(axis=-1))
