from . import attacks as attacks
from . import calibration as calibration
from . import corruptions as corruptions
from . import ood as ood
from . import testing as testing
from .core.catalog import (
    create_model,
    create_networks,
    dataset_info,
    list_datasets,
    list_models,
    load_dataset,
    model_info,
)
from .core.dataset import AttackSetting, DatasetSpec, Split, Splits, register_dataset
from .core.errors import ArgumentError, NnbenchError, NotApplicableError
from .core.measurement import Measurement
from .core.metric import Estimate, register_metric
from .core.model import ModelInfo, register_model
from .core.paper import Paper
from .core.recipe import Published, Recipe
from .core.robust_training import RobustTraining
from .core.robustness import register_attack, register_corruption, register_detector
from .core.suite import Entry, Suite
from .generation.generate import generate
from .harness.bench import benchmark
from .interop.importing import load_weights
from .interop.onnx import export_onnx
from .interop.surgery import feature_extractor, replace_head, stages
from .metrics.flops import count_flops
from .metrics.parameters import ParameterCount, count_parameters
from .report.comparison import compare
from .results.load import load_results
from .results.record import Attempt
from .training.robust.public import fit_robust

__version__: str

__all__ = [
    "ArgumentError",
    "AttackSetting",
    "Attempt",
    "DatasetSpec",
    "Entry",
    "Estimate",
    "Measurement",
    "ModelInfo",
    "NnbenchError",
    "NotApplicableError",
    "Paper",
    "ParameterCount",
    "Published",
    "Recipe",
    "RobustTraining",
    "Split",
    "Splits",
    "Suite",
    "attacks",
    "benchmark",
    "calibration",
    "compare",
    "corruptions",
    "count_flops",
    "count_parameters",
    "create_model",
    "create_networks",
    "dataset_info",
    "export_onnx",
    "feature_extractor",
    "fit_robust",
    "generate",
    "list_datasets",
    "list_models",
    "load_dataset",
    "load_results",
    "load_weights",
    "model_info",
    "ood",
    "register_attack",
    "register_corruption",
    "register_dataset",
    "register_detector",
    "register_metric",
    "register_model",
    "replace_head",
    "stages",
    "testing",
]
