"""Options, checked before anything starts."""

from pathlib import Path

import pytest

from nnbench.core.errors import ArgumentError
from nnbench.harness.options import RunOptions, parse_bytes, parse_names, parse_options, parse_seconds, parse_seeds


@pytest.mark.parametrize(
    ("text", "seeds"), [("3", (0, 1, 2)), ("1", (0,)), ("0,5,7", (0, 5, 7)), ("4,", (4,)), (" 2 , 1 ", (2, 1))]
)
def test_seeds_are_a_count_or_a_list(text, seeds):
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "0", "-1", "three", "1.5", "1,x", "1,-2", ","])
def test_other_seeds_are_refused(text):
    with pytest.raises(ArgumentError, match="seeds must be a count such as 3, or a list such as 0,1,2"):
        parse_seeds(text)


@pytest.mark.parametrize(
    ("text", "size"), [("8G", 2**33), ("512M", 2**29), ("1.5g", 3 * 2**29), ("1000000", 1_000_000), ("2k", 2048)]
)
def test_sizes(text, size):
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "lots", "G", "-1G", "0", "nan", "inf"])
def test_other_sizes_are_refused(text):
    with pytest.raises(ArgumentError, match="memory-limit must be a size such as 8G or 512M"):
        parse_bytes(text)


@pytest.mark.parametrize("text", ["0", "-3", "soon", "nan", "inf", ""])
def test_a_timeout_is_a_positive_number(text):
    with pytest.raises(ArgumentError, match="timeout must be a positive number of seconds"):
        parse_seconds(text)


def test_names_are_split_without_blanks_and_repeats():
    assert parse_names("jax, torch,,jax") == ("jax", "torch")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"backends": ("jaxx",)},
            "backend must be one of tensorflow, jax, torch. Received: 'jaxx'. Did you mean 'jax'",
        ),
        ({"backends": ()}, "backend must be one of tensorflow, jax, torch. Received: ''"),
        ({"devices": ("tpu",)}, "device must be one of cpu, gpu. Received: 'tpu'"),
        ({"devices": ()}, "device must be one of cpu, gpu. Received: ''"),
        ({"profile": "fast"}, "profile must be one of smoke, quick, full. Received: 'fast'"),
        ({"precision": "int3"}, "precision must be one of float32, .*Received: 'int3'"),
    ],
)
def test_values_outside_what_is_accepted_are_refused(given, said):
    with pytest.raises(ArgumentError, match=said):
        RunOptions(**given)


def test_typed_options_become_fields():
    found = parse_options(
        {"backend": "jax,torch", "seeds": "2", "out": "somewhere", "timeout": "7", "memory_limit": "1G"}
    )
    assert found.backends == ("jax", "torch")
    assert found.seeds == (0, 1)
    assert found.out == Path("somewhere")
    assert (found.timeout, found.memory_limit) == (7.0, 2**30)
    assert found.profile is None
