"""Sequences from language models, token by token."""
