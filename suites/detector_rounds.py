"""One round of each measurement of bench_detectors, in a process of its own.

    python detector_rounds.py ROLE FOLDER       # does a round for every line that it reads, and prints JSON

The process of pytorch-ood has neither Keras nor nnbench.
"""

import contextlib
import json
import sys
import time
from pathlib import Path

N = 10_000
BATCH = 128
PEERS = (
    "msp", "max_logit", "energy", "entropy", "gen", "klm", "knn", "mahalanobis", "relative_mahalanobis", "vim", "react",
    "ash_b", "ash_p", "ash_s", "scale", "dice", "she", "fdbd", "nnguide", "gradnorm",
)  # fmt: skip
"""What pytorch-ood has too, under its preset on either side. ViM keeps 64 of the 128 directions."""


def timed(function):
    start = time.perf_counter()
    value = function()
    return time.perf_counter() - start, value


def prepare(folder):
    import keras
    import numpy as np

    import nnbench

    fashion, mnist = nnbench.load_dataset("fashion_mnist"), nnbench.load_dataset("mnist_test_images")
    keras.utils.set_random_seed(0)
    model = nnbench.create_model("cnn_small", input_shape=(28, 28, 1), classes=10, dropout=0.2)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss)
    model.fit(fashion.train.x[:N], fashion.train.y[:N], epochs=2, batch_size=BATCH, verbose=0)
    model.save(Path(folder) / "model.keras")
    weights = {f"w{i}": w for i, w in enumerate(model.get_weights())}
    sets = {"fit": fashion.train.x[:N], "inside": fashion.test.x[:N], "outside": mnist.test.x[:N]}
    np.savez(Path(folder) / "data.npz", labels=fashion.train.y[:N], **sets, **weights)
    return dict


def loaded(folder):
    import keras
    import numpy as np

    data = dict(np.load(Path(folder) / "data.npz"))
    return keras.models.load_model(Path(folder) / "model.keras", compile=False), data


def no_further_pass():
    from nnbench.ood import DETECTORS
    from nnbench.ood._scoring import needs_of

    return [name for name in DETECTORS if not needs_of(DETECTORS.get(name).create()).probe]


def shared(folder):
    from nnbench.ood import FeatureExtractor, evaluate, score_detectors

    model, data = loaded(folder)
    names = no_further_pass()
    extract = FeatureExtractor(model, batch_size=BATCH)

    def passes():
        return [extract(data[key]) for key in ("fit", "inside", "outside")]

    def scored(detectors, found):
        fit, inside, outside = found
        score_detectors(detectors, (fit, data["labels"]), inside, {"mnist": outside})

    def one_round():
        s_pass, found = timed(passes)
        s_knn, _ = timed(lambda: scored(["knn"], found))
        plain = [name for name in names if name != "gram"]
        s_detectors, _ = timed(lambda: scored(plain, found))
        s_gram, _ = timed(
            lambda: evaluate(
                model,
                fit=(data["fit"], data["labels"]),
                in_distribution=data["inside"],
                out_of_distribution={"mnist": data["outside"]},
                detectors=names,
            )
        )
        s_all = s_pass + s_detectors
        return {"s_pass": s_pass, "s_knn": s_knn, "s_all": s_all, "s_with_gram": s_gram, "detectors": len(plain)}

    return one_round


def passes(folder):
    import keras
    import numpy as np

    from nnbench.ood import DETECTORS, FeatureExtractor, score_detectors
    from nnbench.ood._batches import in_batches
    from nnbench.ood._stochastic import StochasticCopy
    from nnbench.runtime.engine import engine

    model, data = loaded(folder)
    extract = FeatureExtractor(model, batch_size=BATCH)
    fit, inside = extract(data["fit"]), extract(data["inside"][:2048])
    members = [keras.models.clone_model(model) for _ in range(3)]
    chosen = {
        "odin": DETECTORS.get("odin").create(),
        "mc_dropout": DETECTORS.get("mc_dropout").create(times=5),
        "ensemble": DETECTORS.get("ensemble").create(members=members),
    }

    def surprise(logits):
        return keras.ops.logsumexp(logits, axis=-1) - keras.ops.max(logits, axis=-1)

    gradient, forward = engine().input_gradient(model, surprise), engine().forward(model)
    others, drawn = [engine().forward(member) for member in members], StochasticCopy(model).run
    x = np.asarray(inside.probe.x)
    alone = {
        "odin": lambda: (in_batches(lambda b: [gradient(b)[1]], x, BATCH), in_batches(forward, x, BATCH)),
        "mc_dropout": lambda: [in_batches(drawn, x, BATCH) for _ in range(5)],
        "ensemble": lambda: [in_batches(other, x, BATCH) for other in others],
    }

    once = {"one": inside.rows(slice(1))}

    def one_round():
        found = {}
        for name, detector in chosen.items():
            bare, _ = timed(alone[name])
            whole, rows = timed(lambda d=detector: score_detectors({"it": d}, (fit, data["labels"]), inside, once))
            counts = f"{rows[0].extra_forwards:.0f} forwards, {rows[0].extra_backwards:.0f} backwards"
            found[name] = whole * len(x) / (len(x) + 1), bare, counts
        return found

    return one_round


