"""Reading the live organization: what a spec manages, a view shows, a plan depends on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from reconciler.aws import reader
from reconciler.errors import ReconcilerError
from reconciler.model.address import Address
from reconciler.model.inventory import Inventory
from reconciler.model.resources import PolicyType
from reconciler.model.scope import Scope
from reconciler.use_cases.connection import Connection

Progress = Callable[[str, int, int], None]
"""Gets what is read, how much of it is done and how much there is."""


def silent(what: str, done: int, total: int) -> None:
    """No progress is shown."""


def read_live(connection: Connection, scope: Scope = reader.WHOLE, progress: Progress = silent) -> Inventory:
    """The live organization as far as the scope goes. Raises `ReconcilerError` for a snapshot that has less."""
    if connection.reads is not None:
        return reader.read(connection.reads, scope, progress)
    snapshot = connection.from_snapshot
    if scope.policy_types is None:
        return snapshot
    if missing := snapshot.missing(scope):
        raise ReconcilerError(
            f"the snapshot does not have what the spec manages: {', '.join(missing)}",
            help="make one of the whole organization with `reconciler snapshot --out FILE`",
        )
    return snapshot.limited_to(scope.policy_types)


def read_known(
    connection: Connection, policy_types: Collection[str] | None, progress: Progress = silent, *, tags: bool = False
) -> Inventory:
    """The live organization with the policies of these types, by their short names (`None`: all), and with tags only
    where they are needed. Policies that the caller may not read are unknown, with the reason in the scope."""
    if connection.reads is None:
        snapshot = connection.from_snapshot
        return snapshot if policy_types is None else snapshot.limited_to(policy_types)
    live = reader.read(connection.reads, Scope(policy_types=(), tags=tags), progress)
    return with_types(connection, live, policy_types, progress)


def with_types(
    connection: Connection, live: Inventory, policy_types: Iterable[str] | None, progress: Progress = silent
) -> Inventory:
    """The inventory with these policy types (`None`: all) too, as far as they can be read."""
    unread = {each.kind for each in live.unread()}
    needed = unread if policy_types is None else unread.intersection(policy_types)
    if not needed:
        return live
    if connection.reads is None:
        known = {each.type for each in live.of(PolicyType) if live.scope.has(each.type)}
        return connection.from_snapshot.limited_to(known | needed)
    return reader.with_types(connection.reads, live, needed, progress)


def with_parts(connection: Connection, live: Inventory, parts: Collection[str], *, optional: bool = True) -> Inventory:
    """The inventory with these parts too, where they are `optional` as far as they can be read; a snapshot has those
    that it has."""
    if connection.reads is None or not parts:
        return live
    return reader.with_parts(connection.reads, live, parts, optional=optional)


def with_tags(connection: Connection, live: Inventory) -> Inventory:
    """The inventory with tags too; a snapshot has those that it has."""
    return live if connection.reads is None else reader.with_tags(connection.reads, live)


def with_certain_tags(connection: Connection, live: Inventory, addresses: Iterable[Address]) -> Inventory:
    """The inventory with the tags of these resources read from the resources themselves: the tag index may lag."""
    return live if connection.reads is None else reader.confirmed_tags(connection.reads, live, addresses)
