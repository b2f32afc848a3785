"""Compiled passes of a model, kept as long as the model lives."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from nnbench.core.dataset import Array
from nnbench.runtime.engine import Objective, Passes, Tree, engine

_PASSES: weakref.WeakKeyDictionary[Any, dict[Any, Any]] = weakref.WeakKeyDictionary()


def forward(model: Any) -> Callable[[Array], Any]:
    """Return ``f(x) -> logits`` as a tensor, compiled once per model."""
    return _kept(model, "forward", lambda weak: engine().forward(weak))


def input_gradient(model: Any, objective: Objective) -> Callable[..., tuple[Array, Array, Array]]:
    """Return ``f(x, *arrays) -> (values, gradient, logits)``, compiled once per model and objective."""
    return _kept(model, objective, lambda weak: engine().input_gradient(weak, objective))


def program(
    model: Any, key: Any, function: Callable[[], Callable[[Passes, Tree, Tree], Tree]]
) -> Callable[[Tree, Tree], Tree]:
    """Return ``f(rows, fixed) -> arrays`` of what `function` gives, compiled once per model and key."""
    return _kept(model, key, lambda weak: engine().program(weak, function()))


def _kept(model: Any, key: Any, compile_pass: Callable[[Any], Callable[..., Any]]) -> Callable[..., Any]:
    passes = _PASSES.setdefault(model, {})
    if key not in passes:
        # A pass that held the model itself would keep its own key alive for ever.
        passes[key] = compile_pass(weakref.proxy(model))
    kept: Callable[..., Any] = passes[key]
    return kept
