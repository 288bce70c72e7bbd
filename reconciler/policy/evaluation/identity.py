"""The policies of a caller: its own IAM policy, or those of a permission set of IAM Identity Center.

A request passes when the identity policies and the permissions boundary allow it and none of them denies it:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from reconciler.kinds.identity_center.resources import Boundary, CustomerManaged, PermissionSet
from reconciler.model.address import Address
from reconciler.model.scope import Unread
from reconciler.policy.evaluation.chains import FULL_ACCESS, AttachedPolicy
from reconciler.policy.language import patterns
from reconciler.policy.language.context import PartlyKnown, Principal
from reconciler.policy.language.statements import PolicyDocument, parse

IDENTITY_POLICY = "identity policy"
"""The name of the caller's own IAM policy, as a policy and as a level."""
ADMINISTRATOR = "AdministratorAccess"
"""The policy of AWS that allows everything
(https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AdministratorAccess.html)."""

Documents = Callable[[str], PolicyDocument | Unread]
"""The document of a policy of AWS, by its name; or why it is not known."""

_KIND = "identity_policy"
_WITHOUT_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class IdentityLevel:
    """Policies that decide together: one of them has to allow, none may deny. Those in `unread` are not known."""

    name: Address
    policies: tuple[AttachedPolicy, ...]
    unread: tuple[Unread, ...] = ()


class ReservedRole(NamedTuple):
    """The role that a permission set is in an account; `region` is that of IAM Identity Center, where it is known.

    Its ARN has a suffix that differs by account, and the Region where that is not us-east-1:
    https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
    """

    permission_set: str
    region: str | None

    def in_account(self, account: str | None, partition: str) -> Principal:
        """The role as a caller, in the account with this id."""
        path = f"arn:{partition}:iam::{account or '*'}:role/aws-reserved/sso.amazonaws.com/"
        region = "*" if not self.region else "" if self.region == _WITHOUT_REGION else f"{self.region}/"
        known = patterns.arn(patterns.pattern(f"{path}{region}AWSReservedSSO_"))
        known = (*known, *patterns.literal(f"{self.permission_set}_"))
        other = tuple((*known, patterns.STAR, each, patterns.STAR) for each in "_/")
        return Principal("role", account, PartlyKnown((*known, patterns.STAR), other))


@dataclass(frozen=True, slots=True)
class Identity:
    """What is known of the caller beside the request: the levels of its policies, all of which it has to pass, and its
    `role`. `not_managed` are the parts of which the spec says nothing, so that they are taken to be empty."""

    levels: tuple[IdentityLevel, ...] = ()
    role: ReservedRole | None = None
    not_managed: tuple[str, ...] = ()


def own_policy(document: PolicyDocument) -> Identity:
    """A caller with this IAM policy."""
    return Identity((IdentityLevel(IDENTITY_POLICY, (_attached(IDENTITY_POLICY, document),)),))


def permission_set_identity(found: PermissionSet, region: str | None, documents: Documents) -> Identity:
    """A caller with the permission set."""
    inline = _attached("inline policy", parse("scp", found.inline)) if found.inline else None
    policies, unread = _known(found.managed or (), found.customer_managed or (), documents)
    levels = [IdentityLevel(found.address, (*policies, *([inline] if inline else [])), unread)]
    boundary = found.boundary or Boundary()
    if boundary != Boundary():
        managed = (boundary.managed,) if boundary.managed else ()
        customer = (boundary.customer_managed,) if boundary.customer_managed else ()
        levels.append(IdentityLevel(f"{found.address} (boundary)", *_known(managed, customer, documents)))
    parts = ("managed", "customer_managed", "inline", "boundary")
    not_managed = tuple(f"{found.kind}/{each}" for each in parts if getattr(found, each) is None)
    return Identity(tuple(levels), ReservedRole(found.name, region), not_managed)


def offline(name: str) -> PolicyDocument | Unread:
    """The document of a policy of AWS as far as it is known without asking AWS."""
    if name == ADMINISTRATOR:
        return parse("scp", FULL_ACCESS["scp"])
    return unread(f"the document of the AWS managed policy {name} is read with --live only")


def unread(reason: str) -> Unread:
    """An identity policy that is not known."""
    return Unread(kind=_KIND, reason=reason)


def _known(
    managed: Iterable[str], customer: Iterable[CustomerManaged], documents: Documents
) -> tuple[tuple[AttachedPolicy, ...], tuple[Unread, ...]]:
    """The policies that are known, and those that are not: customer managed ones are in the account itself."""
    found = {name: documents(name) for name in managed}
    policies = tuple(_attached(name, each) for name, each in found.items() if isinstance(each, PolicyDocument))
    lacking = [each for each in found.values() if isinstance(each, Unread)]
    return policies, (*lacking, *map(_in_the_account, customer))


def _in_the_account(policy: CustomerManaged) -> Unread:
    return unread(f"the customer managed policy {policy.path}{policy.name} is in the account, which is not read")


def _attached(key: str, document: PolicyDocument) -> AttachedPolicy:
    return AttachedPolicy(key, "identity", document)
