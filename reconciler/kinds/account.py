"""Accounts: created (asynchronously, always in the root) and then moved, renamed, tagged, closed.

An account is itself by its id, else by its e-mail. One that the spec does not name is never touched: accounts are
closed only by `state: closed` and taken out of the organization only by `state: removed`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from reconciler.kinds.account_calls import close_call, create_calls, move_call
from reconciler.kinds.base import Call, Comparison, Ids, Kind, State, Undeclared, UnmanagedRules
from reconciler.kinds.comparing import changed_fields, in_place, pairs, readdressed
from reconciler.kinds.delegated_administrator import DelegatedAdministrator
from reconciler.kinds.organizational_unit import leaving
from reconciler.kinds.policy_type import node_consequences
from reconciler.kinds.recorded import leading_to, writes
from reconciler.kinds.tag import tag_calls
from reconciler.model.address import Address
from reconciler.model.inventory import Inventory
from reconciler.model.operation import Answer, Operation
from reconciler.model.plan import Change, Warning_, change_of
from reconciler.model.reference import MANAGEMENT
from reconciler.model.resources import Account, Resource
from reconciler.model.scope import Scope

_CLOSING = "a closed account can be reopened for 90 days, then it is gone"
_CLOSING_PAIR = f"{_CLOSING}; its account in GovCloud is closed with it"
_REMOVING = (
    "it keeps its roles, and loses its tags and every guardrail; the service refuses it where the account has no "
    "contact, payment method or verified phone number of its own"
)
_IN_PLACE = frozenset({"name", "tags"})


_RECORDED = {"parent": ("MoveAccount",), "name": ("PutAccountName",), "state": ("CloseAccount",)}


class AccountKind(Kind):
    resource = Account
    operations = (
        *(
            Operation(
                name,
                0.1,
                3,
                Answer("CreateAccountStatus", dict, {"Id": str, "State": str}),
                writes=True,
                repeatable=False,
                errors={"ConcurrentModificationException": "look"},
            )
            for name in ("CreateAccount", "CreateGovCloudAccount")
        ),
        Operation(
            "DescribeCreateAccountStatus",
            2,
            2,
            Answer("CreateAccountStatus", dict, {"Id": str, "State": str}),
            errors={"CreateAccountStatusNotFoundException": "settling", "EMAIL_ALREADY_EXISTS": "perhaps_done"},
        ),
        Operation("ListCreateAccountStatus", 5, 8, Answer("CreateAccountStatuses", list, {"Id": str, "State": str})),
        Operation(
            "DescribeAccount",
            20,
            30,
            Answer("Account", dict, {"Id": str}),
            errors={"AccountNotFoundException": "settling"},
        ),
        Operation("CloseAccount", 0.05, 1, writes=True, errors={"ConflictException": "perhaps_done"}),
        Operation("RemoveAccountFromOrganization", 2, 2, writes=True),
        Operation(
            "MoveAccount",
            2,
            3,
            writes=True,
            errors={
                "AccountNotFoundException": "look",
                "SourceParentNotFoundException": "look",
                "DestinationParentNotFoundException": "settling",
            },
        ),
        Operation("account:PutAccountName", 1, 1, writes=True),
        Operation("servicequotas:GetServiceQuota", 5, 5, Answer("Quota", dict)),
    )
    undeclared = Undeclared("Accounts; they are never deleted for being undeclared.", choices=("ignore", "report"))

    def recorded_events(self, change: Change) -> frozenset[str]:
        """Each field has calls of its own; an account leaves by itself, too."""
        found = {name for field in change.fields for name in _RECORDED.get(field, ())}
        return frozenset(found) or leading_to(change, {*writes(self.operations), "LeaveOrganization"})

    def align(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> tuple[Inventory, Inventory]:
        by_id = {each.id: each.address for each in desired.of(Account) if each.id}
        by_email = {each.email.lower(): each.address for each in desired.of(Account) if each.email and not each.id}
        names = {}
        for each in live.of(Account):
            declared = by_id.get(each.id or "") or by_email.get((each.email or "").lower())
            if declared:
                names[each.address] = declared
        return desired, readdressed(live, names)

    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        found = Comparison()
        going = leaving(desired, live, policies)
        for wanted, existing in pairs(Account, desired, live):
            if wanted and existing and existing.is_closed:
                _compare_closed(wanted, existing, going, found)
            elif wanted and existing:
                _compare_one(wanted, existing, found)
            elif wanted and wanted.state != "active":
                _compare_gone(wanted, found)
            elif wanted:
                _compare_missing(wanted, live.organization.partition, found)
            elif existing and not wanted:
                found.unmanaged.append(existing)
        return found

    def consequences(self, change: Change, state: State) -> Iterable[tuple[Resource, bool]]:
        return node_consequences(change, state)

    def further_parts(self, changes: Iterable[Change]) -> Iterator[str]:
        """An account leaves only when it is no delegated administrator."""
        if any(each.kind == Account.kind and each.action == "remove" for each in changes):
            yield DelegatedAdministrator.plural

    def refusals(self, change: Change, state: State, scope: Scope, management: Address | None) -> Iterator[str]:
        """ConstraintViolationException of RemoveAccountFromOrganization: WAIT_PERIOD_ACTIVE,
        CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG."""
        if change.action == "remove":
            account = state.get(change.address)
            if isinstance(account, Account) and account.stays_until is not None:
                until = account.stays_until
                yield f"{change.address} was created less than four days ago, and can be removed from {until}"
            for each in state.values():
                if isinstance(each, DelegatedAdministrator) and each.account == change.address:
                    yield f"{change.address} cannot be removed while it administers {each.principal}"

    def slots(self, change: Change) -> Iterable[tuple[str, int]]:
        """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""
        return (("account creations", 5),) if change.action == "create" else ()

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        match change.action:
            case "create":
                yield from create_calls(change, ids)
            case "move":
                assert isinstance(change.before, Account)
                assert isinstance(change.after, Account)
                source, destination = ids[change.before.parent], ids[change.after.parent]
                yield move_call(ids[change.address], source, destination, ids)
            case "close":
                yield close_call(ids[change.address])
            case "remove":
                already = frozenset({"AccountNotFoundException"})
                yield Call("RemoveAccountFromOrganization", {"AccountId": ids[change.address]}, already=already)
            case _:
                yield from _update(change, ids)


