"""What the service accepts as the organization's resource policy.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_delegate_policies.html; what is refused, and with which
of the two reasons, was observed against the live service in September 2026.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from reconciler.model.base import Json

WRONG_JSON = "INVALID_RESOURCE_POLICY_JSON"
WRONG_ACTION = "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY"
MAX_CHARACTERS = 40_000

POLICY_WRITES = (
    "AttachPolicy", "CreatePolicy", "DeletePolicy", "DetachPolicy", "DisablePolicyType", "EnablePolicyType",
    "UpdatePolicy",
)  # fmt: skip
"""The writes that can be delegated by policy type."""

DELEGABLE = frozenset((*POLICY_WRITES, "TagResource", "UntagResource"))
"""The writes that can be delegated; so can every operation that reads."""

_NOT_DELEGABLE = (
    "AcceptHandshake", "CancelHandshake", "CloseAccount", "CreateAccount", "CreateGovCloudAccount",
    "CreateOrganization", "CreateOrganizationalUnit", "DeclineHandshake", "DeleteOrganization",
    "DeleteOrganizationalUnit", "DeleteResourcePolicy", "DeregisterDelegatedAdministrator",
    "DisableAWSServiceAccess", "EnableAWSServiceAccess", "EnableAllFeatures", "InviteAccountToOrganization",
    "InviteOrganizationToTransferResponsibility", "LeaveOrganization", "MoveAccount", "PutResourcePolicy",
    "RegisterDelegatedAdministrator", "RemoveAccountFromOrganization", "TerminateResponsibilityTransfer",
    "UpdateOrganizationalUnit", "UpdateResponsibilityTransfer",
)  # fmt: skip

_PREFIX = "organizations:"
_NEGATIONS = ("NotAction", "NotPrincipal", "NotResource")
_KEYS = frozenset({"Sid", "Effect", "Principal", "Action", "Resource", "Condition", *_NEGATIONS})
_ACCOUNT = re.compile(r"(?:arn:aws[a-z-]*:iam::)?(\d{12}|⟨[^⟨⟩]+\.id⟩)(?P<root>:root)?")
_OF_CALLERS = frozenset(
    {
        *("aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths"),
        *("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths", "aws:userid"),
    }
)
"""Condition keys that say who calls."""

Path = tuple[str | int, ...]


class Problem(NamedTuple):
    """What is wrong at `path` of a document; `reason` is the service's, empty for what it accepts."""

    path: Path
    text: str
    reason: str = ""


def refusals(document: Json) -> Iterator[Problem]:
    """Why the service would refuse the document, as far as it can be known without the organization."""
    if not any(_statements(document)):
        yield Problem((), "there is no statement", WRONG_JSON)
    for path, statement in _statements(document):
        if not isinstance(statement, dict):
            yield Problem(path, "a statement is a mapping", WRONG_JSON)
            continue
        if statement.get("Effect") not in ("Allow", "Deny"):
            yield Problem(path, "`Effect` is `Allow` or `Deny`", WRONG_JSON)
        for key in statement:
            if key not in _KEYS:
                yield Problem((*path, key), f"`{key}` is not a key of a statement", WRONG_JSON)
            elif key in _NEGATIONS:
                yield Problem((*path, key), f"`{key}` is not supported: name what is meant", WRONG_JSON)
        for key in ("Principal", "Action"):
            if key not in statement and f"Not{key}" not in statement:
                yield Problem(path, f"the statement has no `{key}`", WRONG_JSON)
        for at, principal in _principals(statement):
            if isinstance(principal, str) and at[1:2] == ("Service",):
                continue
            if principal != "*" and account_of(principal) is None:
                yield Problem(
                    (*path, *at), f"`{principal}` is not an account: roles and users cannot be principals", WRONG_JSON
                )
        for at, action in _values(statement.get("Action"), ("Action",)):
            if not _is_supported(action):
                yield Problem((*path, *at), f"`{action}` cannot be delegated", WRONG_ACTION)


def risks(document: Json) -> Iterator[Problem]:
    """Statements that allow more than is usually intended: everybody, or the policies of every type. Those of the
    second kind have the reason `organizations:PolicyType`."""
    for path, statement in _statements(document):
        if not isinstance(statement, dict) or statement.get("Effect") != "Allow":
            continue
        keys = _condition_keys(statement)
        if any(each == "*" for _, each in _principals(statement)) and keys.isdisjoint(_OF_CALLERS):
            yield Problem((*path, "Principal"), "every account is allowed, and no condition says which one calls")
        actions = [str(each) for _, each in _values(statement.get("Action"), ())]
        writes = [name for name in POLICY_WRITES if any(_matches(each, name) for each in actions)]
        if writes and "organizations:policytype" not in keys:
            text = f"{writes[0]} is allowed for every policy type: add the condition `organizations:PolicyType`"
            yield Problem((*path, "Action"), text, "organizations:PolicyType")


def accounts_in(document: Json) -> Iterator[tuple[Path, str]]:
    """The ids of the accounts that are principals, with their places; an id that is not known yet is a reference."""
    for path, statement in _statements(document):
        for at, principal in _principals(statement) if isinstance(statement, dict) else ():
            if (account := account_of(principal)) is not None:
                yield (*path, *at), account


def account_of(principal: Json) -> str | None:
    """The account that a principal is, by its id or by the ARN of its root user."""
    if not isinstance(principal, str):
        return None
    found = _ACCOUNT.fullmatch(principal)
    return found[1] if found and principal.startswith("arn:") == bool(found["root"]) else None


def _statements(document: Json) -> Iterator[tuple[Path, Json]]:
    if isinstance(document, dict):
        yield from _values(document.get("Statement"), ("Statement",))


def _principals(statement: dict[str, Json]) -> Iterator[tuple[Path, Json]]:
    principal = statement.get("Principal")
    if isinstance(principal, dict):
        for kind, values in principal.items():
            yield from _values(values, ("Principal", kind))
    elif "Principal" in statement:
        yield ("Principal",), principal


def _values(value: Json, path: Path) -> Iterator[tuple[Path, Json]]:
    """A single value or each one of a list, with its place."""
    if isinstance(value, list):
        yield from (((*path, index), each) for index, each in enumerate(value))
    elif value is not None:
        yield path, value


def _condition_keys(statement: dict[str, Json]) -> frozenset[str]:
    condition = statement.get("Condition")
    tests = condition.values() if isinstance(condition, dict) else ()
    return frozenset(key.lower() for each in tests if isinstance(each, dict) for key in each)


def _is_supported(action: Json) -> bool:
    if not isinstance(action, str) or any(_matches(action, name) for name in _NOT_DELEGABLE):
        return False
    name = action.lower().removeprefix(_PREFIX)
    reads = action.lower().startswith(_PREFIX) and name.startswith(("describe", "list"))
    return reads or any(_matches(action, each) for each in DELEGABLE)


def _matches(action: str, name: str) -> bool:
    return fnmatchcase(f"{_PREFIX}{name}".lower(), action.lower())
