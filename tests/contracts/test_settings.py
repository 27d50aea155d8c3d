"""Settings: read as people write them, refused in sentences."""

from dataclasses import FrozenInstanceError, field
from typing import Any, Literal

import pytest

from prunebench.contracts.settings import (
    SettingInfo,
    checked,
    configure,
    describe_settings,
    freeze,
    resolved,
    setting,
)
from prunebench.errors import ContractError, SpecError


class Base:
    """Freeze whatever derives from it, as the contracts do."""

    def __init_subclass__(cls):
        freeze(cls)


class Example(Base):
    """Settings of every usual type."""

    rate: float = setting(0.2, "fraction removed")
    rounds: int = setting(0, "number of rounds")
    scope: Literal["layer", "global"] = setting("layer", "where to rank")
    half: bool = setting(False, "half the rate")
    limit: int | None = setting(None, "none for no limit")
    plain: str = "x"


class Bare(Base):
    """Nothing to set."""


def test_given_values_and_defaults():
    """What is not given keeps its default; integers become floats where floats are meant."""
    example = configure(Example, "method", "example", {"rate": 1, "scope": "global"})

    assert resolved(example) == {
        "rate": 1.0,
        "rounds": 0,
        "scope": "global",
        "half": False,
        "limit": None,
        "plain": "x",
    }
    assert isinstance(example.rate, float)


def test_equal_settings_make_equal_objects():
    """Objects are values: equal, hashable, frozen."""
    one, other = (configure(Example, "method", "example", {"rounds": 3}) for _ in range(2))

    assert one == other
    assert len({one, other, Example()}) == 2
    with pytest.raises(FrozenInstanceError):
        one.rounds = 4


@pytest.mark.parametrize(
    ("owner", "known"), [(Example, "rate, rounds, scope, half, limit, plain"), (Bare, "none")]
)
def test_unknown_settings_are_refused(owner, known):
    """The message lists the settings there are."""
    with pytest.raises(SpecError, match=rf"method 'x' has no setting 'ratte'; .* are: {known}\."):
        configure(owner, "method", "x", {"ratte": 1})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rate": "fast"}, r"m\[rate\] = 'fast' cannot be used: .*; it takes float\."),
        ({"rate": float("nan")}, r"m\[rate\] = nan cannot be used: .*finite.*; it takes float\."),
        ({"rounds": 1.5}, r"m\[rounds\] = 1\.5 cannot be used: .*; it takes int\."),
        ({"rounds": None}, r"m\[rounds\] = None cannot be used: .*; it takes int\."),
        ({"scope": "net"}, r"m\[scope\] = 'net' .*; it takes 'layer' \| 'global'\."),
        ({"half": "perhaps"}, r"m\[half\] = 'perhaps' .*; it takes bool\."),
        ({"limit": "x"}, r"m\[limit\] = 'x' .*; it takes int \| None\."),
        ({"plain": [1]}, r"m\[plain\] = \[1\] .*; it takes str\."),
    ],
)
def test_values_of_the_wrong_type_are_refused(given, message):
    """The message says which setting, which value, why, and what it takes."""
    with pytest.raises(SpecError, match=message):
        configure(Example, "method", "m", given)


@pytest.mark.parametrize(
    ("hint", "written", "value"),
    [(int, 3.0, 3), (bool, 1, True), (float, "0.5", 0.5), (tuple[int, ...], [1, 2], (1, 2))],
)
def test_written_values_become_the_declared_type(hint, written, value):
    """TOML and brackets have fewer types than Python."""
    got = checked("m[x]", hint, written)

    assert got == value
    assert type(got) is type(value)


def test_settings_are_described():
    """Name, type, default and meaning, in the order of declaration."""
    infos = describe_settings(Example)

    assert infos[0] == SettingInfo("rate", "float", 0.2, "fraction removed")
    assert infos[2] == SettingInfo("scope", "'layer' | 'global'", "layer", "where to rank")
    assert [info.type for info in infos] == [
        "float",
        "int",
        "'layer' | 'global'",
        "bool",
        "int | None",
        "str",
    ]
    assert infos[-1].help == ""


def derive(annotations, **values):
    """Make a plugin class with these settings."""
    return type("Odd", (Base,), {"__annotations__": annotations, **values})


@pytest.mark.parametrize(
    ("annotations", "values", "message"),
    [
        ({"a": int}, {}, "Odd: every setting needs a default; a has none"),
        ({"a": int, "b": Any}, {}, "a, b has none"),
        ({"a": list}, {"a": field(default_factory=list)}, "every setting needs a default; a has"),
        ({"a": int, "b": int}, {"a": 1}, "Odd: .*'b'.*; give every setting a default"),
        ({"a": list}, {"a": []}, "Odd: mutable default .* for .*a.*; give every setting a default"),
    ],
    ids=["no default", "two without", "factory", "none behind a default", "list"],
)
def test_settings_without_a_fixed_default_are_refused(annotations, values, message):
    """Keys and help need the default itself, so a class without one cannot be made."""
    with pytest.raises(ContractError, match=message):
        derive(annotations, **values)


def test_subclasses_inherit_settings():
    """A class that derives from a plugin has its settings too, then its own."""

    class Child(Example):
        depth: int = setting(2, "how deep")

    assert [info.name for info in describe_settings(Child)][-2:] == ["plain", "depth"]


def test_whole_numbers_are_no_defaults_for_floats():
    """A default 1 for a float would differ in keys from a person's 1, which is read as 1.0."""
    with pytest.raises(ContractError, match=r"factor"):

        class Whole(Base):
            factor: float = setting(1, "a factor")
