"""Adversarially robust training: every batch is moved by an attack before the weights learn from it.

One file per method (`fast`, `madry`, `trades`) holds its start and its loss; the ball, the attack and the loop are
shared. The attack is part of the compiled training step, so that nothing returns to Python between its steps.
"""
