"""Makes the references of `test_autoattack_parity.py`: small networks, and what the official AutoAttack does to them.

python tests/parity/attacks/make_references.py train       trains the networks, in about five minutes of one core
python tests/parity/attacks/make_references.py attack      goes on with what is missing, a minute or so a chunk
python tests/parity/attacks/make_references.py iterates    the first steps of APGD in float64
python tests/parity/attacks/make_references.py collect     writes references.npz

Needs torch, the package pyautoattack (the official code) and Fashion-MNIST in Keras's folder. Each attack runs by
itself on every image, so that it can be compared by itself; an image counts as robust where all of them fail. Weights
are rounded to half precision before anything is attacked, so that they are stored exactly.
"""

import gzip
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

HERE = Path(__file__).parent
WORK = Path(os.environ.get("NNBENCH_REFERENCE_WORK", HERE / "work"))
DATA = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "datasets" / "fashion-mnist"
ATTACKS = ("apgd-ce", "apgd-t", "fab-t", "square")
SETTINGS = {  # network, norm, epsilon, images
    "cnn_linf": ("cnn", "Linf", 0.02, 250),
    "cnn_l2": ("cnn", "L2", 0.5, 250),
    "mlp_linf": ("mlp", "Linf", 0.02, 250),
    "mlp_l2": ("mlp", "L2", 0.5, 250),
    "robust_linf": ("robust", "Linf", 0.1, 1000),
}
CHUNK = 125
TRAINING_EPSILON = 0.1


