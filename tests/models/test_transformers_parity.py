"""The same weights give the outputs of the library transformers, within 1e-4 of the largest; it runs on PyTorch's CPU
build, whatever backend Keras has."""

import numpy as np
import pytest

from nnbench.core.catalog import create_model
from nnbench.core.lazy import keras
from nnbench.interop.importing import load_weights
from nnbench.runtime.engine import engine

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

pytestmark = [
    # Keras makes arrays of its variables in a way that NumPy 2 deprecates.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    # What another library warns of is not ours to mend.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

VOCABULARY = 50
LENGTH = 24
TARGET = 10
SIZES = {"width": 32, "depth": 2, "heads": 4}


def _gpt2(kind):
    config = transformers.GPT2Config(vocab_size=VOCABULARY, n_positions=LENGTH, n_embd=32, n_layer=2, n_head=4)
    return getattr(transformers, kind)(config), create_model("gpt2", (LENGTH,), VOCABULARY, **SIZES)


def _llama(groups, theta):
    config = transformers.LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=groups,
        rope_parameters={"rope_type": "default", "rope_theta": theta},
        rms_norm_eps=1e-5,
    )
    options = {"hidden": 48, "key_value_heads": groups, "theta": theta, "epsilon": 1e-5}
    ours = create_model("llama_7b", (LENGTH,), VOCABULARY, **SIZES, **options)
    return transformers.LlamaForCausalLM(config), ours


def _bert(kind, classes):
    config = transformers.BertConfig(
        vocab_size=VOCABULARY,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=LENGTH,
        num_labels=3,
    )
    ours = create_model("bert_base", (LENGTH,), classes, **SIZES, vocabulary=VOCABULARY, segments=True)
    return getattr(transformers, kind)(config), ours


def _t5():
    config = transformers.T5Config(
        vocab_size=VOCABULARY, d_model=32, d_kv=6, d_ff=48, num_layers=2, num_decoder_layers=2, num_heads=4
    )
    options = {"head_width": 6, "hidden": 48, "target_length": TARGET}
    return transformers.T5ForConditionalGeneration(config), create_model(
        "t5_small", (LENGTH,), VOCABULARY, **SIZES, **options
    )


def _marian():
    config = transformers.MarianConfig(
        vocab_size=VOCABULARY,
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=48,
        decoder_ffn_dim=48,
        max_position_embeddings=LENGTH,
        activation_function="relu",
        scale_embedding=True,
        pad_token_id=0,
    )
    ours = create_model("transformer_base", (LENGTH,), VOCABULARY, **SIZES, hidden=48, target_length=TARGET)
    return transformers.MarianMTModel(config), ours


PAIRS = {
    "gpt2_head": lambda: _gpt2("GPT2LMHeadModel"),
    "gpt2_body": lambda: _gpt2("GPT2Model"),
    "llama": lambda: _llama(4, 10_000.0),
    "llama_grouped": lambda: _llama(2, 500_000.0),
    "bert_pooled": lambda: _bert("BertModel", None),
    "bert_classes": lambda: _bert("BertForSequenceClassification", 3),
    "t5": _t5,
    "marian": _marian,
}


@pytest.mark.parametrize("name", PAIRS)
def test_outputs(name):
    torch.manual_seed(0)
    theirs, ours = PAIRS[name]()
    _randomise(theirs.eval())
    state = theirs.state_dict()
    state.pop("final_logits_bias", None)  # all zeros
    load_weights(ours, state, source="transformers")
    arrays = _inputs(ours)
    with torch.no_grad():
        expected = _expected(theirs, *map(torch.as_tensor, arrays)).numpy()
    found = keras.ops.convert_to_numpy(engine().forward(ours)(arrays if len(arrays) > 1 else arrays[0]))
    difference = np.abs(found - expected).max() / np.abs(expected).max()
    print(f"{name}: {difference:.1e}")
    assert difference < 1e-4


def test_the_buckets_of_far_positions():
    from transformers.models.t5.modeling_t5 import T5Attention

    from nnbench.layers.relative_positions import buckets_of

    places = torch.arange(700)
    for causal in (False, True):
        theirs = T5Attention._relative_position_bucket(places[None] - places[:, None], not causal, 32, 128)
        assert np.array_equal(buckets_of(700, 32, 128, causal), theirs.numpy())


def _randomise(model):
    """Draw what the library starts at zeros or ones, and make the rest large enough to matter."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "embed_positions" in name:
                continue
            if parameter.ndim == 1:
                parameter.add_(0.2 * torch.randn(parameter.shape, generator=generator))
            else:
                parameter.normal_(0, 0.2, generator=generator)


def _inputs(model):
    """Return tokens, of which some fill up the end of a text; for BERT the segments too."""
    rng = np.random.default_rng(0)
    arrays = [rng.integers(1, VOCABULARY, (3, *t.shape[1:])).astype("int32") for t in model.inputs]
    arrays[0][1, -5:] = 0
    if any(t.name == "segments" for t in model.inputs):
        arrays[1] = rng.integers(0, 2, arrays[1].shape).astype("int32")
    return arrays


def _expected(model, tokens, other=None):
    family = model.config.model_type
    if family in ("t5", "marian"):
        return model(input_ids=tokens, attention_mask=(tokens != 0).int(), decoder_input_ids=other).logits
    if family == "bert":
        outputs = model(tokens, attention_mask=(tokens != 0).int(), token_type_ids=other)
        return outputs.get("logits", outputs.get("pooler_output"))
    outputs = model(tokens)
    if "logits" in outputs:
        return outputs.logits
    return outputs.last_hidden_state @ model.wte.weight.T
