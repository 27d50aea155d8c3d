"""A project's files, put on disk; nothing that is there is overwritten."""

from collections.abc import Mapping
from pathlib import Path

from prunebench.errors import SpecError

KEPT = {".git"}
"""What may lie in the folder already: a repository that is still empty."""


def write_project(folder: Path, files: Mapping[str, str]) -> None:
    """Write a project into a folder that is not there or empty.

    Parameters
    ----------
    folder
        Made where it is missing, with its parents.
    files
        Text by relative path.

    Raises
    ------
    SpecError
        If the folder has content, or is none.
    """
    refuse_content(folder)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)


def refuse_content(folder: Path) -> None:
    """Refuse a folder with something in it.

    Raises
    ------
    SpecError
        With the folder and one thing that is in it.
    """
    if folder.exists() and not folder.is_dir():
        msg = f"{folder} is a file; name a folder that is not there yet with --dir."
        raise SpecError(msg)
    there = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    content = [name for name in there if name not in KEPT]
    if content:
        msg = (
            f"the folder {folder} is not empty, it has {content[0]!r}; nothing was written: name "
            f"another folder with --dir."
        )
        raise SpecError(msg)


def tree(folder: str, files: Mapping[str, str]) -> str:
    """Draw the files below a folder, one a line; folders come with what is in them.

    >>> print(tree("p", {"a/b.py": "", "c.py": ""}))
    p/
      a/b.py
      c.py
    """
    return "\n".join([f"{folder}/", *(f"  {name}" for name in files)])
