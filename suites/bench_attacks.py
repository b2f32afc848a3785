"""What attacks cost beside other libraries' on the same network: AutoAttack, and PGD of 40 steps.

command:   nnbench run attacks
hardware:  any; nothing else should run
needs:     pip install 'keras-nnbench[attack-peers,torch]'; what is missing of the peers is left out
time:      seven minutes on two CPU cores
expected:  AutoAttack `standard`: at least 5 times as fast as `pyautoattack` on an undefended network, and 1.5 times on
           one that was trained on adversarial examples; PGD: 3 times as fast as the fastest of the others, undefended
seen:      AutoAttack 4.3 to 5.2 times on the undefended network in six runs (median 4.9; 1.8 to 2.5 s against 9.1 to
           10.5 s), 1.48 and 1.57 times on the trained one (13.7 and 14.6 s against 21.6 s), where both spend most of
           their time in the convolutions; PGD 4.5 times
n:         128 images for AutoAttack, 500 for PGD; the median of 5 rounds in which all take turns, after a warm-up

Each library runs in a process of its own. The network is small: two convolutions of stride 2 and a hidden layer,
trained in PyTorch, whose weights the Keras model takes over.
"""

import json
import os
import statistics
import subprocess
import sys
from contextlib import ExitStack, contextmanager

import pytest

from nnbench.runtime.launch import worker_environment

ROUNDS = 5
PEERS = {"foolbox": "foolbox", "torchattacks": "torchattacks", "art": "art"}
EPSILON = 0.1

# Trains the two networks once and writes their weights.
TRAINING = """
import sys, numpy as np, torch, nnbench
from torch import nn
train = nnbench.load_dataset("fashion_mnist").train
x, y = torch.tensor(train.x[:20000]).permute(0, 3, 1, 2), torch.tensor(train.y[:20000]).long()
def attacked(model, x, y, epsilon=0.1):
    delta = (2 * torch.rand_like(x) - 1) * epsilon
    start = (x + delta).clamp(0, 1).requires_grad_(True)
    (g,) = torch.autograd.grad(nn.functional.cross_entropy(model(start), y), start)
    return (x + (delta + 1.25 * epsilon * g.sign()).clamp(-epsilon, epsilon)).clamp(0, 1).detach()
for name, epochs in (("undefended", 2), ("robust", 6)):
    torch.manual_seed(0)
    convolutions = [nn.Conv2d(1, 16, 4, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 4, 2, 1), nn.ReLU(), nn.Flatten()]
    model = nn.Sequential(*convolutions, nn.Linear(1568, 64), nn.ReLU(), nn.Linear(64, 10))
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(128):
            batch = attacked(model, x[rows], y[rows]) if name == "robust" else x[rows]
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(batch), y[rows]).backward()
            optimizer.step()
    np.savez(f"{sys.argv[1]}/{name}.npz", *[p.detach().numpy() for p in model.parameters()])
"""

# Each of the others reads "library network attack n" from a line, and prints the seconds and the robust accuracy.
OURS = """
import sys, json, time, numpy as np, keras, nnbench
test = nnbench.load_dataset("fashion_mnist").test
def network(name):
    L = keras.layers
    body = [*(L.Conv2D(w, 4, 2, "same", activation="relu") for w in (16, 32)), L.Flatten(), L.Dense(64, "relu")]
    model = keras.Sequential([keras.Input((28, 28, 1)), *body, L.Dense(10)])
    stored = np.load(f"{sys.argv[1]}/{name}.npz")
    weights = [w.transpose(2, 3, 1, 0) if w.ndim == 4 else w.T for w in (stored[k] for k in stored.files)]
    # Flattened channels last, where PyTorch's are first.
    weights[4] = weights[4].reshape(32, 7, 7, 64).transpose(1, 2, 0, 3).reshape(1568, 64)
    model.set_weights(weights)
    return model
models = {name: network(name) for name in ("undefended", "robust")}
for line in sys.stdin:
    _, name, attack, n = line.split()
    x, y = test.x[: int(n)], test.y[: int(n)]
    options = {"norm": "linf", "epsilon": 0.1, "bounds": (0, 1)}
    start = time.perf_counter()
    if attack == "autoattack":
        result = nnbench.attacks.autoattack(models[name], x, y, **options)
    else:
        result = nnbench.attacks.pgd(models[name], x, y, steps=40, step_size=0.01, **options)
    print(json.dumps([time.perf_counter() - start, result.robust_accuracy]), flush=True)
"""

