"""The papers that several files of corruptions follow."""

from nnbench.core.paper import Paper

COMMON_CORRUPTIONS = Paper(
    title="Benchmarking Neural Network Robustness to Common Corruptions and Perturbations",
    authors="Hendrycks, Dietterich",
    year=2019,
    url="https://arxiv.org/abs/1903.12261",
)
MNIST_C = Paper(
    title="MNIST-C: A Robustness Benchmark for Computer Vision",
    authors="Mu, Gilmer",
    year=2019,
    url="https://arxiv.org/abs/1906.02337",
)
