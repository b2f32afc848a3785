"""Attempts as they are kept: the record, the store, the environment. Imports no backend."""
