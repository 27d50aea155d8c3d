"""Who sent a bundle: names and addresses of submitters, compared as a reader sees them."""

import re
import unicodedata

from prunebench.bundle.document import Submitter

UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U000e0000-\U000e0fff]"
)
"""Unicode's default-ignorable characters that are neither control nor format characters."""


def same_party(one: Submitter, other: Submitter) -> bool:
    """Say whether two submitters are one: one name, or one address on the web.

    Who says no name is nobody in particular, and no second opinion to anybody else like that.
    """
    names = [seen(submitter.name) for submitter in (one, other)]
    urls = [seen(submitter.url).rstrip("/") for submitter in (one, other)]
    return names[0] == names[1] or (urls[0] == urls[1] != "")


def seen(name: str) -> str:
    r"""Give what is equal for names that look alike: no capitals, spaces or hidden characters.

    >>> seen("Ada  L"), seen("ada\u200b\u3164 l"), seen(" \u3164")
    ('adal', 'adal', '')
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    shown = "".join(c for c in UNSEEN.sub("", plain) if unicodedata.category(c)[0] not in "CZ")
    return unicodedata.normalize("NFKC", "".join(shown.split()))
