"""What is known about one request: the values of its context keys, which are absent, and which are open.

Global context keys follow from the caller (`principal`), where (`region`) and on what (`resource`):
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from reconciler.model.decision import Request
from reconciler.policy.language import patterns

RESOURCE = "resource"
"""The resource of the request, as if it were a context key (those all have a colon)."""


class Missing(Enum):
    """Why a key has no value: it is not in the request, or nothing is known about it."""

    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PartlyKnown:
    """One value which is not known, but matches `accept` and none of `reject`; with `or_absent` perhaps no value."""

    accept: patterns.Tokens
    reject: tuple[patterns.Tokens, ...] = ()
    or_absent: bool = False


Found = tuple[str, ...] | PartlyKnown | Missing


@dataclass(frozen=True, slots=True)
class Context:
    """Keys are in lower case. What is not in `known` is absent where it begins with one of `absent`, or the context is
    `closed`; else it is unknown."""

    known: Mapping[str, Found] = field(default_factory=dict)
    closed: bool = False
    absent: tuple[str, ...] = ()

    def find(self, key: str) -> Found:
        found = self.known.get(key)
        if found is not None:
            return found
        if key.startswith(self.absent) or (self.closed and key != RESOURCE):
            return Missing.ABSENT
        return Missing.UNKNOWN


@dataclass(frozen=True, slots=True)
class OrganizationContext:
    """The organization as far as context keys depend on it: its id, the ids of all its accounts where they
    are known, the path of ids (`o-…/r-…/ou-…/`) of each account where it is known, and the partition."""

    organization_id: str | None = None
    account_ids: frozenset[str] = frozenset()
    paths: Mapping[str, str] = field(default_factory=dict)
    partition: str = "aws"


Kind = Literal["role", "user", "root", "federated-user", "service", "unsigned", "unknown"]


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller. `account` is `None` for services, for callers without credentials of AWS, and where it is not known.
    `arn` is the value of aws:PrincipalArn, `service` that of aws:PrincipalServiceName, as far as they are known.
    `service_linked` is `None` where it depends on the path of the role."""

    kind: Kind
    account: str | None = None
    arn: str | PartlyKnown | None = None
    service: str | PartlyKnown | None = None
    service_linked: bool | None = False

    @property
    def is_named(self) -> bool:
        """Whether it has an account that SCPs can limit."""
        return self.kind not in ("service", "unsigned")


FEDERATED = frozenset({"sts:assumerolewithsaml", "sts:assumerolewithwebidentity"})
"""Actions (in lower case) that are called before there is a principal: who signs in is no principal of AWS yet.
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html"""

_PUBLIC = """
    cognito-identity: getcredentialsforidentity getid getopenidtoken unlinkidentity
    cognito-idp: associatesoftwaretoken changepassword completewebauthnregistration confirmdevice confirmforgotpassword
    cognito-idp: confirmsignup deleteuser deleteuserattributes deletewebauthncredential forgetdevice forgotpassword
    cognito-idp: getdevice gettokensfromrefreshtoken getuser getuserattributeverificationcode globalsignout initiateauth
    cognito-idp: listdevices listwebauthncredentials resendconfirmationcode respondtoauthchallenge revoketoken
    cognito-idp: setusermfapreference setusersettings signup startwebauthnregistration updatedevicestatus
    cognito-idp: updateuserattributes verifysoftwaretoken verifyuserattribute
    rolesanywhere: createsession
    sso: getrolecredentials listaccountroles listaccounts logout
    """
WITHOUT_PRINCIPAL = FEDERATED | {
    f"{line.split()[0]}{name}" for line in _PUBLIC.strip().splitlines() for name in line.split()[1:]
}
"""Actions that are called without credentials of AWS unless a principal is given: with a token or a certificate.
https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flows-public-server-side.html"""

_ARN = re.compile(r"arn:(?P<partition>[^:]+):(?P<service>iam|sts):[^:]*:(?P<account>[^:]*):(?P<rest>.+)", re.DOTALL)
_SERVICE = re.compile(r"[a-z0-9][a-z0-9.-]*\.(amazonaws\.com(\.cn)?|aws\.internal|amazon\.com|aws\.dev)")
SERVICE_ENDINGS = ("amazonaws.com", "amazonaws.com.cn", "aws.internal", "amazon.com", "aws.dev")
_ACCOUNT_ID = re.compile(r"\d{12}")
_KINDS: tuple[Kind, ...] = ("role", "user", "root", "federated-user")
_TYPES: Mapping[Kind, str] = {
    "role": "AssumedRole", "user": "User", "root": "Account", "federated-user": "FederatedUser",
    "unsigned": "Anonymous",
}  # fmt: skip
"""aws:PrincipalType:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable"""
_LINKED_PATH = "role/aws-service-role/"
_LINKED_NAME = "AWSServiceRoleFor"
_ONLY_FOR_SERVICES = ("aws:principalservicename", "aws:principalservicenameslist")
_ONLY_SIGNED = (
    "aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:userid",
    "aws:username",
)  # fmt: skip
_WITH_CREDENTIALS = ("aws:principal", "aws:userid", "aws:username", "aws:multifactorauth", "aws:tokenissuetime")
"""What keys begin with that only requests with credentials of AWS have."""

OWN_PRINCIPAL = Context({
    "aws:principalisawsservice": ("false",),
    **dict.fromkeys(_ONLY_FOR_SERVICES, Missing.ABSENT),
})  # fmt: skip
"""What is known of every caller that SCPs apply to."""


SIGNING_IN = Context({}, absent=_WITH_CREDENTIALS)
"""The context of every call of one of `FEDERATED`."""


def is_service(name: str) -> bool:
    """Whether this is the form of the name of an AWS service that calls."""
    return _SERVICE.fullmatch(name) is not None


