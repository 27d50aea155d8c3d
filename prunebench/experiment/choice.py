"""Choices: a name with settings, as people type it: ``magnitude[scope=global]``."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite

from prunebench.core.digest import Json
from prunebench.errors import SpecError

CHOICE = re.compile(r"(?P<name>[A-Za-z0-9][\w.+-]*)(?:\[(?P<settings>.*)\])?", re.DOTALL)
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|.', re.DOTALL)
"""A text in double quotes, or one letter."""


@dataclass(frozen=True)
class Choice:
    """One method, protocol, model or data set, by name.

    Parameters
    ----------
    name
        Its id.
    settings
        What the person wrote, unchecked: the registry knows the types.
    """

    name: str
    settings: Mapping[str, Json] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The choice as a person would type it."""
        if not self.settings:
            return self.name
        inner = ",".join(f"{key}={text(value)}" for key, value in sorted(self.settings.items()))
        return f"{self.name}[{inner}]"


def text(value: Json) -> str:
    """Write a setting's value as it is typed; `parse_value` is the inverse.

    >>> text(0.5), text(2.0), text("global"), text("3"), text("a,b")
    ('0.5', '2', 'global', '"3"', '"a,b"')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ",".join(text(item) for item in value) + "]"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, str) and not is_plain(value):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def is_plain(value: str) -> bool:
    """Say whether a text reads back as itself without quotes."""
    return bool(value) and not set(value) & set("[],\"'") and parse_value(value.strip()) == value


def parse_choices(texts: Iterable[str]) -> tuple[Choice, ...]:
    """Read comma-separated choices; commas inside brackets belong to their choice.

    >>> [choice.label for choice in parse_choices(["magnitude[scope=global],l1filter"])]
    ['magnitude[scope=global]', 'l1filter']
    """
    return tuple(parse_choice(part) for written in texts for part in split_outside(written))


def split_outside(written: str) -> list[str]:
    """Split at commas that stand outside brackets and quotes; empty parts are dropped."""
    parts, depth = [""], 0
    for token in TOKEN.findall(written):
        depth += {"[": 1, "]": -1}.get(token, 0)
        if token == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += token
    return [part.strip() for part in parts if part.strip()]


def parse_choice(written: str) -> Choice:
    """Read ``name`` or ``name[key=value,...]``.

    Raises
    ------
    SpecError
        If it has another form, or one setting twice.
    """
    match = CHOICE.fullmatch(written.strip())
    if not match:
        msg = f"cannot read {written!r}; write a name, or name[key=value,...]."
        raise SpecError(msg)
    settings: dict[str, Json] = {}
    for part in split_outside(match["settings"] or ""):
        key, value = parse_pair(written, part)
        if key in settings:
            msg = f"{written!r} gives {key!r} twice; give every setting once."
            raise SpecError(msg)
        settings[key] = value
    return Choice(match["name"], settings)


def parse_pair(written: str, part: str) -> tuple[str, Json]:
    """Read ``key=value``."""
    key, equals, value = part.partition("=")
    if not equals or not key.strip():
        msg = f"cannot read {part!r} in {written!r}; settings are written key=value."
        raise SpecError(msg)
    return key.strip(), parse_value(value.strip())


def parse_value(written: str) -> Json:
    """Read a value: true, false, a finite number, a list in brackets, else text, quoted or not.

    >>> parse_value("true"), parse_value("3"), parse_value("1e-3"), parse_value("global")
    (True, 3, 0.001, 'global')
    """
    if written in ("true", "false"):
        return written == "true"
    if written.startswith("[") and written.endswith("]"):
        return [parse_value(part) for part in split_outside(written[1:-1])]
    for reader in (int, float, json.loads):
        try:
            value: Json = reader(written)
        except ValueError:
            continue
        if isinstance(value, str) or (isinstance(value, int | float) and isfinite(value)):
            return value
    return written.strip("'\"")
