"""Weights of recurrent networks by PyTorch's names give PyTorch's logits."""

import numpy as np
import pytest

from nnbench.core.catalog import create_model
from nnbench.core.errors import ArgumentError
from nnbench.core.lazy import keras
from nnbench.interop.importing import load_weights
from nnbench.runtime.engine import engine

# Keras makes arrays of its variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

torch = pytest.importorskip("torch")

UNITS, CLASSES, STEPS, WIDTH, VOCABULARY = 6, 5, 7, 4, 11
MODULES = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}

# variant, PyTorch's module, layers, both directions
CLASSIFIERS = [
    ("simple_rnn", "rnn", 1, False),
    ("simple_rnn_2x", "rnn", 2, False),
    ("birnn_2x", "rnn", 2, True),
    ("lstm", "lstm", 1, False),
    ("lstm_3x", "lstm", 3, False),
    ("bilstm", "lstm", 1, True),
    ("bilstm_2x", "lstm", 2, True),
    ("gru", "gru", 1, False),
    ("gru_2x", "gru", 2, False),
    ("bigru_2x", "gru", 2, True),
]


class Reference(torch.nn.Module):
    """A recurrent module and a linear layer on its last states."""

    def __init__(self, kind, layers, both_ways):
        super().__init__()
        module = MODULES[kind](WIDTH, UNITS, layers, batch_first=True, bidirectional=both_ways)
        self.kind, self.directions = kind, 1 + both_ways
        setattr(self, kind, module)
        self.fc = torch.nn.Linear(self.directions * UNITS, CLASSES)

    def forward(self, x):
        _, last = getattr(self, self.kind)(x)
        last = last[0] if isinstance(last, tuple) else last
        return self.fc(torch.cat(list(last[-self.directions :]), dim=-1))


class LanguageReference(torch.nn.Module):
    """PyTorch's example of a word language model."""

    def __init__(self):
        super().__init__()
        self.encoder = torch.nn.Embedding(VOCABULARY, UNITS)
        self.rnn = torch.nn.LSTM(UNITS, UNITS, 2, batch_first=True)
        self.decoder = torch.nn.Linear(UNITS, VOCABULARY)

    def forward(self, tokens):
        return self.decoder(self.rnn(self.encoder(tokens))[0])


def values(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def given(model, x):
    return keras.ops.convert_to_numpy(engine().forward(model)(x))


def logits_of(reference, x):
    with torch.no_grad():
        return reference(torch.from_numpy(x)).cpu().numpy()


@pytest.mark.parametrize(("name", "kind", "layers", "both_ways"), CLASSIFIERS)
def test_classifiers(name, kind, layers, both_ways):
    torch.manual_seed(0)
    reference = Reference(kind, layers, both_ways)
    model = create_model(name, input_shape=(STEPS, WIDTH), classes=CLASSES, units=UNITS)
    load_weights(model, reference.state_dict(), source="pytorch")
    x = values(3, STEPS, WIDTH)
    np.testing.assert_allclose(given(model, x), logits_of(reference, x), rtol=1e-4, atol=1e-5)


def test_language_model():
    torch.manual_seed(0)
    reference = LanguageReference()
    model = create_model("lstm_ptb_small", input_shape=(STEPS,), classes=VOCABULARY, units=UNITS)
    load_weights(model, reference.state_dict(), source="pytorch")
    tokens = np.random.default_rng(0).integers(0, VOCABULARY, (3, STEPS))
    np.testing.assert_allclose(given(model, tokens.astype("int32")), logits_of(reference, tokens), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "layers", "both_ways", "text"),
    [("gru", 1, False, "missing"), ("lstm", 2, False, "not used"), ("lstm", 1, True, "not used")],
)
def test_another_module_is_refused(kind, layers, both_ways, text):
    model = create_model("lstm", input_shape=(STEPS, WIDTH), classes=CLASSES, units=UNITS)
    with pytest.raises(ArgumentError, match=text):
        load_weights(model, Reference(kind, layers, both_ways).state_dict(), source="pytorch")