def principal_of(request: Request, account_id: str | None) -> Principal:
    """The caller of this request, where the account of the request has this id."""
    written, action = request.principal, request.action.lower()
    if written == "*" or action in FEDERATED or (written is None and action in WITHOUT_PRINCIPAL):
        return Principal("unsigned")
    if written is None:
        return Principal("role", account_id)
    if is_service(written):
        return Principal("service", service=written)
    if _ACCOUNT_ID.fullmatch(written):
        return Principal("root", written, f"arn:aws:iam::{written}:root")
    if written.startswith(("role/", "user/")) and account_id:
        written = f"arn:aws:iam::{account_id}:{written}"
    match = _ARN.fullmatch(written)
    if match is None:
        return Principal("unknown", arn=written)
    account, rest = match["account"], match["rest"]
    if rest == "role/*":
        return Principal("role", account)
    if rest.startswith("assumed-role/"):
        return _session(match["partition"], account, rest.split("/")[1])
    kind: Kind = next((each for each in _KINDS if rest.partition("/")[0] == each), "unknown")
    return Principal(kind, account, written, service_linked=rest.startswith(_LINKED_PATH))


def _session(partition: str, account: str, role: str) -> Principal:
    """A session of a role. aws:PrincipalArn is the ARN of the role, whose path the ARN of a session does not have.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """
    prefix, name = patterns.literal(f"arn:{partition}:iam::{account}:role/"), patterns.literal(role)
    arn = PartlyKnown((*prefix, patterns.STAR, *name), ((*prefix, patterns.STAR, patterns.NAME_ANY, *name),))
    return Principal("role", account, arn, service_linked=None if role.startswith(_LINKED_NAME) else False)


def context_of(
    request: Request, principal: Principal, resource_account: str | None, place: OrganizationContext, closed: bool
) -> Context:
    """Everything that follows from the request; its own `context` takes precedence."""
    known: dict[str, Found] = {}
    if principal.kind == "service":
        _service_facts(known, principal.service)
    elif principal.kind == "unsigned":
        if request.action.lower() not in FEDERATED:
            known["aws:principaltype"] = (_TYPES["unsigned"],)
    else:
        _principal_facts(known, principal, place, closed)
    if request.region:
        known["aws:requestedregion"] = (request.region,)
    if resource_account:
        known["aws:resourceaccount"] = (resource_account,)
        _organization_facts(known, resource_account, place, closed, "aws:resourceorgid", "aws:resourceorgpaths")
    if request.resource:
        known[RESOURCE] = (request.resource,)
    known.update({key.lower(): values for key, values in request.context.items()})
    return Context(known, closed, _WITH_CREDENTIALS if principal.kind == "unsigned" else ())


def _service_facts(known: dict[str, Found], service: str | PartlyKnown | None) -> None:
    known.update(dict.fromkeys(_ONLY_SIGNED, Missing.ABSENT))
    known["aws:principalisawsservice"] = ("true",)
    if service is not None:
        known["aws:principalservicename"] = service if isinstance(service, PartlyKnown) else (service,)


def _principal_facts(known: dict[str, Found], principal: Principal, place: OrganizationContext, closed: bool) -> None:
    known.update(OWN_PRINCIPAL.known)
    if principal.account:
        known["aws:principalaccount"] = (principal.account,)
        _organization_facts(known, principal.account, place, closed, "aws:principalorgid", "aws:principalorgpaths")
    arn = principal.arn
    if arn is None:
        arn = _any_role(principal.account, place.partition, closed)
    known["aws:principalarn"] = arn if isinstance(arn, PartlyKnown) else (arn,)
    if principal.kind in _TYPES:
        known["aws:principaltype"] = (_TYPES[principal.kind],)
        known["aws:username"] = _username(arn) if principal.kind == "user" else Missing.ABSENT


def _username(arn: str | PartlyKnown) -> Found:
    """The last part of the ARN of a user."""
    return (
        PartlyKnown((patterns.STAR,), (_WITH_SLASH, ())) if isinstance(arn, PartlyKnown) else (arn.rpartition("/")[2],)
    )


_WITH_SLASH: patterns.Tokens = (patterns.STAR, "/", patterns.STAR)


def _any_role(account: str | None, partition: str, closed: bool) -> str | PartlyKnown:
    """A role of the account that no policy names: in a closed context one whose name matches wildcards only."""
    if closed and account:
        return f"arn:{partition}:iam::{account}:role/*"
    return PartlyKnown(patterns.arn(patterns.pattern(f"arn:{partition}:iam::{account or '*'}:role/*")))


def _organization_facts(
    known: dict[str, Found], account: str, place: OrganizationContext, closed: bool, id_key: str, path_key: str
) -> None:
    if place.organization_id is None or not place.account_ids:
        return
    if account in place.account_ids:
        known[id_key] = (place.organization_id,)
        if path := place.paths.get(account):
            known[path_key] = (path,)
    elif not closed:
        known[id_key], known[path_key] = foreign_organization(place.organization_id, or_absent=True)


def foreign_organization(ours: str, *, or_absent: bool = False) -> tuple[PartlyKnown, PartlyKnown]:
    """The id of another organization than ours, and the path of an account there; with `or_absent` perhaps none."""
    own = patterns.literal(ours)
    return (
        PartlyKnown(patterns.pattern("o-*"), (own,), or_absent=or_absent),
        PartlyKnown(patterns.pattern("o-*"), ((*own, "/", patterns.STAR),), or_absent=or_absent),
    )


def account_in(resource: str | None) -> str | None:
    """The account in an ARN, where it has one."""
    sections = (resource or "").split(":", 5)
    return sections[4] if len(sections) == 6 and _ACCOUNT_ID.fullmatch(sections[4]) else None
