"""What a kind of managed thing tells the engine. The engine knows kinds only by this Protocol.

Adding a kind is one file with a class like these and its line in `kinds/__init__.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

from reconciler.errors import ServiceError
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Warning_
from reconciler.model.resources import Resource

Read = Callable[[str, dict[str, Any], str], Iterator[dict[str, Any]]]
"""(list operation, parameters, member) -> every item of the list, all its pages."""

State = Mapping[Address, Resource]
"""An organization while a plan runs: everything in it, by address."""

Unmanaged = Literal["ignore", "report", "delete"]


@dataclass(frozen=True)
class UnmanagedRules:
    """How the spec wants undeclared things and tags treated, by the plural the spec uses (`policies`)."""

    unmanaged: Mapping[str, Unmanaged] = field(default_factory=dict)
    disabled_policy_types: frozenset[str] = frozenset()


@dataclass
class Comparison:
    """What comparing one kind yields: the changes, the live things left alone, and what a reviewer should know."""

    changes: list[Change] = field(default_factory=list)
    unmanaged: list[Resource] = field(default_factory=list)
    warnings: list[Warning_] = field(default_factory=list)


class Call(NamedTuple):
    """One call to the service.

    - `id_at` and `request_at` are where in the answer the id of the change's resource, or of the request, is found.
    - `until` says whether an answer is final, for calls that are repeated, at most `every` seconds apart, until then;
      `refusal` what a final answer says went wrong.
    - `already` names errors which mean that the wanted state is there; `gone` those that mean so where the missing
      thing is none that this run made.
    - `find` looks for the result of a call whose answer was lost, and returns the answer it would have had; it raises
      `ServiceError` where the wanted state can no longer come. With `find_first` it looks before the call is made, for
      what an earlier run asked for.
    - `restart` names errors after which the change is begun again from its first call.
    - `member` names the list of a call that has pages."""

    operation: str
    params: dict[str, Any]
    id_at: tuple[str, ...] = ()
    request_at: tuple[str, ...] = ()
    until: Callable[[dict[str, Any]], bool] | None = None
    refusal: Callable[[dict[str, Any]], str | None] | None = None
    every: float = 5.0
    already: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    find: Callable[[Read], dict[str, Any] | None] | None = None
    find_first: bool = False
    restart: frozenset[str] = frozenset()
    member: str = ""


def overtaken(operation: str, text: str) -> ServiceError:
    """The error of a call whose wanted state can no longer come: the organization was changed by somebody else."""
    help = "the organization changed after the plan was made: make the plan again"
    return ServiceError(operation, "ChangedMeanwhile", text, help=help)


class Ids(Protocol):
    """The ids that are known so far. Raises `KeyError` for an address that has none."""

    def __getitem__(self, address: Address) -> str: ...

    def resolve(self, value: Json) -> Json:
        """The value with every reference to a known id replaced."""
        ...

    def address_of(self, id: str) -> Address | None:
        """The address that has the id, `None` where the plan does not name one."""
        ...

    def is_new(self, id: str) -> bool:
        """True for what this run made: lists may not show it yet."""
        ...


class Kind(Protocol):
    """One kind of managed thing. All methods are pure; `calls` is a lazy generator, so that ids which an earlier call
    brought are there when the next call's parameters are made."""

    @property
    def resource(self) -> type[Resource]:
        """The class of what is managed."""
        ...

    def align(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> tuple[Inventory, Inventory]:
        """Both sides with the same address for the same thing. `policies` say how undeclared things are treated."""
        ...

    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        """The changes that lead from `live` to `desired`, for this kind."""
        ...

    def consequences(self, change: Change, state: State) -> Iterable[tuple[Resource, bool]]:
        """What the service does of itself when the change is made: (resource, True: appears / False: disappears)."""
        ...

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        """The calls that carry the change out."""
        ...