def ours(folder):
    from nnbench.ood import DETECTORS, evaluate

    model, data = loaded(folder)
    options = {name: DETECTORS.get(name).presets.get("pytorch-ood", {}) for name in PEERS}
    options["vim"] = {"principal": 64, "origin": "head"}

    def one_round():
        seconds, _ = timed(
            lambda: evaluate(
                model,
                fit=(data["fit"], data["labels"]),
                in_distribution=data["inside"],
                out_of_distribution={"mnist": data["outside"]},
                detectors={name: DETECTORS.get(name).create(**options[name]) for name in PEERS},
                batch_size=BATCH,
            )
        )
        return {"seconds": seconds}

    return one_round


def theirs(folder):
    import numpy as np
    import torch
    from pytorch_ood import detector as peers
    from torch import nn
    from torch.utils.data import DataLoader, TensorDataset

    data = dict(np.load(Path(folder) / "data.npz"))
    convolutions = [nn.Conv2d(i, o, 3, padding=1) for i, o in ((1, 32), (32, 64), (64, 128))]
    for i, layer in enumerate(convolutions):
        layer.weight.data = torch.tensor(data[f"w{2 * i}"]).permute(3, 2, 0, 1).contiguous()
        layer.bias.data = torch.tensor(data[f"w{2 * i + 1}"])
    c1, c2, c3 = convolutions
    encoder = nn.Sequential(
        c1, nn.ReLU(), nn.MaxPool2d(2), c2, nn.ReLU(), nn.MaxPool2d(2), c3, nn.ReLU(), nn.AdaptiveAvgPool2d(1),
        nn.Flatten()
    )  # fmt: skip
    head = nn.Linear(128, 10)
    head.weight.data, head.bias.data = torch.tensor(data["w6"]).T.contiguous(), torch.tensor(data["w7"])
    model = nn.Sequential(encoder, head).eval()
    w, b = head.weight, head.bias
    maps, flat = encoder[:-1], nn.Sequential(nn.Flatten(), head)
    make = {
        "msp": lambda: peers.MaxSoftmax(model), "max_logit": lambda: peers.MaxLogit(model),
        "energy": lambda: peers.EnergyBased(model), "entropy": lambda: peers.Entropy(model),
        "gen": lambda: peers.GEN(model), "klm": lambda: peers.KLMatching(model), "knn": lambda: peers.KNN(encoder),
        "mahalanobis": lambda: peers.Mahalanobis(encoder), "relative_mahalanobis": lambda: peers.RMD(encoder),
        "vim": lambda: peers.ViM(encoder, 64, w, b), "react": lambda: peers.ReAct(maps, flat),
        "ash_b": lambda: peers.ASH(maps, flat, variant="ash-b"), "ash_p": lambda: peers.ASH(maps, flat,
        variant="ash-p"), "ash_s": lambda: peers.ASH(maps, flat, variant="ash-s"), "scale": lambda: peers.SCALE(maps,
        flat), "dice": lambda: peers.DICE(encoder, w, b, p=0.9), "she": lambda: peers.SHE(encoder, head), "fdbd":
        lambda: peers.fDBD(encoder, head), "nnguide": lambda: peers.NNGuide(encoder, head), "gradnorm": lambda:
        peers.GradNorm(model, param_filter=lambda name: name == "1.weight"),
    }  # fmt: skip
    # Channels first by a view of the channels-last images, as there is one channel.
    images = {key: torch.tensor(data[key]).permute(0, 3, 1, 2) for key in ("fit", "inside", "outside")}
    training = DataLoader(TensorDataset(images["fit"], torch.tensor(data["labels"]).long()), batch_size=BATCH)

    def run(name):
        detector = make[name]()
        detector.fit(training)
        with contextlib.nullcontext() if name == "gradnorm" else torch.no_grad():
            return [detector.predict(x) for key in ("inside", "outside") for x in images[key].split(BATCH)]

    return lambda: {name: timed(lambda n=name: run(n))[0] for name in PEERS}


def memory(_folder):
    import numpy as np

    from nnbench.core.robustness import LinearHead
    from nnbench.ood import FeaturePass, score_detectors
    from nnbench.runtime.memory import peak_rss

    rng = np.random.default_rng(0)
    head = LinearHead(rng.normal(size=(2048, 10)).astype("float32"), np.zeros(10, "float32"))

    def samples(n):
        features = np.empty((n, 2048), np.float32)
        for start in range(0, n, 1000):
            rows = features[start : start + 1000]
            rng.standard_normal(rows.shape, np.float32, out=rows)
            np.maximum(rows, 0, out=rows)
        return FeaturePass((features @ head.weights).astype(np.float32), features, head=head)

    def one_round():
        fit, inside, outside = samples(60_000), samples(1000), samples(1000)
        labels, seconds = np.arange(60_000) % 10, {}
        for name in no_further_pass():
            seconds[name], _ = timed(lambda n=name: score_detectors([n], (fit, labels), inside, {"other": outside}))
        return {"peak": peak_rss(), "data": fit.features.nbytes, "seconds": seconds}

    return one_round


if __name__ == "__main__":
    role, path = sys.argv[1:]
    answer = {f.__name__: f for f in (prepare, shared, passes, ours, theirs, memory)}[role](path)
    for _ in sys.stdin:
        print(json.dumps(answer()), flush=True)
