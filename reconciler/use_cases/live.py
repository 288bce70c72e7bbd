"""Reading the live organization as far as needed: what a spec manages, a view shows, a plan depends on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from reconciler.errors import ReconcilerError
from reconciler.model.inventory import Inventory
from reconciler.model.resources import PolicyType
from reconciler.use_cases.connection import Connection

if TYPE_CHECKING:
    from reconciler.spec import Desired

Progress = Callable[[str, int, int], None]


def silent(what: str, done: int, total: int) -> None:
    """Tells nobody of progress."""


def read_live(
    connection: Connection, desired: Desired | None, progress: Progress = silent, *, tags: bool = False
) -> Inventory:
    """The live organization, as far as the spec manages it (all of it without a spec)."""
    from reconciler.aws import reader

    if connection.snapshot is not None:
        if desired is None:
            return connection.snapshot
        return of_snapshot(connection.snapshot, managed_types(desired), tags=manages_tags(desired))
    assert connection.reads is not None
    if desired is None:
        return reader.read(connection.reads, reader.Wanted(certain_tags=True, parts=None), progress)
    deleting = desired.settings.unmanaged["policies"] == "delete"
    wanted = reader.Wanted(
        managed_types(desired),
        frozenset(desired.settings.disabled_policy_types) if deleting else frozenset(),
        tags=tags or manages_tags(desired),
        parts=desired.inventory.scope.parts,
    )
    return reader.read(connection.reads, wanted, progress)


def managed_types(desired: Desired) -> frozenset[str]:
    return frozenset(desired.settings.policy_types) | frozenset(desired.settings.disabled_policy_types)


def of_snapshot(snapshot: Inventory, needed: frozenset[str], *, tags: bool) -> Inventory:
    """The snapshot as far as a read of these policy types goes. Raises `ReconcilerError` where it does not have them,
    or has no tags and they are needed."""
    missing = [f"policies of type {each.kind} ({each.reason})" for each in snapshot.unread() if each.kind in needed]
    if tags and not snapshot.scope.tags:
        missing.append("tags")
    if missing:
        raise ReconcilerError(
            f"the snapshot does not have what the spec manages: {', '.join(missing)}",
            help="make one of the whole organization with `reconciler snapshot --out FILE`",
        )
    return snapshot.limited_to(needed)


def read_view(
    connection: Connection, policy_types: frozenset[str] | None, progress: Progress = silent, *, tags: bool = False
) -> Inventory:
    """The live organization to look at, whatever a spec manages: with the policies of these types, by their short names
    (`None`: all), and with tags only where they are asked for. Policies that the caller may not read are not known,
    and the scope says why."""
    from reconciler.aws import reader

    if connection.snapshot is not None:
        return connection.snapshot if policy_types is None else connection.snapshot.limited_to(policy_types)
    assert connection.reads is not None
    live = reader.read(connection.reads, reader.Wanted(frozenset(), tags=tags), progress)
    return with_types(connection, live, policy_types, progress)


def with_types(
    connection: Connection, live: Inventory, policy_types: frozenset[str] | None, progress: Progress
) -> Inventory:
    """The inventory with these policy types (`None`: all) too, as far as they can be read."""
    from reconciler.aws import reader

    unread = {each.kind for each in live.unread()}
    asked = unread if policy_types is None else unread & policy_types
    if not asked:
        return live
    if connection.snapshot is not None:
        known = {each.type for each in live.of(PolicyType) if live.scope.has(each.type)}
        return connection.snapshot.limited_to(known | asked)
    assert connection.reads is not None
    return reader.with_types(connection.reads, live, asked, progress)


def manages_tags(desired: Desired) -> bool:
    return any(getattr(each, "tags", None) is not None for each in desired.inventory.resources)
