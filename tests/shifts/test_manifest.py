"""Corruptions are the same to the bit on every machine."""

import importlib.util
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("manifest", Path(__file__).with_name("manifest.py"))
manifest = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(manifest)


def test_every_corruption_is_listed():
    assert list(manifest.read()) == manifest.rows()


@pytest.mark.parametrize(("name", "kind"), manifest.rows())
def test_hashes(name, kind):
    expected = manifest.read()[name, kind]
    assert {s: manifest.hash_of(name, kind, int(s)) for s in "12345"} == {s: expected[s] for s in "12345"}
