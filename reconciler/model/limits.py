"""How much one apply may delete: the unit of `guards.max_deletes`."""

from __future__ import annotations

from typing import Self

from reconciler.model.base import Frozen


class Limit(Frozen):
    """A number, or a percentage of what is live (exactly one of the two is set)."""

    number: int | None = None
    percent: int | None = None

    @classmethod
    def parse(cls, value: int | str) -> Self:
        """`5` or `"25%"`, as a spec has it."""
        return cls(number=value) if isinstance(value, int) else cls(percent=int(value.rstrip("%")))

    def allowed(self, existing: int, minimum: int, default: int) -> int:
        """How many of `existing` objects may be deleted. A percentage is rounded down; of fewer than `minimum` objects
        it does not apply, and `default` counts instead."""
        if self.number is not None:
            return self.number
        return existing * (self.percent or 0) // 100 if existing >= minimum else default

    def __str__(self) -> str:
        return str(self.number) if self.percent is None else f"{self.percent}%"
