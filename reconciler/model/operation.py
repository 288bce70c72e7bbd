"""An operation of a service as data: what it does, its rate, and what its answers and errors mean."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from reconciler.errors import ServiceError


class Answer(NamedTuple):
    """What an answer must have to be one: an answer without its member is unreadable, never an empty list. `fields` are
    those of each item where the member is a list, its own where it is a structure (`dict`); a dot in the name of a
    field is a step into a structure. Only fields that are relied on are named. A list that is not `always` there is
    left out by the service where it is empty."""

    member: str
    kind: type
    fields: Mapping[str, type] = MappingProxyType({})
    always: bool = True

    def missing_in(self, answer: Mapping[str, Any]) -> str | None:
        """The path of what an answer lacks, `None` where it is complete."""
        found = answer.get(self.member)
        if found is None and not self.always:
            return None
        if not isinstance(found, self.kind):
            return self.member
        for item in found if isinstance(found, list) else [found]:
            for path, kind in self.fields.items():
                if not isinstance(_at(item, path), kind):
                    return f"{self.member}.{path}"
        return None


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


ErrorMeaning = Literal["settling", "busy", "look", "perhaps_done", "throttled"]
"""What an error of one operation means:

- `settling`: it passes within seconds after an earlier write, because the service is eventually consistent.
- `busy`: it passes once other changes, which take minutes, are done.
- `look`: the same, but one look shows whether the wanted state is there, or can no longer come.
- `perhaps_done`: the wanted state may be there, by an earlier try: it is looked for until lists have settled.
- `throttled`: the bucket of the operation is empty; the code means something else for other services.
"""


class Operation(NamedTuple):
    """One operation.

    - `name` is the API's own, with the service before it (`account:PutAccountName`) except for Organizations.
    - `rate` (calls a second) and `burst` (calls) are those of its token bucket; operations with one bucket name it.
    - `answer` is `None` where there is no output.
    - `writes`: it changes something. Where it is not `repeatable`, a second call would make a second thing.
    - `optional`: there is an answer without it, so its failures are retried less.
    - `page_size` is the most items of a page of a list, `None` where the request does not set it.
    - `errors` are the codes, or the details, of errors that are not final.
    - an `online` operation is called by `--online`, `--lookback`, `explain --permission-set`, and `drift` with `--who`
      or `--notify` alone: no plan or apply needs its permission.
    """

    name: str
    rate: float
    burst: float
    answer: Answer | None = None
    writes: bool = False
    repeatable: bool = True
    optional: bool = False
    shared_bucket: str = ""
    page_size: int | None = 20
    errors: Mapping[str, ErrorMeaning] = MappingProxyType({})
    online: bool = False

    @property
    def bucket(self) -> str:
        """The name of the token bucket."""
        return self.shared_bucket or self.name

    def meaning_of(self, error: ServiceError) -> ErrorMeaning | None:
        """What an error means, `None` where it is final."""
        return self.errors.get(error.code) or self.errors.get(error.detail or "")