THEIRS = """
import sys, json, time, numpy as np, torch, nnbench
from torch import nn
test = nnbench.load_dataset("fashion_mnist").test
def network(name):
    convolutions = [nn.Conv2d(1, 16, 4, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 4, 2, 1), nn.ReLU(), nn.Flatten()]
    model = nn.Sequential(*convolutions, nn.Linear(1568, 64), nn.ReLU(), nn.Linear(64, 10))
    stored = np.load(f"{sys.argv[1]}/{name}.npz")
    for parameter, key in zip(model.parameters(), stored.files, strict=True):
        parameter.data = torch.tensor(stored[key])
    return model.requires_grad_(False).eval()
models = {name: network(name) for name in ("undefended", "robust")}
def attack_with(library, model, x, y):
    if library == "pyautoattack":
        from pyautoattack import AutoAttack
        return AutoAttack(model, norm="Linf", eps=0.1, seed=0).run_standard_evaluation(x, y, batch_size=250)[0]
    if library == "torchattacks":
        import torchattacks
        return torchattacks.PGD(model, eps=0.1, alpha=0.01, steps=40)(x, y)
    if library == "foolbox":
        import foolbox
        wrapped = foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu")
        return foolbox.attacks.LinfPGD(abs_stepsize=0.01, steps=40)(wrapped, x, y, epsilons=0.1)[1]
    from art.attacks.evasion import ProjectedGradientDescentPyTorch
    from art.estimators.classification import PyTorchClassifier
    classifier = PyTorchClassifier(model, nn.CrossEntropyLoss(), (1, 28, 28), 10, clip_values=(0, 1), device_type="cpu")
    attack = ProjectedGradientDescentPyTorch(
        classifier, eps=0.1, eps_step=0.01, max_iter=40, num_random_init=1, batch_size=128, verbose=False)
    return torch.tensor(attack.generate(x.numpy(), y.numpy()))
for line in sys.stdin:
    library, name, _, n = line.split()
    x, y = torch.tensor(test.x[: int(n)]).permute(0, 3, 1, 2).contiguous(), torch.tensor(test.y[: int(n)]).long()
    start = time.perf_counter()
    try:
        found = attack_with(library, models[name], x, y)
    except ImportError:
        print("null", flush=True)
        continue
    seconds = time.perf_counter() - start
    with torch.no_grad():
        print(json.dumps([seconds, (models[name](found).argmax(1) == y).float().mean().item()]), flush=True)
"""


@contextmanager
def library(code, folder, backend):
    """Give a function of a request that returns seconds and robust accuracy, or None where the library is missing."""
    interpreter = os.environ.get("NNBENCH_PEERS_PYTHON", sys.executable) if code is THEIRS else sys.executable
    command, environment = [interpreter, "-c", code, str(folder)], worker_environment(backend, "cpu")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as process:

        def measure(*request):
            process.stdin.write(" ".join(map(str, request)) + "\n")
            process.stdin.flush()
            while not (line := process.stdout.readline()).startswith(("[", "null")):
                assert line, f"{request}: the process has ended"
            return json.loads(line)

        yield measure
        process.stdin.close()


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    pytest.importorskip("torch")
    folder = tmp_path_factory.mktemp("networks")
    subprocess.run([sys.executable, "-c", TRAINING, str(folder)], check=True, env=worker_environment("torch", "cpu"))
    return folder


@pytest.mark.parametrize(("network", "expected"), [("undefended", 5.0), ("robust", 1.5)])
def test_autoattack(network, expected, networks, record_property, request):
    compare(("pyautoattack",), (network, "autoattack", 128), expected, networks, record_property, request)


@pytest.mark.parametrize(("network", "expected"), [("undefended", 3.0), ("robust", 1.0)])
def test_pgd(network, expected, networks, record_property, request):
    compare(tuple(PEERS), (network, "pgd", 500), expected, networks, record_property, request)


def compare(peers, task, expected, networks, record_property, request):
    """Run everyone in turn, and compare the median with the fastest peer's."""
    backend = (request.config.getoption("--nnbench-backend") or "tensorflow").split(",")[0]
    network, attack, n = task
    with ExitStack() as stack:
        ours = stack.enter_context(library(OURS, networks, backend))
        theirs = stack.enter_context(library(THEIRS, networks, "torch"))
        # What is compiled, and what is imported late, is not timed.
        ours("nnbench", *task)
        present = [peer for peer in peers if theirs(peer, network, attack, min(n, 32))]
        if not present:
            pytest.skip(f"none of {', '.join(peers)} is installed")
        found = {name: [] for name in ("nnbench", *present)}
        for _ in range(ROUNDS):
            for name, results in found.items():
                results.append((ours if name == "nnbench" else theirs)(name, *task))
    seconds = {name: statistics.median(r[0] for r in results) for name, results in found.items()}
    accuracy = {name: results[0][1] for name, results in found.items()}
    fastest = min(present, key=seconds.get)
    ratio = seconds[fastest] / seconds["nnbench"]
    details = ", ".join(f"{name} {seconds[name]:.2f} s ({accuracy[name]:.1%} robust)" for name in found)
    record_property(f"{attack} {network}", f"{ratio:.2f} times as fast as {fastest}, {n} images: {details}")
    assert ratio >= expected
