"""HotFlip: tokens replaced one by one, each chosen by the gradient.

Ebrahimi, Rao, Lowd & Dou (2018), HotFlip: White-box adversarial examples for text classification,
https://arxiv.org/abs/1712.06751. The gradient at the embedding's output gives, to first order, what replacing any token
by any other would do to the loss (their equations 2 to 6, for words section 5). They search by beam for a number of
flips. Ours passes the best few substitutions through the model and keeps those whose loss is truly highest, rather than
trusting the estimates; a position is changed at most once, so that edits are counted as differing tokens; and there is
no condition that a text keep its meaning, for which they ask a cosine similarity of .8 and the same part of speech: a
budget of edits bounds the change alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnbench.attacks import _result
from nnbench.attacks._objectives import error_log_odds_of
from nnbench.attacks._substitution import best_substitutions
from nnbench.attacks._token_network import TokenNetwork
from nnbench.attacks._token_result import TokenAttackResult
from nnbench.core.dataset import Array
from nnbench.core.errors import ArgumentError
from nnbench.core.paper import Paper
from nnbench.core.robustness import register_attack
from nnbench.metrics.arrays import class_labels, finite
from nnbench.metrics.logits import look_like_probabilities

PAPER = Paper(
    "HotFlip: White-box adversarial examples for text classification",
    "Ebrahimi, Rao, Lowd & Dou",
    2018,
    "https://arxiv.org/abs/1712.06751",
)
REPEATED = 4
TOLERANCE = 1e-4
ZERO_SHARE = 0.01


@register_attack("hotflip", reads="tokens", paper=PAPER)
def hotflip(
    model: Any,
    x: Array,
    y: Array,
    *,
    edits: int,
    beam: int = 1,
    candidates: int = 10,
    protected: Collection[int] = (0,),
    fixed: Array | None = None,
    seed: int = 0,
    batch_size: int = 128,
) -> TokenAttackResult:
    """Attack a classifier of tokens by replacing at most `edits` of them, and no more than it takes.

    Nothing is random: `seed` is taken and ignored, as every attack takes one.

    Args:
        model: a Keras model that reads tokens (n, length) through a ``keras.layers.Embedding`` and gives logits
            (n, classes); it is run with ``training=False``.
        x: (n, length) integer tokens.
        y: (n,) integer labels.
        edits: at most so many tokens of a text are replaced.
        beam: texts that each search goes on with after an edit; 1 is greedy.
        candidates: substitutions of each text in the beam that are tried in the model for every edit.
        protected: tokens that are neither replaced nor put in, such as padding.
        fixed: positions that stay as they are: booleans (length,) or (n, length).
        batch_size: texts per pass; changes the speed alone.

    Raises:
        ArgumentError: an argument outside what is accepted, tokens outside the vocabulary, or a model that gives
            probabilities.
        NotApplicableError: the model does not classify one input of tokens that an embedding reads.
    """
    del seed
    for name, value in (("edits", edits), ("beam", beam), ("candidates", candidates), ("batch_size", batch_size)):
        if value < 1:
            raise ArgumentError(f"{name} must be at least 1. Received: {value}.")
    texts, labels = _tokens(x), np.asarray(y)
    if labels.shape != (len(texts),):
        raise ArgumentError(f"x must be (n, length) and y (n,). Received: {texts.shape} and {labels.shape}.")
    network = TokenNetwork(model, texts, batch_size)
    search = _Search(network, texts, labels, _movable(texts, protected, fixed), protected, beam, candidates)
    return search.run(edits)


@dataclass(frozen=True)
class _Beam:
    """What is gone on with: texts (m, length), the sample (m,) that each belongs to."""

    texts: Array
    samples: Array


class _Search:
    """A beam search over all samples at once; a sample leaves it when its text fools the model.

    Attributes:
        best: (n, length) each sample's strongest attempt.
        fooled: (n,) whether it fools the model, or the model is wrong to begin with.
    """

    def __init__(
        self,
        network: TokenNetwork,
        texts: Array,
        labels: Array,
        movable: Array,
        protected: Collection[int],
        beam: int,
        candidates: int,
    ) -> None:
        self.network, self.texts, self.movable = network, texts, movable
        self.allowed = ~np.isin(np.arange(len(network.vectors)), list(protected))
        self.beam, self.candidates = beam, candidates
        logits = finite("the model's logits", network.logits(texts))
        if look_like_probabilities(logits):
            raise ArgumentError(
                "model must give logits, the values before the softmax. Received: outputs that lie in [0, 1] and sum "
                "to 1."
            )
        self.labels = class_labels(labels, logits.shape[1]).astype(np.int32)
        self.fooled: Array = np.not_equal(logits.argmax(axis=1), self.labels)
        self.right: Array = ~self.fooled
        self.best, self.loss = texts.copy(), error_log_odds_of(logits, self.labels)
        self.flags: list[str] = [_result.RANDOMISED] if self._randomised(logits) else []

    def run(self, edits: int) -> TokenAttackResult:
        """Return the outcome of at most `edits` rounds."""
        samples = np.flatnonzero(self.right)
        beam = _Beam(self.texts[samples], samples)
        for edit in range(edits):
            if not len(beam.samples):
                break
            gradient = self.network.gradient(beam.texts, self.labels[beam.samples])
            if not edit and (gradient == 0).all(axis=(1, 2)).mean() > ZERO_SHARE:
                self.flags.append(_result.ZERO_GRADIENT)
            beam = self._next(beam, gradient)
        return TokenAttackResult(
            x_adv=self.best,
            edits=(self.best != self.texts).sum(axis=1),
            success=self.fooled,
            clean_accuracy=float(self.right.mean()),
            robust_accuracy=float((~self.fooled).mean()),
            flags=tuple(self.flags),
            forwards=self.network.forwards,
            backwards=self.network.backwards,
        )

    def _next(self, beam: _Beam, gradient: Array) -> _Beam:
        """Try the best substitutions of every text; go on with the best of each sample that is not fooled yet."""
        movable = self.movable[beam.samples] & (beam.texts == self.texts[beam.samples])
        found = best_substitutions(gradient, self.network.vectors, beam.texts, movable, self.allowed, self.candidates)
        texts = found.applied(beam.texts)[found.usable]
        samples = np.repeat(beam.samples, found.usable.sum(axis=1))
        if not len(texts):
            return _Beam(texts, samples)
        logits = self.network.logits(texts)
        loss = self._offer(texts, samples, logits)
        # The best of each sample first; equal losses in the order in which they were found.
        order = np.lexsort((np.arange(len(loss)), -loss, samples))
        rank = np.arange(len(order)) - np.searchsorted(samples[order], samples[order])
        kept = order[(rank < self.beam) & ~self.fooled[samples[order]]]
        return _Beam(texts[kept], samples[kept])

    def _offer(self, texts: Array, samples: Array, logits: Array) -> Array:
        """Keep what is stronger than before, and return each text's loss (m,); that of a broken pass is −∞."""
        labels = self.labels[samples]
        usable: Array = np.asarray(np.isfinite(logits).all(axis=1))
        if not usable.all() and _result.NON_FINITE not in self.flags:
            self.flags.append(_result.NON_FINITE)
        loss = np.where(usable, error_log_odds_of(np.where(usable[:, None], logits, 0), labels), -np.inf)
        fools: Array = np.logical_and(logits.argmax(axis=1) != labels, usable)
        for i in np.lexsort((loss, fools)):  # the strongest last, so that it stays
            s = samples[i]
            if (fools[i], loss[i]) > (self.fooled[s], self.loss[s]):
                self.best[s], self.loss[s], self.fooled[s] = texts[i], loss[i], fools[i]
        return loss

    def _randomised(self, logits: Array) -> bool:
        again = self.network.logits(np.repeat(self.texts[:1], REPEATED, axis=0))
        spread = np.abs(again - logits[:1]).max()
        return bool(spread > TOLERANCE * max(1.0, float(np.abs(logits[:1]).max())))


def _tokens(x: Array) -> Array:
    texts = np.asarray(x)
    if texts.ndim != 2 or not texts.size:
        raise ArgumentError(f"x must be (n, length) tokens, with n ≥ 1. Received: {texts.shape}.")
    if (texts != texts.astype(np.int32)).any():
        raise ArgumentError(f"x must hold whole numbers, the tokens. Received: {texts.dtype} with fractions.")
    return texts.astype(np.int32)


def _movable(texts: Array, protected: Collection[int], fixed: Array | None) -> Array:
    movable = ~np.isin(texts, list(protected))
    if fixed is None:
        return movable
    try:
        return np.asarray(movable & ~np.broadcast_to(np.asarray(fixed, bool), texts.shape))
    except ValueError:
        raise ArgumentError(f"fixed must be (length,) or (n, length) booleans. Received: {np.shape(fixed)}.") from None
