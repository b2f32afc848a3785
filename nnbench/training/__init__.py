"""Recipes at work: supervised and language models by Keras's ``fit``, GANs by alternating steps,
classifiers robustly by steps on attacked batches."""
