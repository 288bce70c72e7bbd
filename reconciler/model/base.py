"""What every value of the model is: frozen, comparable, serialisable, and free of I/O."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

Json = JsonValue
"""Any JSON value."""


class Frozen(BaseModel):
    """A frozen value. Unknown fields are ignored on reading, so that a newer minor version can be read."""

    model_config = ConfigDict(frozen=True, extra="ignore")


F = TypeVar("F", bound=Frozen)


def validated(type: type[F], data: object, place: str) -> F:
    """The value in parsed JSON. Raises `ValueError` with the first thing that is wrong, and where: `place` is where in
    the file the data is."""
    try:
        return type.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        steps = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in first["loc"])
        raise ValueError(f"{(place + steps).lstrip('.') or 'it'}: {first['msg']}") from error


class Source(Frozen):
    """Where something is written: `file` relative to the working directory; `line` and `column` count from 1."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"
