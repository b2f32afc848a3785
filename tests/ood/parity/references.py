"""Writes references.npz: scores of pytorch-ood and of OpenOOD's formulas on the same features and logits.

    python -m venv peers && peers/bin/pip install torch torchvision pytorch-ood==0.4.0 scikit-learn scipy
    peers/bin/python tests/ood/parity/references.py

pytorch-ood is called. OpenOOD (1.5, openood/postprocessors) moves everything to CUDA and cannot be imported without it,
so its formulas are written here again, in NumPy and torch, with the name of its file beside each.

All of it in double precision, so that formulas are compared and not rounding: torch's default type is double here, and
pytorch-ood's own casts to float32 are overruled.

Two kinds of data: "digits", what a small network trained on the digits 0 to 4 gives for them and for 5 to 9; and
"random", wider features without any sense, as OpenOOD's ViM keeps 256 directions. Features are all positive, and a
sample's are all different, as libraries differ in which of equal features they keep.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from pytorch_ood import detector as peers
from scipy.special import logsumexp
from scipy.stats import entropy
from sklearn.covariance import EmpiricalCovariance
from sklearn.datasets import load_digits
from sklearn.metrics import pairwise_distances_argmin_min
from torch import nn

CLASSES = 5


def digits():
    """Train 64-24-5 on the digits 0 to 4; return the network, and x, y of training, 0-4 held out, and 5-9."""
    torch.manual_seed(0)
    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype(np.float32)
    known = y < CLASSES
    fit, inside = np.split(np.flatnonzero(known), [600])
    outside = np.flatnonzero(~known)[:250]
    network = nn.Sequential(nn.Linear(64, 24), nn.Softplus(), nn.Linear(24, CLASSES))
    optimizer = torch.optim.Adam(network.parameters(), 1e-2)
    for _ in range(60):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(torch.tensor(x[fit])), torch.tensor(y[fit])).backward()
        optimizer.step()
    return network, [(x[i], y[i]) for i in (fit, inside, outside)]


def network_features(network, x):
    """Return float32 features (n, 24)."""
    with torch.no_grad():
        return network[1](network[0](torch.tensor(x))).numpy()


def random_features():
    """Return features (n, 272) in half precision's steps, their labels, and a head."""
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 0.2, size=(CLASSES, 272))
    sets = []
    for n, noise in ((400, 0.1), (60, 0.1), (60, 0.2)):
        y = rng.integers(0, CLASSES, n)
        x = 2 + centres[y] + rng.normal(0, noise, (n, 272))
        sets.append((np.stack([distinct(row) for row in x]).astype(np.float32), y))
    weights = 0.5 * (centres - centres.mean(axis=1, keepdims=True))  # blind to what all features have in common
    return sets, weights.astype(np.float32), rng.normal(0, 0.1, CLASSES).astype(np.float32)


def distinct(row):
    """Return a row in half precision without equal numbers: of two, one takes the next step."""
    row = row.astype(np.float16)
    order = np.argsort(row, kind="stable")
    for before, i in pairwise(order):
        row[i] = max(row[i], np.nextafter(row[before], np.float16(np.inf)))
    return row


def linear(w, b):
    """Return a torch layer of weights (classes, d), in double precision."""
    layer = nn.Linear(w.shape[1], w.shape[0]).double()
    layer.weight.data, layer.bias.data = torch.tensor(w).double(), torch.tensor(b).double()
    return layer