class Levels(torch.nn.Module):
    """The authors' temporal convolutional network, by the names of its parameters."""

    def __init__(self, channels, width, depth, window):
        super().__init__()
        self.depth, self.window = depth, window
        self.weights, draw = {}, torch.Generator().manual_seed(0)
        for i in range(depth):
            inputs = channels if not i else width
            for j, before in ((1, inputs), (2, width)):
                self._draw(f"tcn.network.{i}.conv{j}.weight_v", width, before, window, generator=draw)
                self._draw(f"tcn.network.{i}.conv{j}.weight_g", width, 1, 1, generator=draw)
                self._draw(f"tcn.network.{i}.conv{j}.bias", width, generator=draw)
            if inputs != width:
                self._draw(f"tcn.network.{i}.downsample.weight", width, inputs, 1, generator=draw)
                self._draw(f"tcn.network.{i}.downsample.bias", width, generator=draw)
        self._draw("linear.weight", CLASSES, width, generator=draw)
        self._draw("linear.bias", CLASSES, generator=draw)

    def _draw(self, name, *shape, generator):
        self.weights[name] = torch.randn(*shape, generator=generator)

    def state_dict(self):
        """Its convolutions have two names each."""
        again = {
            name.replace(".conv1", ".net.0").replace(".conv2", ".net.4"): value
            for name, value in self.weights.items()
            if ".conv" in name
        }
        return {**self.weights, **again}

    def forward(self, x):
        x = x.transpose(1, 2)
        for i in range(self.depth):
            h = x
            for j in (1, 2):
                h = torch.relu(self._convolved(h, f"tcn.network.{i}.conv{j}", 2**i))
            shortcut = self.weights.get(f"tcn.network.{i}.downsample.weight")
            if shortcut is not None:
                x = torch.nn.functional.conv1d(x, shortcut, self.weights[f"tcn.network.{i}.downsample.bias"])
            x = torch.relu(x + h)
        return torch.nn.functional.linear(x.transpose(1, 2), self.weights["linear.weight"], self.weights["linear.bias"])

    def _convolved(self, x, name, dilation):
        v, g, bias = (self.weights[f"{name}.{part}"] for part in ("weight_v", "weight_g", "bias"))
        kernel = g * v / v.norm(dim=(1, 2), keepdim=True)
        x = torch.nn.functional.pad(x, (dilation * (self.window - 1), 0))
        return torch.nn.functional.conv1d(x, kernel, bias, dilation=dilation)


def test_temporal_convolutions():
    reference = Levels(WIDTH, UNITS, depth=3, window=2)
    options = {"width": UNITS, "depth": 3, "kernel": 2}
    model = create_model("tcn", input_shape=(12, WIDTH), classes=CLASSES, **options)
    load_weights(model, reference.state_dict(), source="pytorch")
    x = values(3, 12, WIDTH)
    np.testing.assert_allclose(given(model, x), logits_of(reference, x)[:, -1], rtol=1e-4, atol=1e-4)


def test_temporal_convolutions_at_every_step():
    reference = Levels(1, UNITS, depth=2, window=3)
    options = {"width": UNITS, "depth": 2, "kernel": 3}
    model = create_model("tcn_copy_500", input_shape=(12,), classes=CLASSES, **options)
    load_weights(model, reference.state_dict(), source="pytorch")
    tokens = np.random.default_rng(0).integers(0, CLASSES, (3, 12)).astype("int32")
    expected = logits_of(reference, tokens[..., None].astype("float32"))
    np.testing.assert_allclose(given(model, tokens), expected, rtol=1e-4, atol=1e-4)


def test_temporal_convolutions_of_chords():
    reference = Levels(WIDTH, UNITS, depth=2, window=3)
    options = {"width": UNITS, "depth": 2, "kernel": 3}
    model = create_model("tcn_jsb", input_shape=(12, WIDTH), classes=CLASSES, **options)
    load_weights(model, reference.state_dict(), source="pytorch")
    x = values(3, 12, WIDTH)
    np.testing.assert_allclose(given(model, x), logits_of(reference, x), rtol=1e-4, atol=1e-4)


def test_mamba():
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    config = transformers.MambaConfig(
        vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=2, state_size=4, time_step_rank=2
    )
    reference = transformers.MambaForCausalLM(config).eval()
    for parameter in reference.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    model = create_model("mamba_tiny", input_shape=(STEPS,), classes=VOCABULARY)
    load_weights(model, reference.state_dict(), source="transformers")
    tokens = np.random.default_rng(0).integers(0, VOCABULARY, (3, STEPS))
    with torch.no_grad():
        expected = reference(torch.from_numpy(tokens)).logits.cpu().numpy()
    found = given(model, tokens.astype("int32"))
    assert np.abs(found - expected).max() <= 1e-4 * np.abs(expected).max()
