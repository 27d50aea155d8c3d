"""Read a frozen dataclass from JSON, exactly: every field, of its type, and no other."""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from prunebench.core.digest import Json
from prunebench.results.columns import shortened

T = TypeVar("T")

PLAIN: Mapping[object, str] = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
}
LARGEST = 2**53


def read(kind: type[T], document: Json, where: str = "") -> T:
    """Make a dataclass of a JSON object.

    Parameters
    ----------
    kind
        With fields of text, whole numbers, truths, JSON, dataclasses, tuples or mappings of such.
    where
        Path of the object within the document, for messages.

    Raises
    ------
    ValueError
        With the field that is missing, unknown or of another type.
    """
    if not isinstance(document, dict):
        msg = f"{where or 'the document'} must be an object, got {shortened(document)}"
        raise ValueError(msg)
    hints = hints_of(kind)
    unknown = sorted(document.keys() - hints.keys())
    if unknown:
        msg = f"{where or 'the document'} has an unknown field {shortened(unknown[0])}"
        raise ValueError(msg)
    missing = [name for name in required(kind) if name not in document]
    if missing:
        msg = f"{where or 'the document'} lacks {', '.join(missing)}"
        raise ValueError(msg)
    prefix = f"{where}." if where else ""
    return kind(**{key: value(hints[key], document[key], f"{prefix}{key}") for key in document})


def value(hint: Any, found: Json, where: str) -> Any:
    """Read one value of a declared type.

    Raises
    ------
    ValueError
        If it is of another type.
    """
    if hint in PLAIN:
        if type(found) is not hint or (hint is int and not 0 <= int(str(found)) <= LARGEST):
            msg = f"{where} must be {PLAIN[hint]}, got {shortened(found)}"
            raise ValueError(msg)
        return found
    if is_dataclass(hint):
        return read(hint, found, where)  # type: ignore[arg-type] # a class, not an instance
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple:
        entries = expected(list, found, where)
        return tuple(value(arguments[0], e, f"{where}[{i}]") for i, e in enumerate(entries))
    if origin is not None and issubclass(origin, Mapping):
        pairs = expected(dict, found, where)
        return {k: value(arguments[1], e, f"{where}.{k[:60]}") for k, e in pairs.items()}
    return found  # any JSON


def expected(kind: type, found: Json, where: str) -> Any:
    """Give a value that is of a kind.

    Raises
    ------
    ValueError
        If it is not.
    """
    if not isinstance(found, kind):
        words = "a list" if kind is list else "an object"
        msg = f"{where} must be {words}, got {shortened(found)}"
        raise ValueError(msg)
    return found


def hints_of(kind: type) -> dict[str, Any]:
    """Give the types of a dataclass's fields."""
    return get_type_hints(kind)


def required(kind: type) -> tuple[str, ...]:
    """Name the fields without a default."""
    declared: Any = kind
    bare = (f for f in fields(declared) if f.default is MISSING and f.default_factory is MISSING)
    return tuple(field.name for field in bare)


def write(record: Any) -> dict[str, Json]:
    """Give a dataclass as a JSON object."""
    return asdict(record)
