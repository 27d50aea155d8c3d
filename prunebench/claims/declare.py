"""Claims as a run declares them before its first training: digests that no later edit can fit."""

from collections.abc import Collection

from prunebench.claims.claim import digests
from prunebench.claims.file import ClaimsFile
from prunebench.core.digest import Json


def declaration(file: ClaimsFile, ids: Collection[str], tier: str) -> dict[str, Json]:
    """Give what a run's record says of the claims that it is to decide.

    Parameters
    ----------
    file
        The claims.
    ids
        Those that the run delivers cells for.
    tier
        Whose entries; claims without one have no digest.

    Returns
    -------
    dict
        ``file``: SHA-256 of the text; ``tier``; ``digests``: by id, the digest of the claim's
        entry, which no comment, space or order of keys changes. Empty without ids.

    Raises
    ------
    SpecError
        If the file has no such claim.
    """
    if not ids:
        return {}
    return {"file": file.sha256, "tier": tier, "digests": dict(digests(file.chosen(ids), tier))}
