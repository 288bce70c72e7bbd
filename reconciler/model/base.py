"""What every value of the model is: frozen, comparable, serialisable, and free of I/O."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, JsonValue

Json = JsonValue
"""Any JSON value."""


class Frozen(BaseModel):
    """A frozen value. Unknown fields are ignored on reading, so that a newer minor version can be read."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Source(Frozen):
    """Where something is written: `file` relative to the working directory; `line` and `column` count from 1."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"
