"""An environment of its own in which a third party's package is installed beside nnbench."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import keras
import pytest

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
        (Path(own) / "parent.pth").write_text("".join(lines))

    def run(self, *arguments, cwd, **variables):
        """Run this environment's Python in `cwd` and return the finished process."""
        env = {**os.environ, "KERAS_BACKEND": keras.backend.backend(), "TF_CPP_MIN_LOG_LEVEL": "3", **variables}
        env.pop("PYTHONPATH", None)
        command = [str(self.python), *map(str, arguments)]
        return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=300)

    def nnbench(self, *arguments, cwd, **variables):
        """Run the command line in this environment."""
        return self.run("-m", "nnbench.cli", *arguments, cwd=cwd, **variables)


@pytest.fixture(scope="session")
def acme(tmp_path_factory):
    """The environment with the package acme-nnbench, built and installed by pip."""
    folder = tmp_path_factory.mktemp("acme")
    environment = Environment(folder / "environment")
    pip = [sys.executable, "-m", "pip", f"--python={environment.python}", "--disable-pip-version-check", "install"]
    command = [*pip, "--no-deps", "--no-build-isolation", "--no-index", "--quiet", str(PACKAGE)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return environment
