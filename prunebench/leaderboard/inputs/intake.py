"""Files of bundles, reproductions and notes, read and checked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from prunebench.bundle.check import Checked, check_bundle
from prunebench.bundle.limits import Limits
from prunebench.bundle.reproduced import Reproduced, read_reproduced
from prunebench.errors import SpecError
from prunebench.leaderboard.inputs.notes import NOTES, Notes, read_notes, without
from prunebench.leaderboard.inputs.submitted import Submitted, submitted

BUNDLES, REPRODUCED = "*.zip", "*-reproduced-*.json"


@dataclass(frozen=True)
class Refused:
    """A bundle that did not pass its checks.

    Parameters
    ----------
    path
        Its file.
    address
        Digest of its content; empty where it could not be read.
    reasons
        What was found, in sentences; text of strangers.
    more
        Number of findings beyond those.
    """

    path: Path
    address: str
    reasons: tuple[str, ...]
    more: int = 0


@dataclass(frozen=True)
class Intake:
    """What a leaderboard is made of.

    Parameters
    ----------
    bundles
        Accepted ones.
    files
        Their paths by address.
    refused
        The others; empty unless they were to be skipped.
    reproductions, notes
        From beside the bundles.
    """

    bundles: tuple[Submitted, ...]
    files: dict[str, Path]
    refused: tuple[Refused, ...]
    reproductions: tuple[Reproduced, ...]
    notes: Notes


def take_in(
    paths: Iterable[Path], *, skip_refused: bool = False, limits: Limits | None = None
) -> Intake:
    """Read bundles, and the reproductions and notes that lie in the same folders.

    Parameters
    ----------
    paths
        Bundles, or folders with some.
    skip_refused
        Whether to go on without bundles that do not pass their checks.
    limits
        Of what is read of a stranger's file.

    Raises
    ------
    SpecError
        If there is nothing, a bundle is refused, or a file beside them is not what it must be.
    """
    files = bundle_files(paths)
    folders = sorted({file.parent for file in files})
    bundles: dict[str, Submitted] = {}
    refused: list[Refused] = []
    found_at: dict[str, Path] = {}
    for file in files:  # one at a time: predictions take room
        checked = check_bundle(file, limits or Limits())
        if not checked.is_accepted or checked.bundle is None:
            refused.append(refusal(checked))
            continue
        bundles[checked.address] = submitted(checked.address, checked.bundle)
        twins = [found_at.get(checked.address, file), file]
        found_at[checked.address] = min(twins, key=digest_of)  # no path has a say
    if refused and not skip_refused:
        raise SpecError(complaint(refused))
    gone = [one.address for one in refused if one.address]
    return Intake(
        bundles=tuple(bundles.values()),
        files=found_at,
        refused=tuple(refused),
        reproductions=tuple(
            read_reproduced(regular(path))
            for folder in folders
            for path in sorted(folder.glob(REPRODUCED))
        ),
        notes=without(notes_in(folders), gone),
    )


def bundle_files(paths: Iterable[Path]) -> list[Path]:
    """List the bundles at some paths, each file once.

    Raises
    ------
    SpecError
        If a path does not exist, or there are none.
    """
    found: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found.update(path.glob(BUNDLES))
        elif path.exists():
            found.add(path)
        else:
            msg = f"there is no bundle at {path}; name a file, or a folder with some."
            raise SpecError(msg)
    if not found:
        msg = "there is no bundle at any of the places named; 'prunebench bundle pack' writes one."
        raise SpecError(msg)
    return sorted(found)


def regular(path: Path) -> Path:
    """Give a path back if a regular file is there.

    Raises
    ------
    SpecError
        If it is a folder, a device, a pipe or a link to one or to nothing.
    """
    if path.is_file():
        return path
    msg = f"{path} is no regular file; leave it out, or put the file itself there."
    raise SpecError(msg)


def digest_of(path: Path) -> str:
    """Give the SHA-256 of a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def refusal(checked: Checked) -> Refused:
    """Say why a bundle is refused."""
    reasons = tuple(map(str, checked.findings))
    return Refused(checked.path, checked.address, reasons, checked.more)


def complaint(refused: Sequence[Refused]) -> str:
    """Say of the first refused bundle what is wrong with it, and of how many more."""
    first = refused[0]
    rest = len(first.reasons) - 1 + first.more
    more = f" ({rest} more findings)" if rest else ""
    others = f" {len(refused) - 1} more bundles are refused." if len(refused) > 1 else ""
    return (
        f"{first.path} is refused: {first.reasons[0]}{more}{others} Leave such bundles out, or go "
        "on without them by --skip-refused."
    )


def notes_in(folders: Iterable[Path]) -> Notes:
    """Read the notes of all folders."""
    paths = [folder / NOTES for folder in folders]
    read = [read_notes(regular(path)) for path in paths if path.exists() or path.is_symlink()]
    return Notes(
        tuple(note for one in read for note in one.disputed),
        tuple(note for one in read for note in one.superseded),
    )
