"""What a kind of managed thing consists of, and what it is given: the spec, the service, the ids of a plan.

Adding a kind is one module with a subclass of `Kind` and its line in `kinds/__init__.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, TypeVar

from reconciler.errors import ServiceError
from reconciler.kinds.recorded import TAGGING, Trace, leading_to, writes
from reconciler.model.address import Address
from reconciler.model.base import Json, Source
from reconciler.model.diagnostic import Code
from reconciler.model.drift import Severity
from reconciler.model.inventory import Inventory, Organization
from reconciler.model.operation import Operation
from reconciler.model.plan import Change, Pending, Warning_
from reconciler.model.resources import Account, Label, Resource
from reconciler.model.scope import Scope

Read = Callable[[str, dict[str, Any], str], Iterator[dict[str, Any]]]
"""(list operation, parameters, member) -> every item of the list, all its pages."""

State = Mapping[Address, Resource]
"""An organization while a plan runs: everything in it, by address."""

Unmanaged = Literal["ignore", "report", "delete"]

A = TypeVar("A")

SectionOwner = Literal["organization", "identity_center", "billing", "account"]
"""The mapping of a spec that has a section: one of the top level, or each account."""


@dataclass(frozen=True)
class UnmanagedRules:
    """How the spec treats undeclared things and tags, by the plural the spec uses (`policies`), and which
    policy types it disables, by short name, each with its place in the spec."""

    unmanaged: Mapping[str, Unmanaged] = field(default_factory=dict)
    disabled_policy_types: Mapping[str, Source | None] = field(default_factory=dict)


@dataclass
class Comparison:
    """What comparing one kind yields: the changes, the live things left alone, what a reviewer should know, and what
    another party has to do first."""

    changes: list[Change] = field(default_factory=list)
    unmanaged: list[Resource] = field(default_factory=list)
    warnings: list[Warning_] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)


class Call(NamedTuple):
    """One call to the service.

    - `id_at` and `request_at` are where in the answer the id of the change's resource, or of the request, is found.
    - `until` tests whether an answer is final, for calls that are repeated, at most `every` seconds apart, until then;
      `refusal` is the reason of a failure in a final answer.
    - `already` names errors, or their details, which mean that the wanted state is there; `gone` those that mean so
      where the missing thing is none that this run made.
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


@dataclass(frozen=True)
class Undeclared:
    """The key of a kind in `unmanaged`: what happens to what is live and not declared, by default, and what may."""

    description: str
    default: Unmanaged = "report"
    choices: tuple[Unmanaged, ...] = ("ignore", "report", "delete")


@dataclass(frozen=True)
class DeleteLimit:
    """The key of a kind in `guards.max_deletes`, and how many may be deleted where the spec sets no limit."""

    plural: str
    label: Label
    description: str
    default: int


@dataclass(frozen=True)
class SpecSection:
    """The key under which a spec declares a kind, below its owner, with the pydantic type of its value. With `defaults`
    it is a key of `defaults.accounts` too: a mapping that is merged with the account's."""

    key: str
    type: Any
    description: str
    examples: tuple[Json, ...] = ()
    of: SectionOwner = "organization"
    defaults: bool = False


class DocumentSource(Protocol):
    """The keys of a section that say where a document is: inline, or in a file, which may be a template."""

    @property
    def content(self) -> dict[str, Json] | None: ...

    @property
    def file(self) -> str | None: ...

    @property
    def vars(self) -> dict[str, Json] | None: ...


class DeclaredDocument(Protocol):
    """A document that a section declares."""

    @property
    def value(self) -> dict[str, Json]: ...

    def add(self, code: str, message: str, path: tuple[str | int, ...], *, help: str | None = None) -> None:
        """Notes a diagnostic at a place of the document."""
        ...


class Declaring(Protocol):
    """The spec, for a kind that makes resources of its section. `path` is a place below the section's key."""

    def source(self, *path: str | int) -> Source:
        """Where the value, or the key, at a place is written."""
        ...

    def account(self, key: str, code: str, *path: str | int) -> Account | None:
        """The declared account with this key; where there is none, that is noted with the code."""
        ...

    @property
    def owner(self) -> Account | None:
        """The account whose section it is, where an account has it."""
        ...

    def beside(self, key: str) -> Any:
        """The value of another section of the same owner; `None` where it is not written."""
        ...

    def accounts(self, patterns: Sequence[str], *path: str | int) -> Sequence[Account]:
        """The active accounts that the patterns at a place select (`ou:Workloads/**`), in the order of addresses; a
        pattern that selects none, or is of another form, is noted."""
        ...

    @property
    def management_account_id(self) -> str | None: ...

    def document(self, shape: DocumentSource, what: str, *path: str | int) -> DeclaredDocument | None:
        """The document of the shape at a place, rendered; `None` where it cannot be read, which is noted. `what` names
        it in messages."""
        ...

    def add(self, code: str, message: str, *path: str | int, help: str | None = None) -> None:
        """Notes a diagnostic, an error where the code begins with `E`."""
        ...


class Reads(Protocol):
    """The service, for a kind that reads its resources. Raises `ReconcilerError`."""

    @property
    def organization(self) -> Organization: ...

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]: ...

    def items(self, operation: str, member: str, **params: Any) -> Iterable[Any]:
        """Every item of a list, all its pages."""
        ...

    def gather(self, operation: str, asks: Sequence[Callable[[], A]]) -> list[A]:
        """The answers to several questions, which are asked beside each other: functions that call operations of the
        bucket of `operation`. Only for a kind whose first operation has a bucket of its own."""
        ...

    @property
    def known(self) -> Iterable[Resource]:
        """What an earlier read brought, by addresses with ids."""
        ...


