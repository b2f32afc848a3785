from .attacks import check_attack
from .corruptions import check_corruption
from .datasets import check_dataset
from .detectors import check_detector
from .metrics import check_metric
from .models import check_model

__all__ = [
    "check_attack",
    "check_corruption",
    "check_dataset",
    "check_detector",
    "check_metric",
    "check_model",
]
