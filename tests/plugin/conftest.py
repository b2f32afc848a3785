"""An environment of its own in which a third party's package is installed beside nnbench."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import keras
import pytest

import nnbench

PACKAGE = Path(__file__).with_name("acme_nnbench")


class Environment:
    """A virtual environment that also sees what the running one has."""

    def __init__(self, folder):
        venv.create(folder, symlinks=True)
        self.python = folder / "bin" / "python"
        own = sysconfig.get_path("purelib", "venv", {"base": str(folder)})
        # A line of a .pth file that starts with import is run: so the parent's own .pth files count as well.
        parents = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
        lines = [f"import site; site.addsitedir({parent!r})\n" for parent in sorted(parents)]
        tested = Path(nnbench.__file__).parents[1]
        (Path(own) / "parent.pth").write_text("".join([f"{tested}\n", *lines]))

    def run(self, *arguments, cwd, **variables):
        """Run this environment's Python in `cwd` and return the finished process."""
        env = {**os.environ, "KERAS_BACKEND": keras.backend.backend(), "TF_CPP_MIN_LOG_LEVEL": "3", **variables}
        env.pop("PYTHONPATH", None)
        command = [str(self.python), *map(str, arguments)]
        return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=300)

    def nnbench(self, *arguments, cwd, **variables):
        """Run the command line in this environment."""
        return self.run("-m", "nnbench.cli", *arguments, cwd=cwd, **variables)

    def install(self, folder):
        """Build the package in `folder` and install it, both by pip and without a network."""
        pip = [sys.executable, "-m", "pip", f"--python={self.python}", "--disable-pip-version-check", "install"]
        command = [*pip, "--no-deps", "--no-build-isolation", "--no-index", "--quiet", str(folder)]
        done = subprocess.run(command, cwd=self.python.parent, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def environment(tmp_path):
    """An environment without any third party's package."""
    return Environment(tmp_path / "environment")


@pytest.fixture(scope="session")
def acme(tmp_path_factory):
    """The environment with the package acme-nnbench, built and installed by pip."""
    environment = Environment(tmp_path_factory.mktemp("acme") / "environment")
    environment.install(PACKAGE)
    return environment
