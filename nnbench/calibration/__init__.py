"""Calibration after training, on logits and labels alone: scalings of confidence, and sets that cover the truth.

Everything is fitted on validation samples, which the model was not trained on, and needs NumPy, SciPy and scikit-learn;
no model and no backend::

    scaling = fit_temperature(validation_logits, validation_labels)
    probabilities = softmax(scaling.transform(test_logits))

    conformal = fit_conformal(validation_logits, validation_labels, alpha=0.1)
    sets = conformal.sets(test_logits)
"""

from nnbench.calibration._scalings import SCALINGS, Scaling, fit_scaling
from nnbench.calibration.before_and_after import before_and_after
from nnbench.calibration.conformal import SCORES, ConformalSets, coverage, fit_conformal, mean_set_size
from nnbench.calibration.isotonic_scaling import IsotonicScaling, fit_isotonic
from nnbench.calibration.temperature_scaling import TemperatureScaling, fit_temperature
from nnbench.calibration.vector_scaling import VectorScaling, fit_vector

__all__ = [
    "SCALINGS",
    "SCORES",
    "ConformalSets",
    "IsotonicScaling",
    "Scaling",
    "TemperatureScaling",
    "VectorScaling",
    "before_and_after",
    "coverage",
    "fit_conformal",
    "fit_isotonic",
    "fit_scaling",
    "fit_temperature",
    "fit_vector",
    "mean_set_size",
]
