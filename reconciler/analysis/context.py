"""What is known about one request: the values of its context keys, which are absent, and which could be anything.

Global context keys follow from who calls (`principal`), where (`region`) and on what (`resource`):
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated

from pydantic import BeforeValidator, Field

from reconciler.analysis import glob
from reconciler.analysis.language import texts
from reconciler.model.base import Frozen, Json

RESOURCE = "resource"
"""The resource of the request, as if it were a context key (those all have a colon)."""


def _as_texts(value: Json) -> tuple[str, ...]:
    return texts(value)


Values = Annotated[tuple[str, ...], BeforeValidator(_as_texts)]


class Request(Frozen):
    """One question: may `principal` do `action` there? `account` is where it is asked for: the caller's account, or
    with the `principal` of another account the account that owns the resource. Without `principal` it is any role of
    the account, and `arn:aws:iam::ACCOUNT:role/*` any role of another one. A service is written
    `cloudtrail.amazonaws.com`, an unsigned caller `*`."""

    account: str
    action: str
    resource: str | None = None
    region: str | None = None
    principal: str | None = None
    resource_account: str | None = None
    context: dict[str, Values] = Field(default_factory=dict)


class Missing(Enum):
    """Why a key has no value: it is not in the request, or nothing is known about it."""

    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Some:
    """One value which is not known, but matches `accept` and none of `reject`; with `or_absent` perhaps no value."""

    accept: glob.Tokens
    reject: tuple[glob.Tokens, ...] = ()
    or_absent: bool = False


Found = tuple[str, ...] | Some | Missing


@dataclass(frozen=True, slots=True)
class Context:
    """Keys are in lower case. What is not in `known` is unknown, or absent where the context is `closed`."""

    known: Mapping[str, Found] = field(default_factory=dict)
    closed: bool = False

    def find(self, key: str) -> Found:
        found = self.known.get(key)
        if found is not None:
            return found
        return Missing.ABSENT if self.closed and key != RESOURCE else Missing.UNKNOWN


@dataclass(frozen=True, slots=True)
class Place:
    """Where accounts are: the organization's id, the ids of all its accounts where they are known, by account the path
    of ids (`o-…/r-…/ou-…/`) where it is known, and the partition."""

    organization_id: str | None = None
    account_ids: frozenset[str] = frozenset()
    paths: Mapping[str, str] = field(default_factory=dict)
    partition: str = "aws"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls. `account` is `None` for services, for unsigned callers, and where it is not known."""

    account: str | None
    service: str | None = None
    service_linked: bool = False
    arn: str | None = None


_ARN = re.compile(r"arn:(?P<partition>[^:]+):(?P<service>iam|sts):[^:]*:(?P<account>[^:]*):(?P<rest>.+)")
_SERVICE = re.compile(r"[a-z0-9][a-z0-9.-]*\.(amazonaws\.com(\.cn)?|aws\.internal|amazon\.com|aws\.dev)")
_ACCOUNT_ID = re.compile(r"\d{12}")
_PRINCIPAL_TYPES = (("role", "AssumedRole"), ("user", "User"), ("root", "Account"), ("federated-user", "FederatedUser"))
_ONLY_FOR_SERVICES = ("aws:principalservicename", "aws:principalservicenameslist")
_ONLY_SIGNED = (
    "aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:userid",
    "aws:username",
)  # fmt: skip


OWN_PRINCIPAL = Context({
    "aws:principalisawsservice": ("false",),
    **dict.fromkeys(_ONLY_FOR_SERVICES, Missing.ABSENT),
})  # fmt: skip
"""What is known of every caller that SCPs apply to."""


def principal_of(request: Request, account_id: str | None) -> Principal:
    """Who calls in this request, where the account asked for has this id."""
    written = request.principal
    if written is None:
        return Principal(account_id)
    if _SERVICE.fullmatch(written):
        return Principal(None, service=written)
    if written == "*":
        return Principal(None)
    arn = _principal_arn(written, account_id)
    match = _ARN.fullmatch(arn)
    if match is None:
        return Principal(None, arn=arn)
    if match["rest"] == "role/*":
        return Principal(match["account"])
    linked = match["rest"].startswith(("role/aws-service-role/", "role/AWSServiceRoleFor"))
    return Principal(match["account"], service_linked=linked, arn=arn)


