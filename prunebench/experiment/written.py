"""What the keys of an experiment may hold, as TOML writes it."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from prunebench.experiment.choice import Choice


def as_list(value: object) -> object:
    """Let one thing stand for a list of one."""
    return value if isinstance(value, list) else [value]


class Named(BaseModel):
    """A choice written as a table: ``{name = "magnitude", scope = "global"}``."""

    model_config = ConfigDict(extra="allow")

    name: str

    def choice(self) -> Choice:
        """Give the table as a choice."""
        return Choice(self.name, dict(self.model_extra or {}))


Choices = Annotated[list[str | Named], BeforeValidator(as_list)]

MOST_SEEDS = 10_000
"""More than anybody runs; a slip of the keyboard must not fill the memory."""

# Strict: true is no density, and "3" no number of seeds.
Kept = Annotated[float, Field(strict=True, gt=0, le=1, allow_inf_nan=False)]
Removed = Annotated[float, Field(strict=True, ge=0, lt=1, allow_inf_nan=False)]
Rate = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=1, le=MOST_SEEDS)]
Seed = Annotated[int, Field(strict=True, ge=0, lt=2**63)]
Truth = Annotated[bool, Field(strict=True)]
