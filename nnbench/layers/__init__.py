"""Serialisable layers that Keras lacks. Builders import them while they build, so that listing loads no backend."""
