"""Fast adversarial training: one long step from a random point.

Wong, Rice & Kolter (2020), Fast is better than free: revisiting adversarial training,
https://arxiv.org/abs/2001.03994, algorithm 3: a start uniform in the ball, one step of 1.25 ε along the sign of the
gradient, projected. Such training can collapse within an epoch to a net that one step cannot fool and several can
("catastrophic overfitting"); `nnbench.training.robust.early_stopping` ends it there, as the authors' code does.

As in their code, the attack runs in training mode: it has to fool the normalisation by batch statistics that the
weights then learn with. Ours leaves the moving statistics to the learning pass alone, where theirs also takes up the
half-moved inputs of the attack's pass.
"""

from __future__ import annotations

STEPS = 1
STEP = 1.25
"""Length of the step as a share of the radius."""
