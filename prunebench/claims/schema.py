"""How claims files are written: pydantic models, and complaints in one sentence."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from prunebench.claims.claim import Rule
from prunebench.errors import SpecError
from prunebench.experiment.complaint import first_complaint, sentence

Table = dict[str, Any]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
LARGEST = 500.0
"""No quantity differs by more in points or nats, and a logarithm of steps not by a tenth of it."""

Positive = Annotated[float, Field(ge=0, le=LARGEST, allow_inf_nan=False)]
Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1)]


class Text(BaseModel):
    """What all of them have in common: no unknown key, no text for a number."""

    model_config = ConfigDict(extra="forbid", strict=True)


class TestText(Text):
    """A test as TOML writes it."""

    __test__ = False  # pytest must not take it for one of its own

    rule: Rule = Field(description="how it is decided")
    quantity: str = Field("accuracy", description="what is compared")
    x: Table = Field({}, description="the first cell; the difference is x - y")
    y: Table = Field({}, description="the second cell")
    margin: Positive = Field(0.0, description="in the unit of the quantity")
    level: Number | None = Field(None, description="a fixed number instead of y")
    each: list[Table] = Field([], description="one test per entry, merged into x and y")
    primary: bool = Field(default=True, description="whether it decides the claim")
    name: str = Field("", description="its title; made of the cells without one")
    note: str = Field("", description="what must be said with it")
    otherwise: str = Field(
        "",
        description="makes it a control: what it means if it alone is not confirmed; the claim "
        "is not confirmed then",
    )
    one_of: str = Field("", description="tests that share this text are alternatives")
    ladder: list[Table] = Field([], description="argmin: the cells")
    between: Annotated[list[Share], Field(min_length=2, max_length=2)] = Field(
        [0.0, 1.0], description="argmin: kept fractions between which the smallest value must lie"
    )
    share: Share = Field(0.8, description="argmin: share of bootstrap samples that confirms")
    by: str = Field("", description="report, pairs: column whose values are told apart")
    tolerance: Positive = Field(
        0.02, description="pairs: how far FLOP ratios that count as equal may differ, relative"
    )
    holds: bool | None = Field(
        None, description="published: whether a statement without a number says the same"
    )


class EntryText(Text):
    """What decides a claim at one tier, or on published numbers, as TOML writes it."""

    benchmark: str = Field("", description="whose tier delivers the cells, or any")
    cell: Table = Field({}, description="merged into x and y of every test")
    family: str = Field("", description="column by whose values Holm's families are split")
    note: str = Field("", description="what must be said with the verdict")
    suspect: list[Table] = Field(
        [], description="published: cells suspected to be misprints, which decide nothing"
    )
    tests: list[Table] = Field(min_length=1, description="the tests")


class ClaimText(Text):
    """A claim as TOML writes it."""

    id: Name = Field(description="a short name, such as C9")
    title: Name = Field(description="the claim in a line")
    section: str = Field("", description="where the survey says so")
    papers: str = Field("", description="whose claim it is")
    expected: Literal["", "CONFIRMED", "OPEN"] = Field(
        "", description="the verdict that published numbers give"
    )
    about: str = Field("", description="what must be known to read it")
    t1: Table | None = Field(None, description="tests on a scaled experiment")
    t2: Table | None = Field(None, description="tests in the paper's own setting")
    published: Table | None = Field(None, description="tests on printed numbers")


class ClaimsText(Text):
    """A claims file."""

    claims: list[Table] = Field(min_length=1, description="the claims")


Model = TypeVar("Model", bound=Text)


def checked(model: type[Model], values: Mapping[str, Any], where: str) -> Model:
    """Check one table.

    Raises
    ------
    SpecError
        With the place, the key, its value and what it must be.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise SpecError(complaint(model, error, where)) from None


def complaint(model: type[Text], error: ValidationError, where: str) -> str:
    """Turn pydantic's first complaint into one sentence."""
    first = first_complaint(error)
    key = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        return f"{where}: {unknown('key', key, model.model_fields)}"
    if first["type"] == "missing":
        return f"{where}: {key} is missing; write {model.model_fields[key].description}."
    if first["type"] == "too_short":
        return f"{where}: {key} = {first['input']!r} is too short; write at least {least(first)}."
    positions = [part for part in first["loc"] if isinstance(part, int)]
    return f"{where}: {sentence([key, *positions], first)}"


def least(found: Mapping[str, Any]) -> str:
    """Write the least number of entries."""
    return f"{found['ctx']['min_length']} of them"


def unknown(what: str, name: str, known: Collection[str]) -> str:
    """Say that a name is unknown, and suggest the nearest."""
    near = get_close_matches(name, list(known), 1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(known)}."
    return f"unknown {what} {name!r}; {hint}"
