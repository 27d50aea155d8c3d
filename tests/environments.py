"""Fresh environments that share the heavy packages of the running one.

An environment made here is a virtual one of its own: own interpreter, own site-packages, into which
projects are installed. What is not there is found in the site-packages of the interpreter that made
it, so torch is installed once.
"""

import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

SHARED = "shared.pth"


@dataclass(frozen=True)
class Environment:
    """A virtual environment; see `share`.

    Parameters
    ----------
    folder
        Where it lies.
    """

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    def install(self, *wheels: Path) -> None:
        """Install wheels, offline and without what they depend on, which is shared."""
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "install", "--quiet"]
        flags = ["--no-deps", "--no-index", "--disable-pip-version-check"]
        finished(subprocess.run([*pip, *flags, *map(str, wheels)], check=False, **CAPTURED))

    def call(self, *words: object, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run ``python -m WORDS`` in a folder; give what became of it, with its output."""
        command = [str(self.python), "-m", *map(str, words)]
        return subprocess.run(command, cwd=folder, env=surroundings(), check=False, **CAPTURED)

    def run(self, *words: object, folder: Path) -> str:
        """Run ``python -m WORDS`` in a folder; give its stdout, or raise with all it said."""
        return finished(self.call(*words, folder=folder)).stdout


CAPTURED = {"capture_output": True, "text": True}


def surroundings() -> dict[str, str]:
    """Give the variables for its processes: one thread, and no module from elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "OMP_NUM_THREADS": "1"}


def share(folder: Path) -> Environment:
    """Make an environment whose interpreter also finds what the running one has installed."""
    venv.create(folder, with_pip=False, symlinks=True)
    made = Environment(folder)
    ours = [path for path in sys.path if Path(path).name in {"site-packages", "dist-packages"}]
    # addsitedir and not the bare folder: it may hold the .pth of an editable prunebench.
    lines = [f"import site; site.addsitedir({path!r})" for path in ours]
    [packages] = (folder / "lib").glob("python*/site-packages")
    (packages / SHARED).write_text("\n".join([*lines, ""]), "utf-8")
    return made


def build(project: Path, folder: Path) -> Path:
    """Build a project's wheel into a folder, with the shared hatchling; give its path."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    finished(subprocess.run(command, cwd=project, env=surroundings(), check=False, **CAPTURED))
    [wheel] = folder.glob(f"{project.name.replace('-', '_')}-*.whl")
    return wheel


def finished(process: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    """Give a process that ended well.

    Raises
    ------
    AssertionError
        With its command and all it said, if it did not.
    """
    if process.returncode != 0:
        words = " ".join(map(str, process.args))
        msg = f"{words} ended with {process.returncode}:\n{process.stdout}\n{process.stderr}"
        raise AssertionError(msg)
    return process
