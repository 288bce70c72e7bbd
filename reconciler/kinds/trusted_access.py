"""Trusted access: the services that may work in all accounts of the organization.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

from reconciler.errors import AccessDenied, ServiceError
from reconciler.kinds import scalars as s
from reconciler.kinds.base import (
    Call,
    Declaring,
    Ids,
    LiveSeverity,
    Reads,
    SpecSection,
    State,
    Undeclared,
    UnmanagedRules,
)
from reconciler.kinds.declared_set import DeclaredSet, distinct
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.diagnostic import Code
from reconciler.model.inventory import Inventory
from reconciler.model.operation import Answer, Operation
from reconciler.model.plan import Change
from reconciler.model.resources import Label, Resource
from reconciler.model.scope import Scope

RAM = "ram.amazonaws.com"


class OwnOperations(NamedTuple):
    """How a service is enabled by an operation of its own, in the place of EnableAWSServiceAccess: it also makes the
    service-linked role, or registers what the service needs.

    - `enable` and `disable` are operations without parameters; `succeeded` is the member of the answer to `enable` that
      says whether it worked.
    - `status` reads the state of the service, which is `ENABLED` in the member `state`: its principal is listed where
      Organizations alone enabled it, too."""

    enable: str
    disable: str | None = None
    status: str | None = None
    state: str = ""
    succeeded: str | None = None


OWN_OPERATIONS: Mapping[str, OwnOperations] = MappingProxyType(
    {
        RAM: OwnOperations("ram:EnableSharingWithAwsOrganization", succeeded="returnValue"),
        "member.org.stacksets.cloudformation.amazonaws.com": OwnOperations(
            "cloudformation:ActivateOrganizationsAccess",
            "cloudformation:DeactivateOrganizationsAccess",
            "cloudformation:DescribeOrganizationsAccess",
            "Status",
        ),
        "servicecatalog.amazonaws.com": OwnOperations(
            "servicecatalog:EnableAWSOrganizationsAccess",
            "servicecatalog:DisableAWSOrganizationsAccess",
            "servicecatalog:GetAWSOrganizationsAccessStatus",
            "AccessStatus",
        ),
    }
)
"""By the principal. https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services_list.html"""

ENABLED_BY: Mapping[str, str] = MappingProxyType(
    {
        "health.amazonaws.com": "health:EnableHealthServiceAccessForOrganization",
        "notifications.amazonaws.com": "notifications:EnableNotificationsAccessForOrganization",
        "networkmanager.amazonaws.com": "networkmanager:StartOrganizationServiceAccessUpdate",
        "reachabilityanalyzer.networkinsights.amazonaws.com": "ec2:EnableReachabilityAnalyzerOrganizationSharing",
    }
)
"""Services that are enabled by an operation of their own as well, which is not called, by the principal."""

_NOT_REACHABLE = frozenset({"NoEndpoint", "NotImplemented", "InvalidAction", "Unreachable"})
"""Errors of a custom endpoint that does not have the service."""


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
    severity = LiveSeverity(extra="access", missing="outage")
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
    further_sections = (
        SpecSection(
            "resource_sharing",
            s.Switch,
            "Sharing of resources (AWS RAM) with the organization: `true` is the same as `ram.amazonaws.com` in "
            "`trusted_access`, `false` disables it.",
            (True,),
        ),
    )
    operations = (
        Operation(
            "ListAWSServiceAccessForOrganization", 1, 3,
            Answer("EnabledServicePrincipals", list, MappingProxyType({"ServicePrincipal": str})),
        ),
        Operation("EnableAWSServiceAccess", 1, 2, writes=True),
        Operation("DisableAWSServiceAccess", 1, 2, writes=True),
        Operation("ram:EnableSharingWithAwsOrganization", 1, 1, Answer("returnValue", bool), writes=True),
        Operation("cloudformation:DescribeOrganizationsAccess", 1, 1, Answer("Status", str)),
        Operation("cloudformation:ActivateOrganizationsAccess", 1, 1, writes=True),
        Operation("cloudformation:DeactivateOrganizationsAccess", 1, 1, writes=True),
        Operation("servicecatalog:GetAWSOrganizationsAccessStatus", 1, 1, Answer("AccessStatus", str)),
        Operation("servicecatalog:EnableAWSOrganizationsAccess", 1, 1, writes=True),
        Operation("servicecatalog:DisableAWSOrganizationsAccess", 1, 1, writes=True),
    )  # fmt: skip
    codes = (
        Code(
            code="E330",
            severity="error",
            title="A service is listed twice",
            explanation="`trusted_access` and the lists of `delegated_administrators` name each entry once.",
        ),
        Code(
            code="E336",
            severity="error",
            title="Resource sharing is declared twice, and differently",
            explanation="`resource_sharing: true` is the same as `ram.amazonaws.com` in `trusted_access`. Where both "
            "keys are written, they must agree.",
            example="organization:\n  resource_sharing: true\n  trusted_access: [config.amazonaws.com]\n",
        ),
    )

    def recorded_values(self, resource: Resource, ids: Mapping[Address, str]) -> tuple[str, ...] | None:
        """The operations of other services make those of Organizations, which are recorded too."""
        assert isinstance(resource, TrustedAccess)
        return (resource.principal,)

    def creation_note(self, wanted: Resource) -> str | None:
        operation = ENABLED_BY.get(addresses.local(wanted.address))
        return f"the service has to be enabled by {operation} too, which is not called here" if operation else None

    def declare(self, value: list[str] | bool, spec: Declaring) -> Iterator[TrustedAccess]:
        if isinstance(value, bool):
            yield from _sharing(value, spec)
            return
        for index, principal in distinct(value, spec, "E330"):
            address = addresses.trusted_access(principal)
            yield TrustedAccess(address=address, principal=principal, source=spec.source(index))

    def parts(self, value: list[str] | bool, spec: Declaring) -> tuple[str, ...]:
        return (part(RAM),) if isinstance(value, bool) else (self.resource.plural,)

    def part_of(self, resource: Resource) -> str:
        return part(addresses.local(resource.address))

    def deletes(self, existing: Resource, desired: Inventory, policies: UnmanagedRules) -> bool:
        """`resource_sharing: false` is about one service."""
        named = self.part_of(existing) in (desired.scope.parts or ())
        return named or super().deletes(existing, desired, policies)

    def written(self, resources: Sequence[Resource], names: Mapping[Address, str]) -> Json:
        return [*sorted(addresses.local(each.address) for each in resources)]

    def written_further(self, key: str, resources: Sequence[Resource]) -> Json:
        return addresses.trusted_access(RAM) in {each.address for each in resources}

    def read(self, reads: Reads, parts: Collection[str]) -> Iterator[TrustedAccess]:
        for each in reads.items("ListAWSServiceAccessForOrganization", "EnabledServicePrincipals"):
            principal = each["ServicePrincipal"]
            if self.resource.plural not in parts and part(principal) not in parts:
                continue
            if principal in OWN_OPERATIONS and not _is_enabled(OWN_OPERATIONS[principal], reads):
                continue
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
        principal = addresses.local(change.address)
        own = OWN_OPERATIONS.get(principal, OwnOperations("EnableAWSServiceAccess"))
        operation = own.enable if change.after else own.disable or "DisableAWSServiceAccess"
        params = {} if ":" in operation else {"ServicePrincipal": principal}
        succeeded = own.succeeded if change.after else None

        def refusal(answer: dict[str, Any]) -> str | None:
            return None if succeeded is None or answer[succeeded] else "OperationFailed"

        yield Call(operation, params, refusal=refusal)


def part(principal: str) -> str:
    """The part of the scope that the trusted access of a service is."""
    return f"{TrustedAccess.plural}/{principal}"


def access_parts(kind: str, changes: Iterable[Change]) -> Iterator[str]:
    """What changes of a kind depend on where each thing of it needs trusted access."""
    if any(each.kind == kind and each.after is not None for each in changes):
        yield TrustedAccess.plural


def missing_access(principal: str, change: Change, state: State, scope: Scope) -> Iterator[str]:
    """Why a change that needs trusted access of a service is refused, where that is known."""
    if scope.has_part(TrustedAccess.plural) and addresses.trusted_access(principal) not in state:
        yield (
            f"{change.address} needs trusted access of {principal}, which is not enabled: add it to "
            "`organization.trusted_access`"
        )


def _sharing(enabled: bool, spec: Declaring) -> Iterator[TrustedAccess]:
    """The trusted access of RAM, unless `trusted_access` has it already."""
    listed: list[str] | None = spec.beside("trusted_access")
    if listed is not None and (RAM in listed) != enabled:
        text = f"`resource_sharing` is {str(enabled).lower()}, and `trusted_access` has {'no ' * enabled}`{RAM}`"
        spec.add("E336", text, help="remove `resource_sharing`, or correct one of the two")
    elif enabled and listed is None:
        yield TrustedAccess(address=addresses.trusted_access(RAM), principal=RAM, source=spec.source())


def _is_enabled(own: OwnOperations, reads: Reads) -> bool:
    """Whether a listed service is enabled by its own operation too; where that cannot be read, the list counts."""
    if own.status is None:
        return True
    try:
        return bool(reads.call(own.status, {})[own.state] == "ENABLED")
    except AccessDenied:
        return True
    except ServiceError as error:
        if error.code not in _NOT_REACHABLE and error.status != 501:
            raise
        return True