class LiveSeverity(NamedTuple):
    """What it means that something is live and not declared, declared and not live, or different: beyond what
    policies decide about accounts, which is compared as a whole."""

    extra: Severity = "other"
    missing: Severity = "other"
    changed: Severity = "other"


class Kind(ABC):
    """One kind of managed thing: all that the program knows about it. Everything else follows from `kinds.KINDS`.

    - `resource`: the class of its resources, with its names.
    - `undeclared`, `max_deletes`: its keys in `unmanaged` and in `guards.max_deletes`, where it has them.
    - `section`: where a spec declares it, beside the tree and the catalogue of policies; `further_sections` are other
      keys for the same things, each with a value of another type.
    - `operations`: the operations of its own; the first one reads, unless `reads_with` names one that others have.
    - `reads_also`: the plurals of further kinds whose resources its `read` brings.
    - `codes`: the diagnostics of its section.
    - `needs_all_features`: the service has it only in an organization with all features.
    - `reasons`: words for `Change.reason`, where they are not those of all kinds.
    - `severity`: what it means that one differs from what is declared.

    All methods are pure but `read`; `calls` is a lazy generator, so that ids which an earlier call brought are there
    when the parameters of the next call are made.
    """

    resource: ClassVar[type[Resource]]
    undeclared: ClassVar[Undeclared | None] = None
    max_deletes: ClassVar[tuple[int, str] | None] = None
    section: ClassVar[SpecSection | None] = None
    further_sections: ClassVar[tuple[SpecSection, ...]] = ()
    operations: ClassVar[tuple[Operation, ...]] = ()
    reads_with: ClassVar[str | None] = None
    reads_also: ClassVar[tuple[str, ...]] = ()
    codes: ClassVar[tuple[Code, ...]] = ()
    needs_all_features: ClassVar[bool] = False
    reasons: ClassVar[Mapping[str, str]] = {}
    severity: ClassVar[LiveSeverity] = LiveSeverity()

    @property
    def delete_limit(self) -> DeleteLimit | None:
        if self.max_deletes is None:
            return None
        default, description = self.max_deletes
        return DeleteLimit(self.resource.plural, self.resource.label, description, default)

    def declare(self, value: Any, spec: Declaring) -> Iterable[Resource]:
        """The resources that a section declares. What is wrong with it is noted."""
        return ()

    def written(self, resources: Sequence[Resource], names: Mapping[Address, str]) -> Json:
        """The value of the section that declares these live resources, of the account whose section it is where an
        account has it; `names` are the keys of the declared accounts. What cannot be declared is left out. Every kind
        with a section overrides it."""
        raise NotImplementedError

    def written_further(self, key: str, resources: Sequence[Resource]) -> Json:
        """The same for one of the further sections, by its key, where a spec has it already. Every kind with
        further sections overrides it."""
        raise NotImplementedError

    def parts(self, value: Any, spec: Declaring) -> tuple[str, ...]:
        """What a spec with this section manages, as `Scope.parts` names it."""
        return (self.resource.plural,)

    def read(self, reads: Reads, parts: Collection[str]) -> Iterable[Resource]:
        """The live resources in these parts, as `Scope.parts` names them. References are addresses by id."""
        return ()

    def align(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> tuple[Inventory, Inventory]:
        """Both sides with the same address for the same thing. `policies` say how undeclared things are treated."""
        return desired, live

    @abstractmethod
    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        """The changes that lead from `live` to `desired`, for this kind."""

    def consequences(self, change: Change, state: State) -> Iterable[tuple[Resource, bool]]:
        """What the service does of itself when the change is made: (resource, True: appears / False: disappears)."""
        return ()

    def removes(self, change: Change) -> bool:
        """Whether the change counts for `guards.max_deletes`."""
        return change.action in ("delete", "detach", "disable") and change.reason != "replaced" and not change.temporary

    def further_parts(self, changes: Iterable[Change]) -> Iterable[str]:
        """What the changes depend on beyond what the spec manages, as `Scope.parts` names it."""
        return ()

    def refusals(self, change: Change, state: State, scope: Scope, management: Address | None) -> Iterable[str]:
        """Why the service would refuse the change in this state, beyond what holds for names, quotas and policies.
        `scope` says what is known of the state, `management` is the management account."""
        return ()

    def slots(self, change: Change) -> Iterable[tuple[str, int]]:
        """What of the service's quotas the change occupies while it is carried out: names, each with how many changes
        may have it at a time."""
        return ()

    def recorded_values(self, resource: Resource, ids: Mapping[Address, str]) -> tuple[str, ...] | None:
        """The values by which recorded calls name a thing; `None` where they cannot be known. `ids` are those of
        everything live."""
        return (resource.id,) if resource.id else None

    def recorded_events(self, change: Change) -> frozenset[str]:
        """The names of the recorded calls that change what differs, but for tags."""
        return leading_to(change, writes(self.operations) - TAGGING)

    def traces(self, change: Change, ids: Mapping[Address, str]) -> Iterator[Trace]:
        """The recorded calls that may have made the difference which the change undoes."""
        name = getattr(change.resource, "name", None)
        values = self.recorded_values(change.before or change.resource, ids)
        if values is None:
            if change.before is None and change.resource.identified and name:
                yield Trace(self.recorded_events(change), named=name)
            return
        if set(change.fields) - {"tags"} or not change.fields:
            yield Trace(self.recorded_events(change), values, self.recorded_parameters(change))
        if "tags" in change.fields:
            yield Trace(TAGGING, values)

    def recorded_parameters(self, change: Change) -> frozenset[str]:
        """The names of the parameters one of which a call has that changes what differs; empty where every call of
        these names does."""
        return frozenset()

    @abstractmethod
    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        """The calls that carry the change out."""
