"""Trusted access: the services that may work in all accounts of the organization.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

from reconciler.kinds import scalars as s
from reconciler.kinds.base import Call, Declaring, Ids, Reads, SpecSection, State, Undeclared
from reconciler.kinds.declared_set import DeclaredSet
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.diagnostic import Code
from reconciler.model.operation import Answer, Operation
from reconciler.model.plan import Change
from reconciler.model.resources import Label, Resource
from reconciler.model.scope import Scope

ENABLED_BY = MappingProxyType(
    {
        "ram.amazonaws.com": "ram:EnableSharingWithAwsOrganization",
        "member.org.stacksets.cloudformation.amazonaws.com": "cloudformation:ActivateOrganizationsAccess",
        "servicecatalog.amazonaws.com": "servicecatalog:EnableAWSOrganizationsAccess",
        "health.amazonaws.com": "health:EnableHealthServiceAccessForOrganization",
        "notifications.amazonaws.com": "notifications:EnableNotificationsAccessForOrganization",
        "networkmanager.amazonaws.com": "networkmanager:StartOrganizationServiceAccessUpdate",
        "reachabilityanalyzer.networkinsights.amazonaws.com": "ec2:EnableReachabilityAnalyzerOrganizationSharing",
    }
)
"""Services that are enabled by an operation of their own, which makes roles or registers state, from their pages in
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services_list.html"""


class TrustedAccess(Resource):
    """A service with trusted access, by its `principal` (`cloudtrail.amazonaws.com`)."""

    kind: ClassVar[str] = "trusted_access"
    plural: ClassVar[str] = "trusted_access"
    prefix: ClassVar[str] = "trusted_access"
    label: ClassVar[Label] = Label("trusted access", "services with trusted access", "disabled")
    identified: ClassVar[bool] = False
    identity: ClassVar[frozenset[str]] = Resource.identity | {"principal"}
    principal: str

    def follows(self) -> tuple[Address, ...]:
        return (addresses.FEATURE_SET,)


class TrustedAccessKind(DeclaredSet):
    resource = TrustedAccess
    needs_all_features = True
    creating = "enable"
    deleting = "disable"
    consequence = "the service stops working across the organization at once; enabling it again may not bring all back"
    undeclared = Undeclared("Services with trusted access. Other tools enable it too, so deleting is for exact lists.")
    max_deletes = (0, "Services whose trusted access gets disabled.")
    section = SpecSection(
        "trusted_access",
        list[s.ServicePrincipal],
        "Services with trusted access. Unset: left alone. What is enabled and not listed follows `unmanaged`.",
        (["cloudtrail.amazonaws.com", "guardduty.amazonaws.com"],),
    )
    operations = (
        Operation(
            "ListAWSServiceAccessForOrganization", 1, 3,
            Answer("EnabledServicePrincipals", list, MappingProxyType({"ServicePrincipal": str})),
        ),
        Operation("EnableAWSServiceAccess", 1, 2, writes=True),
        Operation("DisableAWSServiceAccess", 1, 2, writes=True),
    )  # fmt: skip
    codes = (
        Code(
            code="E330",
            severity="error",
            title="A service is listed twice",
            explanation="`trusted_access` and the lists of `delegated_administrators` name each entry once.",
        ),
    )

    def creation_note(self, wanted: Resource) -> str | None:
        operation = ENABLED_BY.get(addresses.local(wanted.address))
        return f"the service has to be enabled by {operation} too, which is not called here" if operation else None

    def declare(self, value: list[str], spec: Declaring) -> Iterator[TrustedAccess]:
        for index, principal in enumerate(value):
            if principal in value[:index]:
                spec.add("E330", f"`{principal}` is listed twice", index, help="remove one of them")
            else:
                yield TrustedAccess(
                    address=addresses.trusted_access(principal), principal=principal, source=spec.source(index)
                )

    def written(self, resources: Sequence[Resource], names: Mapping[Address, str]) -> Json:
        return [*sorted(addresses.local(each.address) for each in resources)]

    def read(self, reads: Reads, parts: Collection[str]) -> Iterator[TrustedAccess]:
        for each in reads.items("ListAWSServiceAccessForOrganization", "EnabledServicePrincipals"):
            principal = each["ServicePrincipal"]
            yield TrustedAccess(address=addresses.trusted_access(principal), principal=principal)

    def further_parts(self, changes: Iterable[Change]) -> Iterator[str]:
        """A service is disabled only without delegated administrators."""
        for each in changes:
            if each.kind == TrustedAccess.kind and each.after is None:
                yield f"delegated_administrators/{addresses.local(each.address)}"

    def refusals(self, change: Change, state: State, scope: Scope, management: Address | None) -> Iterator[str]:
        """ConstraintViolationException of DisableAWSServiceAccess: DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE,
        POLICY_TYPE_ENABLED_FOR_THIS_SERVICE."""
        if change.after is not None:
            return
        users = sorted(each.address for each in state.values() if change.address in each.follows())
        if users:
            yield f"{change.address} cannot be disabled while there is {', '.join(users)}"

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        operation = "EnableAWSServiceAccess" if change.after else "DisableAWSServiceAccess"
        yield Call(operation, {"ServicePrincipal": addresses.local(change.address)})
