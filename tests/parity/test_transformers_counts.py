"""Parameter counts beside the library transformers, whose models are built without values: `tox -e parity`."""

import pytest

from nnbench.metrics.parameters import count_parameters

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
# Their own warnings, of configurations that name no tokens.
pytestmark = pytest.mark.filterwarnings("ignore")

BERT = {"bert_tiny": (2, 128), "bert_mini": (4, 256), "bert_small": (4, 512), "bert_medium": (8, 512)}
BERT |= {f"bert_l{depth}_h{width}": (depth, width) for depth, width in ((2, 768), (6, 256), (10, 128), (12, 512))}
BERT |= {"bert_base": (12, 768), "bert_large": (24, 1024)}
GPT2 = {"gpt2": (12, 768), "gpt2_medium": (24, 1024), "gpt2_large": (36, 1280), "gpt2_xl": (48, 1600)}
# depth, width, heads, key-value heads, hidden, vocabulary
LLAMA = {
    "llama_7b": (32, 4096, 32, 32, 11008, 32000),
    "llama_13b": (40, 5120, 40, 40, 13824, 32000),
    "llama_33b": (60, 6656, 52, 52, 17920, 32000),
    "llama_65b": (80, 8192, 64, 64, 22016, 32000),
    "llama2_70b": (80, 8192, 64, 8, 28672, 32000),
    "llama3_8b": (32, 4096, 32, 8, 14336, 128256),
    "llama3_70b": (80, 8192, 64, 8, 28672, 128256),
    "llama3_405b": (126, 16384, 128, 8, 53248, 128256),
}
# depth, width, hidden, heads, width of keys
T5 = {
    "t5_small": (6, 512, 2048, 8, 64),
    "t5_base": (12, 768, 3072, 12, 64),
    "t5_large": (24, 1024, 4096, 16, 64),
    "t5_3b": (24, 1024, 16384, 32, 128),
    "t5_11b": (24, 1024, 65536, 128, 128),
}
MAMBA = {"mamba_130m": (24, 768), "mamba_370m": (48, 1024), "mamba_790m": (48, 1536)}
MAMBA |= {"mamba_1_4b": (48, 2048), "mamba_2_8b": (64, 2560)}
VIT = {"vit_tiny_patch16": (12, 192, 3, 16), "vit_small_patch16": (12, 384, 6, 16), "vit_b_16": (12, 768, 12, 16)}
VIT |= {"vit_b_32": (12, 768, 12, 32), "vit_l_16": (24, 1024, 16, 16), "vit_h_14": (32, 1280, 16, 14)}
SWIN = {"swin_t": (96, (2, 2, 6, 2), (3, 6, 12, 24)), "swin_s": (96, (2, 2, 18, 2), (3, 6, 12, 24))}
SWIN |= {"swin_b": (128, (2, 2, 18, 2), (4, 8, 16, 32)), "swin_l": (192, (2, 2, 18, 2), (6, 12, 24, 48))}
CONVNEXT = {
    "convnext_tiny": ((3, 3, 9, 3), (96, 192, 384, 768)),
    "convnext_base": ((3, 3, 27, 3), (128, 256, 512, 1024)),
    "convnext_xlarge": ((3, 3, 27, 3), (256, 512, 1024, 2048)),
}


def bert(depth, width):
    sizes = {"num_hidden_layers": depth, "hidden_size": width, "intermediate_size": 4 * width}
    return transformers.BertModel(transformers.BertConfig(num_attention_heads=width // 64, **sizes))


def gpt2(depth, width):
    return transformers.GPT2LMHeadModel(transformers.GPT2Config(n_layer=depth, n_embd=width, n_head=width // 64))


def llama(depth, width, heads, shared, hidden, vocabulary):
    config = transformers.LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        intermediate_size=hidden,
        num_hidden_layers=depth,
        num_attention_heads=heads,
        num_key_value_heads=shared,
    )
    return transformers.LlamaForCausalLM(config)


def t5(depth, width, hidden, heads, keys):
    sizes = {"num_layers": depth, "d_model": width, "d_ff": hidden, "num_heads": heads, "d_kv": keys}
    return transformers.T5ForConditionalGeneration(transformers.T5Config(vocab_size=32128, **sizes))


def mamba(depth, width):
    sizes = {"num_hidden_layers": depth, "hidden_size": width}
    return transformers.MambaForCausalLM(transformers.MambaConfig(vocab_size=50280, **sizes))


def vit(depth, width, heads, patch):
    sizes = {"num_hidden_layers": depth, "hidden_size": width, "num_attention_heads": heads, "patch_size": patch}
    config = transformers.ViTConfig(intermediate_size=4 * width, num_labels=1000, **sizes)
    return transformers.ViTForImageClassification(config)


def swin(width, depths, heads):
    config = transformers.SwinConfig(embed_dim=width, depths=depths, num_heads=heads, num_labels=1000)
    return transformers.SwinForImageClassification(config)


def convnext(depths, widths):
    config = transformers.ConvNextConfig(depths=list(depths), hidden_sizes=list(widths), num_labels=1000)
    return transformers.ConvNextForImageClassification(config)


BUILDERS = [(bert, BERT), (gpt2, GPT2), (llama, LLAMA), (t5, T5), (mamba, MAMBA), (vit, VIT), (swin, SWIN)]
BUILDERS += [(convnext, CONVNEXT)]


@pytest.mark.parametrize(
    ("variant", "builder", "sizes"),
    [
        pytest.param(variant, builder, sizes, id=variant)
        for builder, table in BUILDERS
        for variant, sizes in table.items()
    ],
)
def test_as_many_parameters(variant, builder, sizes):
    with torch.device("meta"):
        model = builder(*sizes)
        model.tie_weights()  # tensors without values are not tied by themselves
    assert count_parameters(variant).trainable == sum(p.numel() for p in model.parameters())
