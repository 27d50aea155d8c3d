"""Names of files and anchors that no stranger's text can steer."""

import re
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

LONGEST = 48
"""Letters of a name before its digest."""

DIGITS = 8
"""Of a digest behind a name that lost something."""

OTHER = re.compile(r"[^a-z0-9]+")

RESERVED = frozenset(
    ("con", "prn", "aux", "nul", "index", *(f"{n}{i}" for n in ("com", "lpt") for i in range(10)))
)
"""Names that a system, or a server of pages, keeps for itself."""


MARKED = re.compile(r"-[0-9a-f]{8}$")
"""How a name with a digest ends; a text that ends so by itself gets one too."""


def slug(text: str) -> str:
    """Name a text by letters, digits and hyphens alone.

    A text that is such a name stays as it is. Any other gets eight digits of its SHA-256, so that
    a name does not depend on which others there are.

    >>> slug("l1filter"), slug("obd[rate=0.1]"), slug("../../etc")
    ('l1filter', 'obd-rate-0-1-8ffc6d4f', 'etc-74ccf3c5')
    """
    plain = OTHER.sub("-", text.lower()).strip("-")[:LONGEST].strip("-")
    if plain and plain == text and plain not in RESERVED and not MARKED.search(plain):
        return plain
    return "-".join(filter(None, (plain, digest(text)[:DIGITS])))


def slugs(texts: Iterable[str]) -> dict[str, str]:
    """Name several texts, each differently: whole digests where eight digits agree.

    >>> slugs(["a", "a b"])
    {'a': 'a', 'a b': 'a-b-c8687a08'}
    """
    named = {text: slug(text) for text in sorted(set(texts))}
    taken = Counter(named.values())
    return {
        text: name if taken[name] == 1 else f"{name}-{digest(text)}" for text, name in named.items()
    }


def digest(text: str) -> str:
    """Give a text's SHA-256."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
