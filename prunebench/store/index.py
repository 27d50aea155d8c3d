"""An index: names of contents, each leading to the stage that has measured that content."""

from pathlib import Path
from uuid import uuid4


class Index:
    """A folder of small files, one for each name.

    It only saves work: a name may be lost, or lead to a stage that is gone, and then what it stands
    for is measured again. So several processes may write at once, and none waits.

    Parameters
    ----------
    root
        Made when something is noted.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, name: str) -> Path:
        """Give the file of a name."""
        return self.root / name[:2] / name

    def note(self, name: str, key: str) -> None:
        """Let a name lead to a stage, whatever it led to before."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(f".{uuid4().hex}")
        aside.write_text(key, "ascii")
        aside.replace(path)

    def find(self, name: str) -> str | None:
        """Give the key that a name leads to; None for a name that was never noted."""
        try:
            return self.path(name).read_text("ascii")
        except (OSError, UnicodeDecodeError):
            return None
