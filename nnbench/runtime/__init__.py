"""Gradients, training steps, devices, synchronisation and memory: the only room that names a backend."""
