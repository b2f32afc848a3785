"""Names of backends, devices and precisions, for options and messages. Imports nothing."""

BACKENDS = ("tensorflow", "jax", "torch")
DEFAULT_BACKEND = "tensorflow"
DEVICES = ("cpu", "gpu")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16", "float16", "float64")
MODULES = {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch"}
"""Backend to the module that has to be importable."""
EXTRAS = {"tensorflow": "keras-nnbench", "jax": "keras-nnbench[jax]", "torch": "keras-nnbench[torch]"}
"""Backend to what pip installs it."""
