"""Claims as a run declares them before its first training: digests that no later edit can fit."""

import hashlib
import tomllib
from collections.abc import Iterable
from pathlib import Path

from prunebench.core.digest import Json, digest
from prunebench.errors import SpecError, UnknownNameError
from prunebench.experiment.shipped import benchmarks_folder

SURVEY = "survey.toml"


def read_claims(file: Path | None = None) -> str:
    """Read a claims file, the shipped one unless another is named.

    Raises
    ------
    SpecError
        If it cannot be read.
    """
    path = file or benchmarks_folder() / "claims" / SURVEY
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"cannot read the claims file {path} ({error}); name another with --claims-file."
        raise SpecError(msg) from None


def declaration(text: str, ids: Iterable[str], tier: str) -> dict[str, Json]:
    """Give what a run's record says of the claims that it is to decide.

    Parameters
    ----------
    text
        The claims file.
    ids
        Those of its claims that the run delivers cells for.
    tier
        Whose entries; claims without one are left out.

    Returns
    -------
    dict
        ``file``: SHA-256 of the text; ``tier``; ``digests``: by id, the digest of the claim's entry,
        which no comment, space or order of keys changes.

    Raises
    ------
    UnknownNameError
        If the file has no such claim.
    SpecError
        If it is no TOML.
    """
    entries = entries_of(text, tier)
    unknown = [name for name in ids if name not in entries]
    if unknown:
        msg = f"no claim {unknown[0]!r} in the claims file; its claims are: {', '.join(entries)}."
        raise UnknownNameError(msg)
    found = {name: entries[name] for name in ids}
    return {
        "file": hashlib.sha256(text.encode()).hexdigest(),
        "tier": tier,
        "digests": {name: digest(entry) for name, entry in found.items() if entry is not None},
    }


def entries_of(text: str, tier: str) -> dict[str, dict[str, Json] | None]:
    """Give every claim's entry for a tier as it is written, None where it has none."""
    try:
        claims = tomllib.loads(text).get("claims", [])
    except tomllib.TOMLDecodeError as error:
        msg = f"the claims file is not valid TOML: {error}."
        raise SpecError(msg) from None
    return {str(claim["id"]): claim.get(tier) for claim in claims}
