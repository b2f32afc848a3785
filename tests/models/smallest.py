"""The smallest variant of every builder: quick to build and to train."""

from nnbench.core.catalog import list_models, model_info
from nnbench.core.model import FAMILIES
from nnbench.metrics.parameters import count_parameters


def smallest_of_families():
    """Return the smallest variant of each of the six main families."""
    found = {}
    for name in sorted(smallest_variants(), key=lambda name: model_info(name).parameters or 0):
        found.setdefault(model_info(name).family, name)
    return sorted(found[family] for family in FAMILIES[:6])


def smallest_variants(largest=100_000):
    """Return the names; a builder whose smallest variant has more than `largest` parameters is an error."""
    found = {}
    for name in list_models():
        info = model_info(name)
        size = info.parameters if info.parameters is not None else count_parameters(name).total
        found.setdefault(info.builder, []).append((size, name))
    smallest = [min(variants) for variants in found.values()]
    too_large = [name for size, name in smallest if size > largest]
    assert not too_large, f"these builders have no variant small enough to test: {too_large}"
    return sorted(name for _, name in smallest)
