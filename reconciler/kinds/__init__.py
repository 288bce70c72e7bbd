"""The registry of kinds, and what follows from it: every table that has an entry for each kind is made here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from reconciler.kinds.account import AccountKind
from reconciler.kinds.alternate_contact import AlternateContactKind
from reconciler.kinds.attachment import AttachmentKind
from reconciler.kinds.base import DeleteLimit, Kind, SectionOwner, SpecSection, Undeclared
from reconciler.kinds.billing.budget import BudgetKind
from reconciler.kinds.billing.budget_action import BudgetActionKind
from reconciler.kinds.billing.cost_allocation_tag import CostAllocationTagKind
from reconciler.kinds.billing.cost_category import CostCategoryKind
from reconciler.kinds.delegated_administrator import DelegatedAdministratorKind
from reconciler.kinds.feature_set import FeatureSetKind
from reconciler.kinds.identity_center.assignment import AssignmentKind
from reconciler.kinds.identity_center.instance import IdentityCenterKind
from reconciler.kinds.identity_center.permission_set import PermissionSetKind
from reconciler.kinds.identity_center.principal import GroupKind, UserKind
from reconciler.kinds.invitation import InvitationKind
from reconciler.kinds.organizational_unit import OrganizationalUnitKind
from reconciler.kinds.policy import PolicyKind
from reconciler.kinds.policy_type import PolicyTypeKind
from reconciler.kinds.primary_contact import PrimaryContactKind
from reconciler.kinds.region import RegionKind
from reconciler.kinds.resource_policy import ResourcePolicyKind
from reconciler.kinds.root import RootKind
from reconciler.kinds.root_access import RootAccessKind
from reconciler.kinds.tag import TAGS
from reconciler.kinds.trusted_access import TrustedAccessKind
from reconciler.model.diagnostic import Code
from reconciler.model.resources import Label, Resource

KINDS: tuple[Kind, ...] = (
    FeatureSetKind(),
    PolicyTypeKind(),
    RootKind(),
    PolicyKind(),
    AccountKind(),
    InvitationKind(),
    OrganizationalUnitKind(),
    AttachmentKind(),
    TrustedAccessKind(),
    DelegatedAdministratorKind(),
    AlternateContactKind(),
    PrimaryContactKind(),
    RegionKind(),
    ResourcePolicyKind(),
    RootAccessKind(),
    IdentityCenterKind(),
    GroupKind(),
    UserKind(),
    PermissionSetKind(),
    AssignmentKind(),
    CostCategoryKind(),
    CostAllocationTagKind(),
    BudgetKind(),
    BudgetActionKind(),
)
"""In the order in which they are aligned and compared: accounts and policies before OUs (what is undeclared in a
replaced OU is known by its final name), attachments after all that they name."""


TOP_LEVEL: tuple[SectionOwner, ...] = ("organization", "identity_center", "billing")
"""The mappings at the top of a spec that have sections."""


def sections_of(owner: SectionOwner) -> Iterator[tuple[Kind, SpecSection]]:
    """The kinds that are declared below the owner, with their sections."""
    for kind in KINDS:
        for section in (*((kind.section,) if kind.section else ()), *kind.further_sections):
            if section.of == owner:
                yield kind, section


BY_KIND: Mapping[str, Kind] = MappingProxyType({each.resource.kind: each for each in KINDS})
RESOURCES: tuple[type[Resource], ...] = tuple(each.resource for each in KINDS)
ACCOUNT_PARTS = frozenset(kind.resource.plural for kind, _ in sections_of("account"))
"""The kinds whose things belong to single accounts: they are read only where a spec declares them."""
PARTS: tuple[str, ...] = tuple(
    plural
    for each in KINDS
    if type(each).read is not Kind.read and each.resource.plural not in ACCOUNT_PARTS
    for plural in (each.resource.plural, *each.reads_also)
)
"""The kinds beside the tree and its policies, by their plurals: the parts of a whole `Scope`."""
LABELS: Mapping[str, Label] = MappingProxyType({each.prefix: each.label for each in RESOURCES})
"""By the prefix of addresses."""
UNDECLARED: Mapping[str, Undeclared] = MappingProxyType(
    {each.resource.plural: each.undeclared for each in KINDS if each.undeclared is not None}
)
"""By the key of `unmanaged`."""
DELETE_LIMITS: Mapping[str, DeleteLimit] = MappingProxyType(
    {each.plural: each for each in (*(kind.delete_limit for kind in KINDS), TAGS) if each is not None}
)
"""By the key of `guards.max_deletes`."""
CODES: tuple[Code, ...] = tuple(code for each in KINDS for code in each.codes)
"""The diagnostics of the sections of kinds."""
