"""Who can enter an account: by the spec, or live, where its assignments are read pair by pair and so completely."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.errors import ReconcilerError, UsageError
from reconciler.kinds.identity_center.coverage import account_part, coverage_of
from reconciler.kinds.identity_center.resources import BY_PRINCIPAL, Assignment, IdentityCenter
from reconciler.model.access import Access, AccountAccess
from reconciler.model.address import Address
from reconciler.model.base import Source
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account
from reconciler.planning.planner import aligned
from reconciler.spec import Desired
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.policy_evaluator import account_named
from reconciler.use_cases.read import Progress, read_known, silent, with_parts

_Declared = Mapping[Address, Source | None]
"""Where each declared assignment is written."""


def declared_access(desired: Desired, name: str) -> AccountAccess:
    """Who can enter the account by the spec. Raises `UsageError` for an account that there is not, or is closed."""
    account = _open_account(desired.inventory, name)
    return AccountAccess(
        account=account.address, id=account.id, side="spec", managed=_managed(desired),
        access=tuple(_access(desired.inventory.of(Assignment), account.address, _declared(desired))),
    )  # fmt: skip


def live_access(
    connection: Connection, desired: Desired | None, name: str, progress: Progress = silent
) -> AccountAccess:
    """Who can enter the account, and which line of the spec says so. Raises as `declared_access`, and `ReconcilerError`
    where its assignments cannot be read."""
    live = read_known(connection, (), progress)
    account = _open_account(_by_names_of(desired, live), name)
    found = _by_names_of(desired, with_access(connection, live, desired, (account_part(str(account.id)),)))
    return AccountAccess(
        account=account.address, id=account.id, side="live", managed=desired is not None and _managed(desired),
        coverage="by_pair" if found.scope.has_part(account_part(str(account.id))) else coverage_of(found.scope),
        access=tuple(_access(found.of(Assignment), account.address, _declared(desired))),
    )  # fmt: skip


def with_access(connection: Connection, live: Inventory, desired: Desired | None, parts: Iterable[str]) -> Inventory:
    """The inventory with these parts of IAM Identity Center, whose Region the spec may name. Raises `ReconcilerError`
    for a snapshot that does not have them."""
    wanted = tuple(parts)
    if connection.reads is None:
        if missing := [each for each in wanted if not _has(live, each)]:
            raise ReconcilerError(
                f"the snapshot does not have {', '.join(missing)}",
                help="make one of the whole organization with `reconciler snapshot --out FILE`",
            )
        return live
    managed = (desired.inventory.scope.parts if desired else None) or ()
    regions = [each for each in managed if each.partition("/")[0] == IdentityCenter.plural]
    found = with_parts(connection, live, {*wanted, *regions}, optional=False)
    if not any(found.of(IdentityCenter)):
        raise ReconcilerError(
            "the organization has no IAM Identity Center in the Regions that were asked",
            help="name its Region with `identity_center.region` in the spec",
        )
    return found


def _has(live: Inventory, part: str) -> bool:
    by_principal = part.startswith(f"{Assignment.plural}/") and live.scope.has_part(BY_PRINCIPAL)
    return live.scope.has_part(part) or by_principal


def _open_account(inventory: Inventory, name: str) -> Account:
    address = account_named(inventory, name)
    account = next(each for each in inventory.of(Account) if each.address == address)
    if account.is_closed or account.state == "removed":
        raise UsageError(f"{address} is closed or removed: nobody can enter it")
    return account


def _by_names_of(desired: Desired | None, live: Inventory) -> Inventory:
    return live if desired is None else aligned(desired.inventory, live)[1]


def _managed(desired: Desired) -> bool:
    return desired.inventory.scope.has_part(BY_PRINCIPAL)


def _declared(desired: Desired | None) -> _Declared:
    return {each.address: each.source for each in desired.inventory.of(Assignment)} if desired else {}


def _access(assignments: Iterable[Assignment], account: Address, declared: _Declared) -> Iterator[Access]:
    found = [each for each in assignments if each.account == account]
    for each in sorted(found, key=lambda assignment: (assignment.principal, assignment.permission_set)):
        source = declared.get(each.address)
        yield Access(
            principal=each.principal, permission_set=each.permission_set, declared=each.address in declared,
            file=source.file if source else None, line=source.line if source else None,
        )  # fmt: skip
