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
