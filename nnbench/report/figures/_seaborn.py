"""seaborn without the half of its loading time that goes to estimators which no figure here asks for."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

ESTIMATORS = "scipy.stats"


def load_seaborn() -> Any:
    """Return seaborn; where nothing has loaded scipy's statistics yet, they load with the first density estimate."""
    if "seaborn" not in sys.modules and ESTIMATORS not in sys.modules:
        sys.modules[ESTIMATORS] = _Estimators(ESTIMATORS)
        try:
            import seaborn
        finally:
            del sys.modules[ESTIMATORS]
    import seaborn

    return seaborn


class _Estimators(ModuleType):
    """What seaborn takes from scipy's statistics while it loads."""

    @staticmethod
    def gaussian_kde(*args: Any, **kwargs: Any) -> Any:
        """Return scipy's estimate, of the same name."""
        from scipy.stats import gaussian_kde

        return gaussian_kde(*args, **kwargs)