def of_pytorch_ood(fit, y, x, w, b):
    """Return scores of `x` (n, d), by our names, with pytorch-ood's own defaults unless something is passed."""
    f, z, labels = torch.tensor(fit).double(), torch.tensor(x).double(), torch.tensor(y)
    head = linear(w, b)
    with torch.no_grad():
        logits_fit, logits = head(f), head(z)
    weights, bias = torch.tensor(w).double(), torch.tensor(b).double()
    pixel = z[:, :, None, None]  # feature maps of one position
    flat = nn.Sequential(nn.Flatten(), head)
    react = peers.ReAct(None, flat)
    react.fit_feature_maps(f[:, :, None, None], labels)
    found = {
        "msp": peers.MaxSoftmax.score(logits),
        "max_logit": peers.MaxLogit.score(logits),
        "energy": peers.EnergyBased.score(logits),
        "entropy": peers.Entropy.score(logits),
        "gen": peers.GEN.score(logits),
        "klm": peers.KLMatching(None).fit_logits(logits_fit, labels).predict_logits(logits),
        "knn": peers.KNN(None).fit_features(f, labels).predict_features(z),
        "mahalanobis": peers.Mahalanobis(None).fit_features(f, labels).predict_features(z),
        "relative_mahalanobis": peers.RMD(None).fit_features(f, labels).predict_features(z),
        "react": react.predict_feature_maps(pixel),
        "ash_b": peers.ASH(None, flat, variant="ash-b").predict_feature_maps(pixel),
        "ash_p": peers.ASH(None, flat, variant="ash-p").predict_feature_maps(pixel),
        "ash_s": peers.ASH(None, flat, variant="ash-s").predict_feature_maps(pixel),
        "scale": peers.SCALE(None, flat).predict_feature_maps(pixel),
        "dice": peers.DICE(None, weights, bias, p=0.9).fit_features(f, labels).predict_features(z),
        "she": peers.SHE(None, head).fit_features(f, labels).predict_features(z),
        "fdbd": peers.fDBD(None, head).fit_features(f).predict_features(z),
        "nnguide": peers.NNGuide(None, head).fit_features(f, labels).predict_features(z),
        "gradnorm": peers.GradNorm(head, param_filter=lambda name: name == "weight").predict(z),
    }
    if w.shape[1] > 256:
        found["vim"] = peers.ViM(None, 256, weights, bias).fit_features(f, labels).predict_features(z)
    return {name: scores.detach().double().numpy() for name, scores in found.items()}


def of_openood(fit, y, x, w, b):
    """Return scores of `x` (n, d) by OpenOOD's formulas and configs/postprocessors, higher for out-of-distribution."""
    fit, x, w, b = (a.astype(np.float64) for a in (fit, x, w, b))
    logits_fit, logits = fit @ w.T + b, x @ w.T + b
    predicted_fit, predicted = logits_fit.argmax(1), logits.argmax(1)

    def energy(z):
        return -logsumexp(z, axis=1)

    def normalizer(a):
        return a / np.linalg.norm(a, axis=-1, keepdims=True) + 1e-10

    def softmax(z):
        return torch.softmax(torch.tensor(z), 1).numpy()

    def shaped(function, percentile):  # networks/ash_net.py, scale_net.py
        k = x.shape[1] - int(np.round(x.shape[1] * percentile / 100))
        top = np.argsort(-x, axis=1)[:, :k]
        return function(np.put_along_axis, top, k)

    def ash_b(put, top, k):
        out = np.zeros_like(x)
        put(out, top, np.repeat(x.sum(1, keepdims=True) / k, k, 1), 1)
        return out

    def scale(put, top, k):
        return x * np.exp(x.sum(1, keepdims=True) / np.take_along_axis(x, top, 1).sum(1, keepdims=True))

    def gaussian(centre_rows):
        precision = EmpiricalCovariance(assume_centered=False).fit(centre_rows).precision_
        return lambda a: np.einsum("ij,jk,ik->i", a, precision, a)

    # mds_postprocessor.py, rmds_postprocessor.py
    means = np.stack([fit[y == c].mean(0) for c in range(CLASSES)])
    within, whole = gaussian(fit - means[y]), gaussian(fit - fit.mean(0))
    distances = np.stack([within(x - m) for m in means], 1)

    typical = np.stack([softmax(logits_fit)[predicted_fit == c].mean(0) for c in range(CLASSES)])
    squared = ((normalizer(x)[:, None] - normalizer(fit)[None]) ** 2).sum(2)  # IndexFlatL2
    contribution = fit.mean(0)[None] * w
    masked = w * (contribution > np.percentile(contribution, 90))
    patterns = np.stack([fit[(y == c) & (predicted_fit == c)].mean(0) for c in range(CLASSES)])
    p = np.sort(softmax(logits), 1)[:, -100:]
    apart = np.linalg.norm(w[:, None] - w[None], axis=2) + np.eye(CLASSES)
    boundary = (np.abs(logits - logits.max(1, keepdims=True)) / apart[predicted]).sum(1)
    # nnguide_postprocessor.py; its bank is the first batches of shuffled training data: here all of it
    guide = normalizer(fit) * logsumexp(logits_fit, axis=1)[:, None]
    guidance = -np.sort(-(normalizer(x) @ guide.T), axis=1)[:, :100].mean(1)

    found = {
        "msp": -softmax(logits).max(1),
        "max_logit": -logits.max(1),
        "energy": energy(logits),
        "gen": (p**0.1 * (1 - p) ** 0.1).sum(1),
        "klm": pairwise_distances_argmin_min(softmax(logits), typical, metric=entropy)[1],
        "knn": np.sort(squared, 1)[:, 49],
        "mahalanobis": distances.min(1),
        "relative_mahalanobis": (distances - whole(x - fit.mean(0))[:, None]).min(1),
        "react": energy(np.minimum(x, np.percentile(fit, 90)) @ w.T + b),
        "ash_b": energy(shaped(ash_b, 90) @ w.T + b),
        "scale": energy(shaped(scale, 85) @ w.T + b),
        "dice": energy(x @ masked.T + b),
        "she": -(x * patterns[predicted]).sum(1),
        "fdbd": -boundary / np.linalg.norm(x - fit.mean(0), axis=1),
        "nnguide": guidance * energy(logits),
        "gradnorm": -gradnorm(x, w, b),
    }
    if w.shape[1] > 256:  # vim_postprocessor.py; residual_postprocessor.py, with as many directions
        origin = -np.linalg.pinv(w) @ b
        values, vectors = np.linalg.eigh(EmpiricalCovariance(assume_centered=True).fit(fit - origin).covariance_)
        null = vectors[:, np.argsort(-values)[256:]]
        alpha = logits_fit.max(1).mean() / np.linalg.norm((fit - origin) @ null, axis=1).mean()
        found["residual"] = np.linalg.norm((x - origin) @ null, axis=1)
        found["vim"] = alpha * found["residual"] + energy(logits)
    return found