def _compare_closed(wanted: Account, existing: Account, going: Collection[Address], found: Comparison) -> None:
    """A closed account keeps its place in the tree until it is gone, and nobody can use it: neither its place nor its
    tags are compared. It is moved only out of an OU that is deleted, for that has to be empty."""
    if existing.state == "suspended":
        text = (
            f"{wanted.address} ({existing.id}) is suspended by AWS (a payment, or abuse), the spec wants it "
            f"{wanted.state}: it is not touched, and only AWS Support can end that"
        )
        found.warnings.append(Warning_(code="W543", message=text, address=wanted.address, source=wanted.source))
    elif wanted.state == "active":
        text = (
            f"{wanted.address} ({existing.id}) is {existing.state.replace('_', ' ')}, the spec wants it active; "
            "an account is reopened through AWS Support, within 90 days; else declare `state: closed`"
        )
        found.warnings.append(Warning_(code="W502", message=text, address=wanted.address, source=wanted.source))
    if wanted.parent == existing.parent:
        return
    if existing.parent in going:
        found.changes.append(_moving(wanted, existing))
        return
    text = (
        f"{wanted.address} ({existing.id}) is {existing.state.replace('_', ' ')} and stays in {existing.parent}, "
        f"the spec has it in {wanted.parent}"
    )
    found.warnings.append(Warning_(code="I501", message=text, address=wanted.address, source=wanted.source))


def _compare_one(wanted: Account, existing: Account, found: Comparison) -> None:
    if wanted.parent != existing.parent:
        found.changes.append(_moving(wanted, existing))
        existing = existing.model_copy(update={"parent": wanted.parent})
    if wanted.email and existing.email and wanted.email.lower() != existing.email.lower():
        text = (
            f"{wanted.address} has the e-mail {existing.email}, the spec wants {wanted.email}: change it by hand "
            "in the account settings (the service sends a one-time password to the new address)"
        )
        found.warnings.append(Warning_(code="W503", message=text, address=wanted.address, source=wanted.source))
    kept = wanted.model_copy(update={"email": existing.email, "state": existing.state})
    fields = changed_fields(kept, existing)
    if changed := tuple(name for name in fields if name in _IN_PLACE):
        note = "through the Account Management API" if "name" in changed else None
        found.changes.append(in_place(kept, existing, changed).model_copy(update={"note": note}))
    if wanted.state in ("closed", "removed"):
        closing = wanted.state == "closed"
        found.changes.append(
            change_of(
                "close" if closing else "remove",
                "closed" if closing else "removed",
                before=existing,
                after=existing.model_copy(update={"state": "pending_closure"}) if closing else None,
                fields=("state",),
                note=(_CLOSING_PAIR if wanted.gov_cloud else _CLOSING) if closing else _REMOVING,
                source=wanted.source,
            )
        )


def _compare_gone(wanted: Account, found: Comparison) -> None:
    """An account that was closed leaves the list after 90 days. One to be invited was none of this organization."""
    if wanted.id and not wanted.invite:
        text = f"{wanted.address} ({wanted.id}) is no account of the organization any more: its entry can be removed"
        found.warnings.append(Warning_(code="I504", message=text, address=wanted.address, source=wanted.source))


def _moving(wanted: Account, existing: Account) -> Change:
    return change_of(
        "move",
        "differs",
        before=existing,
        after=existing.model_copy(update={"parent": wanted.parent}),
        fields=("parent",),
        source=wanted.source,
    )


def _compare_missing(wanted: Account, partition: str, found: Comparison) -> None:
    if wanted.invite:
        return
    if wanted.id:
        text = (
            f"{wanted.address} has the id {wanted.id}, which is not an account in this organization: "
            "correct the id, or remove it so that a new account is created"
        )
        found.warnings.append(Warning_(code="W504", message=text, address=wanted.address, source=wanted.source))
        return
    if wanted.gov_cloud and partition != "aws":
        text = (
            f"{wanted.address} is not created: accounts get a GovCloud counterpart only in an organization of the "
            "commercial partition; the counterpart is invited with its own id"
        )
        found.warnings.append(Warning_(code="W546", message=text, address=wanted.address, source=wanted.source))
        return
    after = wanted.model_copy(update={"name": wanted.name or wanted.create_name})
    note = "asynchronous, one to two minutes"
    if wanted.gov_cloud:
        note = (
            "with a counterpart in GovCloud, whose id `aws account get-gov-cloud-account-information` shows; it cannot "
            f"be undone; {note}"
        )
    found.changes.append(change_of("create", "declared", after=after, note=note, source=wanted.source))


def _update(change: Change, ids: Ids) -> Iterator[Call]:
    account = change.after
    assert isinstance(account, Account)
    if "name" in change.fields:
        own = ids[account.address]
        named = {} if own == ids[MANAGEMENT] else {"AccountId": own}
        yield Call("account:PutAccountName", {**named, "AccountName": account.name})
    yield from tag_calls(change, ids)
