"""Settings: the fields of a plugin class, written as ``name[key=value]`` and part of every key."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from prunebench.core.digest import Json
from prunebench.errors import ContractError, SpecError

T = TypeVar("T")


def setting(default: T, help: str) -> T:
    """Declare a setting with its meaning, which ``prunebench show`` prints.

    Parameters
    ----------
    default
        Every setting has one.
    help
        One sentence; units and range where they are not obvious.
    """
    declared: T = field(default=default, metadata={"help": help})
    return declared


@dataclass(frozen=True)
class SettingInfo:
    """What ``prunebench show`` prints of a setting."""

    name: str
    type: str
    default: Any
    help: str


def describe_settings(owner: type) -> tuple[SettingInfo, ...]:
    """List the settings of a plugin class in declaration order."""
    hints = get_type_hints(owner)
    return tuple(
        SettingInfo(f.name, type_text(hints[f.name]), f.default, str(f.metadata.get("help", "")))
        for f in fields(owner)
    )


def type_text(hint: object) -> str:
    """Write a type as a person would: ``int``, ``'layer' | 'global'``."""
    if isinstance(hint, type):
        return hint.__name__
    text = str(hint).replace("typing.", "")
    if text.startswith("Literal[") and text.endswith("]"):
        return text[len("Literal[") : -1].replace(", ", " | ")
    return text


def configure(owner: type[T], kind: str, name: str, given: Mapping[str, Json]) -> T:
    """Make a plugin object from settings as a person wrote them.

    Raises
    ------
    SpecError
        If a setting is unknown or has a value of the wrong type.
    """
    hints = get_type_hints(owner)
    known = {f.name: f for f in fields(owner)}  # type: ignore[arg-type] # a dataclass by contract
    for key in given:
        if key not in known:
            choices = ", ".join(known) or "none"
            msg = f"{kind} {name!r} has no setting {key!r}; its settings are: {choices}."
            raise SpecError(msg)
    return owner(
        **{key: checked(f"{name}[{key}]", hints[key], value) for key, value in given.items()}
    )


def checked(where: str, hint: Any, value: Json) -> Any:
    """Turn a written value into the declared type.

    Raises
    ------
    SpecError
        If it cannot be read as that type.
    """
    adapter: TypeAdapter[Any] = TypeAdapter(hint, config=ConfigDict(allow_inf_nan=False))
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        msg = f"{where} = {value!r} cannot be used: {reason}; it takes {type_text(hint)}."
        raise SpecError(msg) from None


def resolved(configured: object) -> dict[str, Json]:
    """Give every setting of a plugin object with its value, defaults included."""
    return {f.name: getattr(configured, f.name) for f in fields(configured)}  # type: ignore[arg-type]


def freeze(owner: type) -> None:
    """Make a plugin class a frozen dataclass of its settings.

    Raises
    ------
    ContractError
        If a setting has no default, one that can change, or a whole number for a float.
    """
    try:
        dataclass(frozen=True, eq=True, repr=True)(owner)
    except (TypeError, ValueError) as error:  # no default behind a default; a list as default
        msg = f"{owner.__name__}: {error}; give every setting a default that cannot change."
        raise ContractError(msg) from None
    # A default factory is no default: help and keys need the value itself.
    bare = [f.name for f in fields(owner) if f.default is MISSING]
    if bare:
        msg = f"{owner.__name__}: every setting needs a default; {', '.join(bare)} has none."
        raise ContractError(msg)
    # 1 and 1.0 are two values in a key, and a person's value is read as the declared type.
    whole = [f.name for f in fields(owner) if f.type in (float, "float") and type(f.default) is int]
    if whole:
        msg = (
            f"{owner.__name__}: the default of {', '.join(whole)} must be a float; write 1.0 for 1."
        )
        raise ContractError(msg)
