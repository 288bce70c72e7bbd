"""Accounts: created (asynchronously, always in the root) and then moved, renamed, tagged, closed.

An account is itself by its id, else by its e-mail. One that the spec does not name is never touched: accounts are
closed only by `state: closed` and taken out of the organization only by `state: removed`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from reconciler.kinds.base import Call, Comparison, Ids, Policies, Read, State
from reconciler.kinds.comparing import differing, in_place, pairs, relabelled
from reconciler.kinds.policy_type import node_consequences
from reconciler.kinds.tag import tag_calls, tag_list
from reconciler.model import address as addresses
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Warning_
from reconciler.model.reference import MANAGEMENT
from reconciler.model.resources import Account, Resource

_CLOSED = frozenset({"suspended", "pending_closure", "closed"})
_IN_PLACE = frozenset({"name", "tags"})


class AccountKind:
    resource = Account

    def align(self, desired: Inventory, live: Inventory, policies: Policies) -> tuple[Inventory, Inventory]:
        by_id = {each.id: each.address for each in desired.of(Account) if each.id}
        by_email = {each.email.lower(): each.address for each in desired.of(Account) if each.email and not each.id}
        names = {}
        for each in live.of(Account):
            declared = by_id.get(each.id or "") or by_email.get((each.email or "").lower())
            if declared:
                names[each.address] = declared
        return desired, relabelled(live, names)

    def compare(self, desired: Inventory, live: Inventory, policies: Policies) -> Comparison:
        found = Comparison()
        management = live.organization.management_account_id
        for wanted, existing in pairs(Account, desired, live):
            if wanted and existing:
                _compare_one(wanted, existing, management, found)
            elif wanted and wanted.state == "active":
                _compare_missing(wanted, found)
            elif existing and not wanted:
                found.unmanaged.append(existing)
        return found

    def consequences(self, change: Change, state: State) -> Iterable[tuple[Resource, bool]]:
        return node_consequences(change, state)

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        match change.action:
            case "create":
                yield from _create(change, ids)
            case "move":
                assert isinstance(change.before, Account)
                assert isinstance(change.after, Account)
                yield _move(ids[change.address], ids[change.before.parent], ids[change.after.parent])
            case "close":
                yield _close(ids[change.address])
            case "remove":
                already = frozenset({"AccountNotFoundException"})
                yield Call("RemoveAccountFromOrganization", {"AccountId": ids[change.address]}, already=already)
            case _:
                yield from _update(change, ids)


def _compare_one(wanted: Account, existing: Account, management: str | None, found: Comparison) -> None:
    """A closed account keeps its place in the tree until it is gone, so it can be moved, and nothing else."""
    if wanted.parent != existing.parent:
        found.changes.append(_moving(wanted, existing))
        existing = existing.model_copy(update={"parent": wanted.parent})
    if existing.state in _CLOSED:
        if wanted.state == "active":
            text = (
                f"{wanted.address} ({existing.id}) is {existing.state.replace('_', ' ')}, the spec wants it active; "
                "an account is reopened through AWS Support, within 90 days; else declare `state: closed`"
            )
            found.warnings.append(Warning_(code="W502", message=text, address=wanted.address, source=wanted.source))
        return
    if wanted.email and existing.email and wanted.email.lower() != existing.email.lower():
        text = (
            f"{wanted.address} has the e-mail {existing.email}, the spec wants {wanted.email}: change it by hand "
            "in the account settings (the service sends a one-time password to the new address)"
        )
        found.warnings.append(Warning_(code="W503", message=text, address=wanted.address, source=wanted.source))
    kept = wanted.model_copy(update={"email": existing.email, "state": existing.state})
    fields = differing(kept, existing)
    if changed := tuple(name for name in fields if name in _IN_PLACE):
        note = "through the Account Management API" if "name" in changed else None
        found.changes.append(in_place(kept, existing, changed).model_copy(update={"note": note}))
    if wanted.state in ("closed", "removed"):
        closing = wanted.state == "closed"
        found.changes.append(
            Change(
                address=wanted.address,
                kind=wanted.kind,
                action="close" if closing else "remove",
                reason="closed" if closing else "removed",
                before=existing,
                after=existing.model_copy(update={"state": "pending_closure"}) if closing else None,
                fields=("state",),
                source=wanted.source,
                note="a closed account can be reopened for 90 days, then it is gone" if closing else None,
            )
        )


def _moving(wanted: Account, existing: Account) -> Change:
    return Change(
        address=wanted.address,
        kind=wanted.kind,
        action="move",
        reason="differs",
        before=existing,
        after=existing.model_copy(update={"parent": wanted.parent}),
        fields=("parent",),
        source=wanted.source,
    )


def _compare_missing(wanted: Account, found: Comparison) -> None:
    if wanted.id:
        text = (
            f"{wanted.address} has the id {wanted.id}, which is no account of this organization: "
            "correct the id, or remove it so that a new account is created"
        )
        found.warnings.append(Warning_(code="W504", message=text, address=wanted.address, source=wanted.source))
        return
    after = wanted.model_copy(update={"name": wanted.name or wanted.create_name})
    found.changes.append(
        Change(
            address=wanted.address,
            kind=wanted.kind,
            action="create",
            reason="declared",
            after=after,
            source=wanted.source,
            note="asynchronous, one to two minutes",
        )
    )


def _create(change: Change, ids: Ids) -> Iterator[Call]:
    account = change.after
    assert isinstance(account, Account)
    email = account.email or account.create_email
    params: dict[str, Any] = {"Email": email, "AccountName": account.name}
    if account.role_name:
        params["RoleName"] = account.role_name
    if account.iam_user_access_to_billing:
        params["IamUserAccessToBilling"] = account.iam_user_access_to_billing.upper()
    if account.tags:
        params["Tags"] = tag_list(account.tags)
    name = str(account.name)
    # An earlier run may have asked for an account of this name: with which e-mail is known only once it is there.
    yield Call(
        "ListCreateAccountStatus",
        {"States": ["IN_PROGRESS"]},
        member="CreateAccountStatuses",
        until=lambda answer: all(each.get("AccountName") != name for each in answer["CreateAccountStatuses"]),
    )
    yield Call(
        "CreateAccount",
        params,
        request_at=("CreateAccountStatus", "Id"),
        find=lambda read: _request(read, name, str(email)),
        find_first=True,
    )
    yield Call(
        "DescribeCreateAccountStatus",
        {"CreateAccountRequestId": ids[f"request:{account.address}"]},
        id_at=("CreateAccountStatus", "AccountId"),
        until=lambda answer: answer["CreateAccountStatus"]["State"] != "IN_PROGRESS",
        refusal=lambda answer: answer["CreateAccountStatus"].get("FailureReason"),
        find=lambda read: _member(read, str(email)),
    )
    if account.parent != addresses.ROOT:
        yield _move(ids[account.address], ids[addresses.ROOT], ids[account.parent])


def _request(read: Read, name: str, email: str) -> dict[str, Any] | None:
    """The request that was made, by an earlier run or by a call whose answer was lost: still in progress, or with the
    account of this e-mail as its result."""
    states = {"States": ["IN_PROGRESS", "SUCCEEDED"]}
    listed = read("ListCreateAccountStatus", states, "CreateAccountStatuses")
    named = [each for each in listed if each.get("AccountName") == name]
    running = [each for each in named if each["State"] == "IN_PROGRESS"]
    if named and not running and (member := _member(read, email)):
        running = [each for each in named if each.get("AccountId") == member["CreateAccountStatus"]["AccountId"]]
    return next(({"CreateAccountStatus": each} for each in running), None)


def _member(read: Read, email: str) -> dict[str, Any] | None:
    """The account with this e-mail, if it is in this organization, as the result of its creation."""
    found = (each["Id"] for each in read("ListAccounts", {}, "Accounts") if each["Email"].lower() == email.lower())
    return next(({"CreateAccountStatus": {"State": "SUCCEEDED", "AccountId": id}} for id in found), None)


def _move(account: str, source: str, destination: str) -> Call:
    def find(read: Read) -> dict[str, Any] | None:
        listed = read("ListAccountsForParent", {"ParentId": destination}, "Accounts")
        return {} if any(each["Id"] == account for each in listed) else None

    return Call(
        "MoveAccount",
        {"AccountId": account, "SourceParentId": source, "DestinationParentId": destination},
        already=frozenset({"DuplicateAccountException"}),
        find=find,
    )


def _close(account: str) -> Call:
    def find(read: Read) -> dict[str, Any] | None:
        listed = (each for each in read("ListAccounts", {}, "Accounts") if each["Id"] == account)
        states = ("PENDING_CLOSURE", "SUSPENDED", "CLOSED")
        return next(({} for each in listed if (each.get("State") or each.get("Status")) in states), None)

    already = frozenset({"AccountAlreadyClosedException"})
    return Call("CloseAccount", {"AccountId": account}, already=already, find=find)


def _update(change: Change, ids: Ids) -> Iterator[Call]:
    account = change.after
    assert isinstance(account, Account)
    if "name" in change.fields:
        own = ids[account.address]
        named = {} if own == ids[MANAGEMENT] else {"AccountId": own}
        yield Call("account:PutAccountName", {**named, "AccountName": account.name})
    yield from tag_calls(change, ids)
