"""The calls that create, move and close accounts, and how to find out what became of one whose answer was lost.

An e-mail belongs to one account of AWS at most, so asking twice for an account cannot make two: the second request is
refused (`EMAIL_ALREADY_EXISTS`), or runs into the first one (`ConcurrentModificationException`).
https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.errors import ServiceError
from reconciler.kinds.base import Call, Ids, Read, overtaken
from reconciler.kinds.tag import tag_list
from reconciler.model import address as addresses
from reconciler.model.plan import Change
from reconciler.model.resources import Account

_OPEN = frozenset({"ACTIVE", "PENDING_ACTIVATION"})
_AGAIN = frozenset({"CONCURRENT_ACCOUNT_MODIFICATION", "INTERNAL_FAILURE", "AnotherAccount"})
"""Reasons why a request failed that the next one need not meet."""


def create_calls(change: Change, ids: Ids) -> Iterator[Call]:
    """Asks for the account, follows the request to its end, and moves the account to its place."""
    account = change.after
    assert isinstance(account, Account)
    name, email = str(account.name), str(account.email or account.create_email)
    params: dict[str, Any] = {"Email": email, "AccountName": name}
    if account.role_name:
        params["RoleName"] = account.role_name
    if account.iam_user_access_to_billing:
        params["IamUserAccessToBilling"] = account.iam_user_access_to_billing.upper()
    if account.tags:
        params["Tags"] = tag_list(account.tags)
    # An earlier run may have asked for an account of this name: with which e-mail is known only once it is there.
    yield Call(
        "ListCreateAccountStatus",
        {"States": ["IN_PROGRESS"]},
        member="CreateAccountStatuses",
        until=lambda answer: all(each.get("AccountName") != name for each in answer["CreateAccountStatuses"]),
    )
    followed: list[str] = []

    def find(read: Read) -> dict[str, Any] | None:
        request = _request(read, name, email)
        followed[:] = [request["Id"]] if request else []
        return {"CreateAccountStatus": request} if request else None

    operation = "CreateGovCloudAccount" if account.gov_cloud else "CreateAccount"
    yield Call(operation, params, request_at=("CreateAccountStatus", "Id"), find=find, find_first=True)
    request = ids[f"request:{account.address}"]
    made: list[str] = []

    def finished(answer: dict[str, Any]) -> bool:
        made[:] = [answer["CreateAccountStatus"].get("AccountId", "")]
        return bool(answer["CreateAccountStatus"]["State"] != "IN_PROGRESS")

    def refusal(answer: dict[str, Any]) -> str | None:
        reason: str | None = answer["CreateAccountStatus"].get("FailureReason")
        return "AnotherAccount" if reason and request in followed else reason

    yield Call(
        "DescribeCreateAccountStatus",
        {"CreateAccountRequestId": request},
        id_at=() if request in followed else ("CreateAccountStatus", "AccountId"),
        until=finished,
        refusal=refusal,
        find=lambda read: _member(read, name, email),
        restart=_AGAIN,
    )
    if request in followed:
        yield Call(
            "DescribeAccount",
            {"AccountId": made[0]},
            id_at=("Account", "Id"),
            refusal=lambda answer: None if _has(answer["Account"], email) else "AnotherAccount",
            restart=_AGAIN,
        )
    if account.parent != addresses.ROOT:
        yield move_call(ids[account.address], ids[addresses.ROOT], ids[account.parent], ids)


def _has(account: dict[str, Any], email: str) -> bool:
    return str(account.get("Email", "")).lower() == email.lower()


def _request(read: Read, name: str, email: str) -> dict[str, Any] | None:
    """The request that was made, by an earlier run or by a call whose answer was lost: still in progress, or with the
    account of this e-mail as its result."""
    states = {"States": ["IN_PROGRESS", "SUCCEEDED"]}
    listed = read("ListCreateAccountStatus", states, "CreateAccountStatuses")
    named = [each for each in listed if each.get("AccountName") == name]
    running = [each for each in named if each["State"] == "IN_PROGRESS"]
    if named and not running and (member := _member(read, name, email)):
        running = [each for each in named if each.get("AccountId") == member["CreateAccountStatus"]["AccountId"]]
    return next(iter(running), None)


def _member(read: Read, name: str, email: str) -> dict[str, Any] | None:
    """The account with this e-mail, if it is in this organization, as the result of its creation. Raises
    `ServiceError` where it is another account than the one that is asked for, or no longer open."""
    found = next((each for each in read("ListAccounts", {}, "Accounts") if _has(each, email)), None)
    if found is None:
        return None
    state = str(found.get("State") or found.get("Status"))
    if state in _OPEN and found["Name"] == name:
        return {"CreateAccountStatus": {"State": "SUCCEEDED", "AccountId": found["Id"]}}
    raise ServiceError(
        "CreateAccount",
        "EMAIL_ALREADY_EXISTS",
        f'{email} is the e-mail of the account {found["Id"]} ("{found["Name"]}", {state}) of this organization',
        help="declare that account by its id, or use another e-mail: the one of a closed account is not free again",
    )


def move_call(account: str, source: str, destination: str, ids: Ids) -> Call:
    """Moves an account. Where it is in neither place any more, somebody else moved or removed it."""

    def find(read: Read) -> dict[str, Any] | None:
        try:
            parents = [each["Id"] for each in read("ListParents", {"ChildId": account}, "Parents")]
        except ServiceError as error:
            if error.code != "ChildNotFoundException" or ids.is_new(account):
                raise
            raise overtaken("MoveAccount", f"the account {account} is no longer in the organization") from error
        if destination in parents:
            return {}
        if source in parents:
            return None
        place = next((ids.address_of(each) or each for each in parents), "no OU")
        raise overtaken("MoveAccount", f"somebody else moved the account {account}, it is in {place} now")

    return Call(
        "MoveAccount",
        {"AccountId": account, "SourceParentId": source, "DestinationParentId": destination},
        already=frozenset({"DuplicateAccountException"}),
        find=find,
    )


def close_call(account: str) -> Call:
    """Closes an account."""

    def find(read: Read) -> dict[str, Any] | None:
        listed = (each for each in read("ListAccounts", {}, "Accounts") if each["Id"] == account)
        states = ("PENDING_CLOSURE", "SUSPENDED", "CLOSED")
        return next(({} for each in listed if (each.get("State") or each.get("Status")) in states), None)

    already = frozenset({"AccountAlreadyClosedException"})
    return Call("CloseAccount", {"AccountId": account}, already=already, find=find)
