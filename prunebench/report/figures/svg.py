"""SVG documents made short, readable aloud, and fit to stand in a page."""

import re
from xml.sax.saxutils import escape, quoteattr

from prunebench.report.wording import printable

DIGITS = re.compile(r"(?<![\w#.])-?\d+\.\d{3,}(?:e-?\d+)?")
"""A number with more than two decimals."""

HEADER = re.compile(r"<!DOCTYPE[^>]*>\s*|<metadata>.*?</metadata>\s*", re.DOTALL)
"""What a document says about itself."""

FONT = re.compile(r"font-family:[^;\"]*;? ?")
"""The font in the style of a text."""

STYLE = re.compile(r'style="[^"]*"')

UNTURNED = re.compile(r' transform="rotate\(-?0 [^()]*\)"')
"""A turn by no angle."""

GROUP = re.compile(r"(</?g\b[^<>]*>\n?)")


def tidied(svg: str, family: str) -> str:
    """Shorten a document that matplotlib wrote: it looks as before.

    Nothing about itself, no indentation, no empty groups, the font said once, hundredths of a
    point: the last digits of a place also depend on the processor, and a committed figure should
    not.

    Parameters
    ----------
    svg
        The document.
    family
        Its fonts, as CSS.
    """
    bare = re.sub(r"<g id=\"[^\"]*\"(/?)>", r"<g\1>", HEADER.sub("", svg))
    short = re.sub(r"<[^<>]+>", lambda tag: shortened(tag[0]), bare)
    flat = ungrouped(re.sub(r"[ \t]*\n[ \t]*", "\n", short))
    return flat.replace("<svg ", f'<svg font-family="{family}" ', 1)


def shortened(tag: str) -> str:
    """Shorten one tag; no words of anybody stand in it."""
    rounded = DIGITS.sub(hundredths, tag)
    still = UNTURNED.sub("", rounded)
    return STYLE.sub(lambda found: re.sub(r"([:;]) ", r"\1", FONT.sub("", found[0])), still)


def hundredths(number: re.Match[str]) -> str:
    """Round a number; what rounds to nothing has no sign."""
    return f"{round(float(number[0]), 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def ungrouped(svg: str) -> str:
    """Leave out the groups without an attribute: they do nothing.

    >>> ungrouped('<g><g class="a"><path/></g><g/></g>')
    '<g class="a"><path/></g>'
    """
    kept: list[str] = []
    opened: list[bool] = []
    for piece in GROUP.split(svg):
        tag = piece.strip()
        is_bare = tag in ("<g>", "<g/>")
        if tag.startswith("<g") and not tag.endswith("/>"):
            opened.append(is_bare)
        elif tag == "</g>":
            is_bare = opened.pop()
        kept.append("" if is_bare else piece)
    return "".join(kept)


def described(svg: str, title: str, caption: str) -> str:
    """Add to a document what a reader hears who does not see it."""
    label, spoken = quoteattr(printable(title)), escape(printable(title))
    words = f"<title>{spoken}</title>\n<desc>{escape(printable(caption))}</desc>"
    return re.sub(
        r"<svg([^>]*)>",
        lambda tag: f'<svg{tag[1]} role="img" aria-label={label}>\n{words}',
        svg,
        count=1,
    )


def inline(svg: str, name: str) -> str:
    """Cut a document down to its element, with ids that are unique on a page.

    Parameters
    ----------
    svg
        The document.
    name
        Prefix of the ids.
    """
    element = svg[svg.index("<svg") :]
    return re.sub(r'(<[^<>]*?\bid="|url\(#|href="#)', rf"\g<1>{name}-", element)
