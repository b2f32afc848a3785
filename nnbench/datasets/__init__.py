"""Datasets, one file per kind of data; each loader registers itself with its spec."""
