"""The contract finds each fault that it is there to find."""

from dataclasses import replace

import numpy as np
import pytest

from nnbench.core.catalog import dataset_info, load_dataset
from nnbench.core.content import content_hash
from nnbench.core.dataset import DATASETS, AttackSetting, Split, register_dataset
from nnbench.testing.datasets import check_dataset, check_dataset_spec, check_splits

SPEC_FAULTS = {
    "no docstring": {"summary": ""},
    "kind must be": {"kind": "picture"},
    "task must be": {"task": "guessing"},
    "no source": {"source": ""},
    "no licence": {"licence": ""},
    "no shape": {"shape": ()},
    "positive integers": {"shape": (0,)},
    "no bounds": {"bounds": None},
    r"bounds must be \(low, high\)": {"bounds": (1.0, 0.0)},
    "tokens need a vocabulary": {"kind": "tokens"},
    "classes must be 1": {"task": "regression"},
    "the norm must be": {"attack": AttackSetting("linfinity", 0.1, 10, 0.02)},
    "a step must be": {"attack": AttackSetting("linf", 0.1, 10, 0.2)},
    "do not reach epsilon": {"attack": AttackSetting("linf", 0.1, 10, 0.001)},
    "must have shape": {"out_of_distribution": ("wine",)},
    "is for": {"out_of_distribution": ("shift:shuffled_pixels",)},
    "is no SHA-256": {"files": {"iris.csv": "md5"}},
}


@pytest.mark.parametrize("fault", SPEC_FAULTS)
def test_a_wrong_spec(fault):
    with pytest.raises(AssertionError, match=fault):
        check_dataset_spec(replace(dataset_info("iris"), **SPEC_FAULTS[fault]))


def test_a_fingerprint_that_changes():
    answers = iter("ab")
    with pytest.raises(AssertionError, match="fingerprint differs"):
        check_dataset_spec(replace(dataset_info("iris"), fingerprint=lambda: next(answers)))


def changed(name, **arrays):
    data = load_dataset(name)
    return replace(data, train=replace(data.train, **{k: f(getattr(data.train, k)) for k, f in arrays.items()}))


def with_value(array, value):
    array.flat[0] = value
    return array


FAULTS = {
    "samples but": changed("iris", y=lambda y: y[:-1]),
    "shape must be": changed("iris", x=lambda x: x[:, :3]),
    "x must be float32": changed("iris", x=lambda x: x.astype(np.float64)),
    "not finite": changed("iris", x=lambda x: with_value(x, np.nan)),
    "x must be at least": changed("iris", x=lambda x: with_value(x, -100)),
    "x must be at most": changed("iris", x=lambda x: with_value(x, 100)),
    "y must be integers": changed("iris", y=lambda y: y.astype(np.float32)),
    "y must be at least 0": changed("iris", y=lambda y: with_value(y, -1)),
    "y must be less than 3": changed("iris", y=lambda y: with_value(y, 3)),
    r"lacks the classes \[2\]": changed("iris", y=lambda y: np.minimum(y, 1)),
    r"y must be \(n,\)": changed("iris", y=lambda y: y[:, None]),
    "y must be float32": changed("diabetes", y=lambda y: y.astype(np.float64)),
    "y holds values": changed("diabetes", y=lambda y: with_value(y, np.inf)),
    "x must be at most 96": changed("python_docs_char", x=lambda x: with_value(x, 97)),
    "x must be int32": changed("python_docs_char", x=lambda x: x.astype(np.int64)),
    "tokens that follow": changed("python_docs_char", y=lambda y: with_value(y, 95)),
    "all modes": changed("ring8", y=lambda y: y % 4),
    "far from the mode": changed("ring8", y=lambda y: (y + 1) % 8),
    "occur in training": (lambda d: replace(d, test=d.train))(load_dataset("iris")),
    "must be an array": (lambda d: replace(d, extras={"modes": [1]}))(load_dataset("iris")),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_wrong_arrays(fault):
    with pytest.raises(AssertionError, match=fault):
        check_splits(FAULTS[fault])


@pytest.fixture
def registered():
    """Register a dataset for the length of a test."""
    names = []

    def register(loader, **spec):
        iris = dataset_info("iris")
        known = {k: getattr(iris, k) for k in ("kind", "task", "shape", "classes", "bounds", "source", "licence")}
        names.append(loader.__name__)
        register_dataset(loader.__name__, **{**known, **spec})(loader)
        return loader.__name__

    yield register
    for name in names:
        del DATASETS._specs[name]


def test_a_third_partys_dataset_passes(registered):
    def mine(seed):
        """Mine."""
        data = load_dataset("iris", seed)
        return data.train, data.test

    check_dataset(registered(mine))


def test_sizes_that_are_not_those_stated(registered):
    def short(seed):
        """Shorter than stated."""
        data = load_dataset("iris", seed)
        return data.train.take(100), data.test

    with pytest.raises(AssertionError, match="sizes must be"):
        check_dataset(registered(short, sizes={"train": 120, "test": 30}))


def test_a_loader_that_forgets_its_seed(registered):
    def moody(seed):
        """Not the same twice."""
        x = np.random.default_rng().uniform(-1, 1, (150, 4)).astype(np.float32)
        y = np.arange(150, dtype=np.int32) % 3
        return Split(x[:120], y[:120]), Split(x[120:], y[120:])

    with pytest.raises(AssertionError, match="twice gives different"):
        check_dataset(registered(moody))


def test_content_hash_is_stable_and_covers_what_decides_the_content():
    spec = dataset_info("fashion_mnist")
    assert content_hash(spec) == content_hash(replace(spec, licence="other", attack=None))
    others = [
        replace(spec, name="other"),
        replace(spec, version=2),
        replace(spec, files={**spec.files, "one.gz": "0" * 64}),
        replace(spec, fingerprint=lambda: "abc"),
    ]
    hashes = {content_hash(s) for s in [spec, *others]}
    assert len(hashes) == 5
    assert content_hash(replace(spec, files=dict(reversed(spec.files.items())))) == content_hash(spec)


def test_content_hash_of_the_help_texts_follows_their_text(monkeypatch):
    import pydoc_data.topics

    before = content_hash(dataset_info("python_docs_char"))
    changed_topics = {**pydoc_data.topics.topics, "assert": "Another text."}
    monkeypatch.setattr(pydoc_data.topics, "topics", changed_topics)
    assert content_hash(dataset_info("python_docs_char")) != before