def _principal_arn(written: str, account_id: str | None) -> str:
    """The value of aws:PrincipalArn: of an assumed role it is the role's own ARN."""
    if _ACCOUNT_ID.fullmatch(written):
        return f"arn:aws:iam::{written}:root"
    if written.startswith(("role/", "user/")) and account_id:
        return f"arn:aws:iam::{account_id}:{written}"
    match = _ARN.fullmatch(written)
    if match and match["rest"].startswith("assumed-role/"):
        return f"arn:{match['partition']}:iam::{match['account']}:role/{match['rest'].split('/')[1]}"
    return written


def context_of(
    request: Request, principal: Principal, resource_account: str | None, place: Place, closed: bool
) -> Context:
    """Everything that follows from the request; what it says itself in `context` has the last word."""
    known: dict[str, Found] = {}
    if principal.service:
        _service_facts(known, principal.service)
    elif request.principal == "*":
        _unsigned_facts(known)
    else:
        _principal_facts(known, principal, place, closed)
    if request.region:
        known["aws:requestedregion"] = (request.region,)
    if resource_account:
        known["aws:resourceaccount"] = (resource_account,)
        _organization_facts(known, resource_account, place, "aws:resourceorgid", "aws:resourceorgpaths")
    if request.resource:
        known[RESOURCE] = (request.resource,)
    known.update({key.lower(): values for key, values in request.context.items()})
    return Context(known, closed)


def _service_facts(known: dict[str, Found], service: str) -> None:
    known.update(dict.fromkeys(_ONLY_SIGNED, Missing.ABSENT))
    known["aws:principalisawsservice"] = ("true",)
    known["aws:principalservicename"] = (service,)


def _unsigned_facts(known: dict[str, Found]) -> None:
    absent = (*_ONLY_SIGNED, *_ONLY_FOR_SERVICES, "aws:principalisawsservice")
    known.update(dict.fromkeys(absent, Missing.ABSENT))
    known["aws:principaltype"] = ("Anonymous",)


def _principal_facts(known: dict[str, Found], principal: Principal, place: Place, closed: bool) -> None:
    known.update(OWN_PRINCIPAL.known)
    if principal.account:
        known["aws:principalaccount"] = (principal.account,)
        _organization_facts(known, principal.account, place, "aws:principalorgid", "aws:principalorgpaths")
    if principal.arn is None:
        known["aws:principaltype"] = ("AssumedRole",)
        known["aws:username"] = Missing.ABSENT
        known["aws:principalarn"] = _any_role(principal.account, place.partition, closed)
        return
    known["aws:principalarn"] = (principal.arn,)
    kind, _, name = principal.arn.partition("/")
    for ending, principal_type in _PRINCIPAL_TYPES:
        if kind.endswith(f":{ending}"):
            known["aws:principaltype"] = (principal_type,)
            is_user = ending == "user"
            known["aws:username"] = (name.rpartition("/")[2],) if is_user else Missing.ABSENT


def _any_role(account: str | None, partition: str, closed: bool) -> Found:
    """A role of the account that no policy names: in a closed context one whose name matches wildcards only."""
    if closed and account:
        return (f"arn:{partition}:iam::{account}:role/*",)
    return Some(glob.arn(glob.glob(f"arn:{partition}:iam::{account or '*'}:role/*")))


def _organization_facts(known: dict[str, Found], account: str, place: Place, id_key: str, path_key: str) -> None:
    if place.organization_id is None or not place.account_ids:
        return
    if account in place.account_ids:
        known[id_key] = (place.organization_id,)
        if path := place.paths.get(account):
            known[path_key] = (path,)
        return
    ours = glob.literal(place.organization_id)
    known[id_key] = Some(glob.glob("o-*"), (ours,), or_absent=True)
    known[path_key] = Some(glob.glob("o-*"), ((*ours, "/", glob.STAR),), or_absent=True)


def account_in(resource: str | None) -> str | None:
    """The account in an ARN, where it has one."""
    sections = (resource or "").split(":", 5)
    return sections[4] if len(sections) == 6 and _ACCOUNT_ID.fullmatch(sections[4]) else None
