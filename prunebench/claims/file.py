"""A claims file: its text, the claims in it, and their digests."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from prunebench.claims.claim import PUBLISHED, Claim
from prunebench.claims.expansion import make_entry
from prunebench.claims.schema import ClaimsText, ClaimText, checked, unknown
from prunebench.errors import SpecError
from prunebench.experiment.shipped import benchmarks_folder, parse_toml

ENTRIES = ("t1", "t2", PUBLISHED)


@dataclass(frozen=True)
class ClaimsFile:
    """A claims file that was read.

    Parameters
    ----------
    claims
        In the order of the file.
    text
        The file as it was read.
    """

    claims: tuple[Claim, ...]
    text: str

    @property
    def sha256(self) -> str:
        """SHA-256 of the file in hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def chosen(self, ids: Collection[str]) -> tuple[Claim, ...]:
        """Give the claims of some ids, in the order of the file; all if none is named.

        Raises
        ------
        SpecError
            If there is no such claim.
        """
        known = [claim.id for claim in self.claims]
        for one in ids:
            if one not in known:
                raise SpecError(unknown("claim", one, known))
        return tuple(claim for claim in self.claims if not ids or claim.id in ids)


def shipped_claims() -> Path:
    """Find the claims that come with prunebench."""
    return benchmarks_folder() / "claims" / "survey.toml"


def read_claims(path: Path | None = None) -> ClaimsFile:
    """Read the claims of a file; without a path those that come with prunebench.

    Raises
    ------
    SpecError
        If it cannot be read, or says something that cannot be used.
    """
    source = path or shipped_claims()
    try:
        text = source.read_bytes().decode("utf-8-sig")
    except OSError as error:
        msg = f"cannot read the claims file {source}: {error.strerror}."
        raise SpecError(msg) from None
    except UnicodeDecodeError:
        msg = f"the claims file {source} is not UTF-8 text; save it as such."
        raise SpecError(msg) from None
    return parse_claims(text, source.name)


def parse_claims(text: str, name: str) -> ClaimsFile:
    """Read claims from the text of a file; `name` is for messages.

    Raises
    ------
    SpecError
        If the text is not TOML, or says something that cannot be used.
    """
    values = parse_toml(text, name)
    found: dict[str, Claim] = {}
    for number, one in enumerate(checked(ClaimsText, values, name).claims, start=1):
        claim = make_claim(one, f"{name}, claim {one.get('id', number)}")
        if claim.id in found:
            msg = f"{name}: two claims are called {claim.id!r}; give every claim its own id."
            raise SpecError(msg)
        found[claim.id] = claim
    return ClaimsFile(tuple(found.values()), text)


def make_claim(values: dict[str, object], where: str) -> Claim:
    """Check a claim and its entries."""
    text = checked(ClaimText, values, where)
    given = {tier: getattr(text, tier) for tier in ENTRIES}
    return Claim(
        id=text.id,
        title=text.title,
        section=text.section,
        papers=text.papers,
        expected=text.expected,
        about=text.about,
        entries={
            tier: make_entry(tier, entry, f"{where}, {tier}")
            for tier, entry in given.items()
            if entry is not None
        },
    )