def gradnorm(x, w, b):
    """Return the L1 norms (n,) of the gradients in the head's weights, one by one: gradnorm_postprocessor.py."""
    head, norms = linear(w, b), []
    for row in torch.tensor(x):
        head.zero_grad()
        torch.sum(-torch.log_softmax(head(row[None]), dim=-1)).backward()
        norms.append(head.weight.grad.abs().sum().item())
    return np.array(norms)


def of_network(network, fit, y, x):
    """Return scores of images `x` (n, 64) by what passes them through the network again."""
    f, z = torch.tensor(fit).double(), torch.tensor(x).double()
    encoder = network.double()[:2]
    moving = peers.MahalanobisODIN(encoder, eps=0.002).fit_features(encoder(f).detach(), torch.tensor(y))
    found = {"mahalanobis": moving.predict(z), "odin": peers.ODIN(network, eps=0.05).predict(z)}
    return {name: scores.detach().double().numpy() for name, scores in found.items()}


def gram_rows():
    """Return activations (n, channels, height, width), and pytorch-ood's row sums (n, channels) for p = 1 to 5."""
    x = torch.randn(6, 3, 4, 5, generator=torch.Generator().manual_seed(0)).double()
    return x.numpy(), np.stack([peers.Gram._gram_vector(x, p).numpy() for p in range(1, 6)], 1)


def main():
    """Write the file beside this script."""
    network, sets = digits()
    torch.set_default_dtype(torch.float64)
    torch.Tensor.float = torch.Tensor.double
    arrays = {f"network/{i}": p.detach().numpy() for i, p in enumerate(network.parameters())}
    arrays |= {f"digits/x{i}": (x * 16).astype(np.uint8) for i, (x, _) in enumerate(sets)}
    wide, w, b = random_features()
    cases = {
        "digits": ([(network_features(network, x), y) for x, y in sets], *list(arrays.values())[2:4]),
        "random": (wide, w, b),
    }
    for case, ((fit, *scored), w, b) in cases.items():
        x = np.concatenate([x for x, _ in scored])
        stored = np.float16 if case == "random" else np.float32
        arrays |= {f"{case}/fit": fit[0].astype(stored), f"{case}/x": x.astype(stored), f"{case}/labels": fit[1]}
        arrays |= {f"{case}/w": w, f"{case}/b": b, f"{case}/n_id": np.array(len(scored[0][0]))}
        for library, scores in {"pytorch-ood": of_pytorch_ood, "openood-1.5": of_openood}.items():
            arrays |= {f"{case}/{library}/{k}": v for k, v in scores(*fit, x, w, b).items()}
    images = np.concatenate([sets[1][0], sets[2][0]])
    arrays |= {f"network/pytorch-ood/{k}": v for k, v in of_network(network, *sets[0], images).items()}
    arrays["gram/activations"], arrays["gram/rows"] = gram_rows()
    path = Path(__file__).with_name("references.npz")
    np.savez_compressed(path, **arrays)
    print(path, path.stat().st_size, "bytes", len(arrays), "arrays")


if __name__ == "__main__":
    main()
