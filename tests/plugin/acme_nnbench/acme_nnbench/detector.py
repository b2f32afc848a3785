"""Distance to the nearest class mean."""

import numpy as np

from nnbench import Paper, register_detector

PAPER = Paper("Distance-Based Image Classification", "Mensink et al.", 2013, "https://doi.org/10.1109/TPAMI.2013.83")


@register_detector("acme_nearest_mean", paper=PAPER)
class NearestMean:
    """Scores (n,): distance of features (n, d) to the nearest class mean; higher means more out-of-distribution."""

    def fit(self, features, logits, labels):
        """Take the mean of each class that occurs."""
        self.means = np.stack([features[labels == c].mean(axis=0, dtype=float) for c in np.unique(labels)])

    def score(self, features, logits):
        """Return distances (n,)."""
        return np.linalg.norm(features[:, None] - self.means, axis=2).min(axis=1)
