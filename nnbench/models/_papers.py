"""Publications that several files cite."""

from nnbench.core.paper import Paper

MNIST1D = Paper(
    "Scaling down deep learning with MNIST-1D", "Greydanus and Kobak", 2024, "https://arxiv.org/abs/2011.14439"
)
GPT2 = Paper(
    "Language models are unsupervised multitask learners",
    "Radford et al.",
    2019,
    "https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf",
)
GPT3 = Paper("Language models are few-shot learners", "Brown et al.", 2020, "https://arxiv.org/abs/2005.14165")
NANOGPT = Paper("nanoGPT", "Karpathy", 2022, "https://github.com/karpathy/nanoGPT")
DEIT = Paper(
    "Training data-efficient image transformers & distillation through attention",
    "Touvron et al.",
    2021,
    "https://arxiv.org/abs/2012.12877",
)
MEGATRON = Paper(
    "Efficient large-scale language model training on GPU clusters using Megatron-LM",
    "Narayanan et al.",
    2021,
    "https://arxiv.org/abs/2104.04473",
)
RTDL = Paper(
    "Revisiting deep learning models for tabular data",
    "Gorishniy, Rubachev, Khrulkov and Babenko",
    2021,
    "https://arxiv.org/abs/2106.11959",
)
