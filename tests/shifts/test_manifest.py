"""Corruptions are the same to the bit on every machine."""

import manifest
import pytest


def test_every_corruption_is_listed():
    assert list(manifest.read()) == manifest.rows()


@pytest.mark.parametrize(("name", "kind"), manifest.rows())
def test_hashes(name, kind):
    expected = manifest.read()[name, kind]
    assert {s: manifest.hash_of(name, kind, int(s)) for s in "12345"} == {s: expected[s] for s in "12345"}
