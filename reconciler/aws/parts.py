"""What belongs to an organization beside the tree and its policies: each kind reads its own parts, beside the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from reconciler.aws.pages import items
from reconciler.aws.pools import Pools, Task
from reconciler.errors import AccessDenied, ServiceError
from reconciler.kinds import ACCOUNT_PARTS, KINDS, PARTS
from reconciler.kinds.base import Kind
from reconciler.model.api import Response
from reconciler.model.inventory import Organization
from reconciler.model.resources import Resource
from reconciler.model.scope import Scope, Unread

A = TypeVar("A")

_NOT_THERE = frozenset(
    {
        *("ConstraintViolationException", "OrganizationNotInAllFeaturesModeException"),
        *("UnsupportedAPIEndpointException", "NoEndpoint", "NotImplemented"),
        "AccountNotManagementOrDelegatedAdministratorException",
    }
)
"""Codes of operations that this organization (without all features), its partition, a custom endpoint or the account of
the caller does not have."""

_FAULT = 500
"""The least HTTP status of a fault: a custom endpoint answers so to an operation that it does not have."""


class Found(NamedTuple):
    """The resources of the parts that were read, the parts themselves, and why others were not."""

    resources: list[Resource]
    parts: tuple[str, ...]
    unread: tuple[Unread, ...]

    def and_of(self, other: Found) -> Found:
        """Both together."""
        return Found([*self.resources, *other.resources], (*self.parts, *other.parts), (*self.unread, *other.unread))


class Parts:
    """A read of the parts of a scope; where that has all of them, or they are `optional`, each as far as the service
    and the permissions of the caller allow it."""

    def __init__(
        self,
        pools: Pools,
        scope: Scope,
        organization: Task[Organization],
        known: Iterable[Resource] = (),
        *,
        optional: bool = False,
    ) -> None:
        """`known` is what an earlier read brought."""
        self._pools = pools
        self._organization = organization
        self._optional = optional
        self.known = known
        self._tasks: list[tuple[Collection[str], Task[list[Resource] | str]]] = []
        ask = self._ask_if_possible if optional or scope.parts is None else self._ask
        for kind in KINDS:
            for parts in _tasks_of(kind, scope):
                operation = kind.reads_with or kind.operations[0].name
                self._tasks.append((parts, pools.submit(operation, ask, kind, parts)))

    @property
    def organization(self) -> Organization:
        return self._pools.answer(self._organization)

    def gather(self, operation: str, asks: Sequence[Callable[[], A]]) -> list[A]:
        tasks = [self._pools.submit(operation, ask) for ask in asks]
        return [self._pools.answer(each) for each in tasks]

    def call(self, operation: str, params: Mapping[str, Any]) -> Response:
        return self._pools.call(operation, params)

    def items(self, operation: str, member: str, **params: Any) -> Iterable[Any]:
        return items(self._pools, operation, params, member)

    def found(self) -> Found:
        """Waits for the answers. Raises the error of whichever call failed."""
        resources: list[Resource] = []
        known: list[str] = []
        unread = []
        for parts, task in self._tasks:
            answer = self._pools.result(task)
            if isinstance(answer, str):
                unread += [Unread(kind=each, reason=answer) for each in sorted({_plural(part) for part in parts})]
            else:
                resources += answer
                known += parts
        return Found(resources, tuple(sorted(known)), tuple(unread))

    def _ask(self, kind: Kind, parts: Collection[str]) -> list[Resource] | str:
        """What needs all features is not there in an organization that does not have them."""
        try:
            return list(kind.read(self, parts))
        except ServiceError as error:
            if kind.needs_all_features and error.detail == "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE":
                return []
            raise

    def _ask_if_possible(self, kind: Kind, parts: Collection[str]) -> list[Resource] | str:
        try:
            return self._ask(kind, parts)
        except AccessDenied as error:
            return error.message
        except ServiceError as error:
            if not self._optional and error.code not in _NOT_THERE and (error.status or 0) < _FAULT:
                raise
            return error.message


def _tasks_of(kind: Kind, scope: Scope) -> list[tuple[str, ...]]:
    """The parts of the kind that are in the scope, by the tasks that read them: one for each account, where they belong
    to accounts. What another kind reads along has none of its own."""
    if type(kind).read is Kind.read:
        return []
    plurals = (kind.resource.plural, *kind.reads_also)
    if scope.parts is None:
        return [plurals] if plurals[0] in PARTS else []
    by_account: dict[str, list[str]] = {}
    for each in scope.parts:
        if _plural(each) in plurals:
            by_account.setdefault(each.split("/")[1] if _plural(each) in ACCOUNT_PARTS else "", []).append(each)
    return [tuple(found) for found in by_account.values()]


def _plural(part: str) -> str:
    return part.partition("/")[0]
