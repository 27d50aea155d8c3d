"""What all kinds of layouts are written with: types of their entries, and complaints."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from prunebench.errors import SpecError
from prunebench.experiment.complaint import first_complaint, place, sentence


def as_list(value: object) -> object:
    """Let one thing stand for a list of one."""
    return value if isinstance(value, list) else [value]


Name = Annotated[str, Field(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
Text = Annotated[str, Field(strict=True, min_length=1)]
Texts = Annotated[list[Text], Field(min_length=1)]
Value: TypeAlias = str | Annotated[float, Field(strict=True, allow_inf_nan=False)]
Admitted = Annotated[list[Value], Field(min_length=1), BeforeValidator(as_list)]


class LayoutText(BaseModel):
    """What every kind of layout says."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    id: Name = Field(description="short name of the table, such as table11a")
    title: Text = Field(description="number of the table in its publication")
    caption: Text = Field(description="what the table shows")
    reference: Name = Field(description="file of published rows, without .csv")
    footnotes: list[Text] = Field([], description="errata and readings, shown below the table")


Model = TypeVar("Model", bound=BaseModel)


def checked(model: type[Model], values: Mapping[str, object], where: str) -> Model:
    """Check the keys of one table.

    Raises
    ------
    SpecError
        If a key is unknown, missing or has an unusable value.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        # A misspelt key is also a missing one; what was written says more than what was not.
        unknown = (one for one in error.errors() if one["type"] == "extra_forbidden")
        raise SpecError(complaint(model, next(unknown, first_complaint(error)), where)) from None


def complaint(model: type[BaseModel], found: ErrorDetails, where: str) -> str:
    """Turn pydantic's complaint into one sentence."""
    key = str(found["loc"][0])
    if found["type"] == "extra_forbidden":
        return f"{where}: unknown key {key!r}{hint(key, model.model_fields)}"
    if found["type"] == "missing":
        about = model.model_fields[key].description
        return f"{where} lacks {key!r}: {about}."
    if found["type"] == "string_pattern_mismatch":
        what = f"{where}: {place([key])} = {found['input']!r} cannot be used"
        return f"{what}: it must be letters, digits, hyphens and underscores."
    # pydantic's names for the members of a union are no part of the place
    path = [one for one in found["loc"] if one not in ("str", "float") and "[" not in str(one)]
    return f"{where}: {sentence(path, found)}"


def refuse_strangers(given: Iterable[str], known: Iterable[str], where: str) -> None:
    """Refuse a name that nothing answers to.

    Raises
    ------
    SpecError
        With the nearest name, or all of them.
    """
    names = list(known)
    for name in given:
        if name not in names:
            msg = f"{where} has no entry {name!r}{hint(name, names)}"
            raise SpecError(msg)


def hint(name: str, known: Iterable[str]) -> str:
    """Give the nearest known name, or all of them.

    >>> hint("metrik", ["metric", "rows"]), hint("x", ["metric", "rows"])
    ("; did you mean 'metric'?", '; there are: metric, rows.')
    """
    names = list(known)
    near = get_close_matches(name, names, 1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(names)}."
