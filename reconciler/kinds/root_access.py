"""Centralised root access: what the management account may do as the root user of member accounts.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from reconciler.errors import ServiceError
from reconciler.kinds import scalars as s
from reconciler.kinds.base import Call, Comparison, Declaring, Ids, Reads, SpecSection, State, UnmanagedRules
from reconciler.kinds.declared_set import distinct
from reconciler.kinds.singleton import Singleton
from reconciler.kinds.trusted_access import access_parts, missing_access
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.diagnostic import Code
from reconciler.model.document import deny_statements, listed
from reconciler.model.inventory import Inventory
from reconciler.model.operation import Answer, Operation
from reconciler.model.plan import Change, Warning_
from reconciler.model.resources import Attachment, Label, Policy, Resource
from reconciler.model.scope import Scope

SERVICE = "iam.amazonaws.com"
FEATURES: Mapping[str, str] = MappingProxyType(
    {"root_credentials": "RootCredentialsManagement", "root_sessions": "RootSessions"}
)
"""The features by their names in a spec, with those of the service."""

_NO_TRUSTED_ACCESS = "ServiceAccessNotEnabledException"

_Feature = Annotated[Literal["root_credentials", "root_sessions"], s.Choice(tuple(FEATURES))]


class RootAccess(Resource):
    """An enabled `feature` of centralised root access: `root_credentials` or `root_sessions`."""

    kind: ClassVar[str] = "root_access"
    plural: ClassVar[str] = "root_access"
    prefix: ClassVar[str] = "root_access"
    label: ClassVar[Label] = Label("root access", "features of root access", "disabled")
    identified: ClassVar[bool] = False
    identity: ClassVar[frozenset[str]] = Resource.identity | {"feature"}
    feature: str

    def follows(self) -> tuple[Address, ...]:
        return (addresses.trusted_access(SERVICE),)


class RootAccessKind(Singleton):
    resource = RootAccess
    needs_all_features = True
    creating = "enable"
    deleting = "disable"
    consequence = "the management account can no longer act as the root user of member accounts in this way"
    max_deletes = (0, "Features of centralised root access that get disabled.")
    section = SpecSection(
        "root_access",
        list[_Feature],
        "Centralised root access for member accounts, exactly these features. Unset: left alone. `[]`: none.",
        (["root_credentials", "root_sessions"],),
    )
    operations = (
        Operation("iam:ListOrganizationsFeatures", 1, 1, Answer("EnabledFeatures", list)),
        *(
            Operation(f"iam:{verb}Organizations{api}", 1, 1, Answer("EnabledFeatures", list), writes=True)
            for api in FEATURES.values()
            for verb in ("Enable", "Disable")
        ),
    )
    codes = (
        Code(
            code="E337",
            severity="error",
            title="A feature of root access is listed twice",
            explanation="`root_access` names each feature once.",
        ),
    )

    def recorded_values(self, resource: Resource, ids: Mapping[Address, str]) -> tuple[str, ...]:
        """The names of the calls have the feature."""
        return ()

    def recorded_events(self, change: Change) -> frozenset[str]:
        assert isinstance(change.resource, RootAccess)
        api = FEATURES[change.resource.feature]
        return frozenset(each for each in super().recorded_events(change) if each.endswith(f"Organizations{api}"))

    def declare(self, value: list[str], spec: Declaring) -> Iterator[RootAccess]:
        for index, feature in distinct(value, spec, "E337"):
            yield RootAccess(address=address(feature), feature=feature, source=spec.source(index))

    def written(self, resources: Sequence[Resource], names: Mapping[Address, str]) -> Json:
        return [*sorted(addresses.local(each.address) for each in resources)]

    def read(self, reads: Reads, parts: Collection[str]) -> Iterator[RootAccess]:
        """Without trusted access of IAM the features are out of sight, and have no effect."""
        try:
            enabled = reads.call("iam:ListOrganizationsFeatures", {})["EnabledFeatures"]
        except ServiceError as error:
            if error.code != _NO_TRUSTED_ACCESS:
                raise
            return
        for feature, api in FEATURES.items():
            if api in enabled:
                yield RootAccess(address=address(feature), feature=feature)

    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        found = super().compare(desired, live, policies)
        if any(desired.of(RootAccess)):
            found.warnings += _denied_sessions(desired, live)
        return found

    def further_parts(self, changes: Iterable[Change]) -> Iterator[str]:
        """Enabling needs trusted access."""
        return access_parts(self.resource.kind, changes)

    def refusals(self, change: Change, state: State, scope: Scope, management: Address | None) -> Iterator[str]:
        """ServiceAccessNotEnabledException of the operations that enable."""
        if change.after is not None:
            yield from missing_access(SERVICE, change, state, scope)

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        verb = "Enable" if change.after else "Disable"
        yield Call(f"iam:{verb}Organizations{FEATURES[addresses.local(change.address)]}", {})


def address(feature: str) -> Address:
    return f"{RootAccess.prefix}:{feature}"


def _denied_sessions(desired: Inventory, live: Inventory) -> Iterator[Warning_]:
    """The sessions of centralised root access are sessions of the root user: an SCP that denies the root user denies
    them too, unless it excepts requests with `aws:AssumedRoot`.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-assumedroot
    """
    declared = {each.address for each in desired.of(Policy)}
    undeclared = {each.address for each in live.of(Policy)} - declared
    attached = {each.policy for each in desired.of(Attachment)}
    attached |= {each.policy for each in live.of(Attachment) if each.policy in undeclared}
    for policy in (*desired.of(Policy), *(each for each in live.of(Policy) if each.address in undeclared)):
        if policy.type == "scp" and policy.address in attached and _denies_root(policy):
            text = (
                f"{policy.address} denies the root user, so also the sessions of centralised root access: except those "
                'with the condition `"BoolIfExists": {"aws:AssumedRoot": "false"}`'
            )
            yield Warning_(code="W535", message=text, address=policy.address, source=policy.source)


def _denies_root(policy: Policy) -> bool:
    for statement in deny_statements(policy.content):
        condition = statement.get("Condition")
        tests = [each for each in condition.values() if isinstance(each, dict)] if isinstance(condition, dict) else []
        values = {key.lower(): listed(value) for each in tests for key, value in each.items()}
        principals = values.get("aws:principalarn", [])
        if "aws:assumedroot" not in values and any(str(each).endswith(":root") for each in principals):
            return True
    return False