class ChannelsLast(nn.Module):
    """Flattens as Keras does."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


def network(name):
    if name == "mlp":
        layers = [nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)]
    else:
        convolutions = [nn.Conv2d(1, 16, 4, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 4, 2, 1), nn.ReLU()]
        layers = [*convolutions, ChannelsLast(), nn.Linear(1568, 64), nn.ReLU(), nn.Linear(64, 10)]
    return nn.Sequential(*layers)


def images(part, kind):
    offset = 16 if kind == "images" else 8
    with gzip.open(DATA / f"{part}-{kind}-idx{3 if kind == 'images' else 1}-ubyte.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=offset)


def data(part):
    x = torch.tensor(images(part, "images").reshape(-1, 1, 28, 28).astype(np.float32) / 255)
    return x, torch.tensor(images(part, "labels").astype(np.int64))


def train(name, *, epochs, adversarial):
    torch.manual_seed(0)
    x, y = data("train")
    model, steps = network(name), epochs * len(x) // 128
    optimizer = torch.optim.Adam(model.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps + epochs)
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(128):
            batch = fast_adversarial(model, x[rows], y[rows]) if adversarial else x[rows]
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(batch), y[rows]).backward()
            optimizer.step()
            schedule.step()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.half().float())
        x, y = data("t10k")
        print(name, "clean", (model(x).argmax(1) == y).float().mean().item(), flush=True)
    weights = {f"{i}": p.detach().numpy().astype(np.float16) for i, p in enumerate(model.parameters())}
    np.savez_compressed(WORK / f"{name}.npz", **weights)


def fast_adversarial(model, x, y):
    """One step of 1.25 ε from a random start: Wong, Rice & Kolter (2020), Fast is better than free."""
    delta = (2 * torch.rand_like(x) - 1) * TRAINING_EPSILON
    start = (x + delta).clamp(0, 1).requires_grad_(True)
    (gradient,) = torch.autograd.grad(nn.functional.cross_entropy(model(start), y), start)
    moved = delta + 1.25 * TRAINING_EPSILON * gradient.sign()
    return (x + moved.clamp(-TRAINING_EPSILON, TRAINING_EPSILON)).clamp(0, 1).detach()


def trained(name):
    model = network(name)
    with np.load(WORK / f"{name}.npz") as weights, torch.no_grad():
        for i, parameter in enumerate(model.parameters()):
            parameter.copy_(torch.tensor(weights[str(i)].astype(np.float32)))
    return model.requires_grad_(False).eval()


def attack_next():
    """Run the first chunk that is missing; return whether there was one."""
    from pyautoattack import AutoAttack

    for setting, (name, norm, epsilon, n) in SETTINGS.items():
        for start in range(0, n, CHUNK):
            for attack in ATTACKS:
                path = WORK / f"{setting}-{attack}-{start}.npy"
                if path.exists():
                    continue
                model, (x, y) = trained(name), data("t10k")
                x, y = x[start : start + CHUNK], y[start : start + CHUNK]
                begin = time.perf_counter()
                runner = AutoAttack(model, norm=norm, eps=epsilon, seed=0, version="standard")
                runner.attacks_to_run = [attack]
                found, _ = runner.run_standard_evaluation(x, y, batch_size=250)
                with torch.no_grad():
                    robust = (model(found).argmax(1) == y).numpy()
                np.save(path, robust)
                print(path.stem, robust.mean(), f"{time.perf_counter() - begin:.1f} s", flush=True)
                return True
    return False


def iterates():
    """The points that APGD-CE and APGD-DLR go through in their first 10 steps, in float64, from given noise."""
    from pyautoattack.autopgd_base import APGDAttack

    out = {}
    for setting, loss in (("robust_linf", "ce"), ("robust_linf", "dlr"), ("cnn_l2", "ce")):
        name, norm, epsilon, _ = SETTINGS[setting]
        model, (x, y) = trained(name).double(), data("t10k")
        x, y = x[:4].double(), y[:4]
        seen = []

        def spy(point, model=model, seen=seen):
            seen.append(point.detach().clone())
            return model(point)

        start = (x + epsilon * direction(x.shape, norm)).clamp(0, 1)
        attack = APGDAttack(spy, n_iter=100, norm=norm, eps=epsilon, loss=loss, device="cpu")
        attack.init_hyperparam(x)
        attack.attack_single_run(x, y, x_init=start)
        out[f"{setting}_{loss}"] = torch.stack(seen[:11]).numpy().astype(np.float32).reshape(11, 4, 784)
    np.savez_compressed(WORK / "iterates.npz", **out, images=(255 * data("t10k")[0][:4]).round().byte().numpy())


def direction(shape, norm):
    """The first random direction of `test_autoattack_parity.py`, in float64."""
    rng = np.random.default_rng(0)
    noise = rng.uniform(-1, 1, shape) if norm == "Linf" else rng.normal(size=shape)
    flat = noise.reshape(len(noise), -1)
    size = np.abs(flat).max(1) if norm == "Linf" else np.linalg.norm(flat, axis=1)
    return torch.tensor(noise / size[:, None, None, None])


def collect():
    out = {}
    for name in ("robust", "cnn", "mlp"):
        with np.load(WORK / f"{name}.npz") as weights:
            out |= {f"weights_{name}_{key}": weights[key] for key in weights.files}
    for setting, (_, _, _, n) in SETTINGS.items():
        files = [[WORK / f"{setting}-{attack}-{start}.npy" for attack in ATTACKS] for start in range(0, n, CHUNK)]
        whole = [chunk for chunk in files if all(path.exists() for path in chunk)]
        for i, attack in enumerate(ATTACKS):
            robust = np.concatenate([np.load(chunk[i]) for chunk in whole])
            out[f"{setting}-{attack}"], out[f"{setting}-n"] = np.packbits(robust), len(robust)
    with np.load(WORK / "iterates.npz") as points:
        out |= {f"iterates_{key}": points[key] for key in points.files}
    out["labels"] = data("t10k")[1][:4].numpy()
    np.savez_compressed(HERE / "references.npz", **out)


if __name__ == "__main__":
    WORK.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    match sys.argv[1]:
        case "train":
            train("robust", epochs=8, adversarial=True)
            train("cnn", epochs=3, adversarial=False)
            train("mlp", epochs=3, adversarial=False)
        case "attack":
            until = time.monotonic() + float(sys.argv[2] if len(sys.argv) > 2 else 1e9)
            while time.monotonic() < until and attack_next():
                pass
        case "iterates":
            iterates()
        case "collect":
            collect()
