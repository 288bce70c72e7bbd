"""The declared organization as an `Inventory`, the type of what is read from AWS as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.kinds.invitation import Invitation
from reconciler.kinds.tag import tagging
from reconciler.model import address
from reconciler.model.address import Address
from reconciler.model.base import Json, Source
from reconciler.model.inventory import Inventory, Organization
from reconciler.model.policy_test import PolicyTest
from reconciler.model.policy_types import BY_SHORT, POLICY_TYPES
from reconciler.model.resources import (
    Account,
    Attachment,
    OrganizationalUnit,
    Policy,
    PolicyType,
    Resource,
    Root,
    tags_of,
)
from reconciler.model.scope import Scope, Unread
from reconciler.spec.declared import FULL_ACCESS, Declared, DeclaredAccount
from reconciler.spec.sections import Declarations
from reconciler.spec.tree import Tree


def inventory(declared: Declared, contents: Mapping[str, Json], tree: Tree, of_sections: Declarations) -> Inventory:
    """The desired organization. `contents` has the document of each policy, by its key; `of_sections` is what the kinds
    with a section of their own declare."""
    organization = declared.spec.organization
    resources = [
        *_nodes(declared, tree),
        *_accounts(declared, tree),
        *_invitations(declared, tree),
        *_policies(declared, contents, tree),
        *_attachments(declared, tree),
        *of_sections.resources,
    ]
    tags = any(tags_of(each) is not None for each in resources)
    empty = Inventory(
        organization=Organization(
            id=organization.id,
            management_account_id=organization.management_account_id,
            feature_set=declared.feature_set,
        ),
        scope=_scope(declared, (*of_sections.parts, *_invitation_parts(declared)), tags=tags),
    )
    return empty.with_resources(resources)


def _scope(declared: Declared, parts: tuple[str, ...], *, tags: bool) -> Scope:
    """What the spec decides on. The policies of a type that it disables matter where undeclared ones are deleted: the
    service keeps them."""
    decided = {*declared.managed_types(), *declared.disabled_types()}
    others = sorted(row.short for row in POLICY_TYPES if row.short not in decided)
    return Scope(
        policy_types=tuple(row.short for row in POLICY_TYPES if row.short in decided),
        disabled_types=declared.disabled_types()
        if declared.spec.unmanaged.model_dump()["policies"] == "delete"
        else (),
        tags=tags,
        ignored_tags=declared.spec.ignore.with_defaults().tags,
        parts=parts,
        unread=tuple(Unread(kind=each, reason="the spec does not manage them") for each in others),
    )


def _nodes(declared: Declared, tree: Tree) -> Iterator[Resource]:
    root = declared.spec.root
    yield Root(address=address.ROOT, **tagging(root.tags, root.tags_mode), source=tree.source(("root",)))
    for unit in declared.units:
        yield OrganizationalUnit(
            address=unit.address, name=unit.name, parent=unit.parent,
            previously=unit.earlier_addresses, source=tree.source(unit.at),
            **tagging(unit.shape.tags, unit.shape.tags_mode),
        )  # fmt: skip


def _accounts(declared: Declared, tree: Tree) -> Iterator[Resource]:
    defaults = declared.spec.defaults.accounts
    for account in declared.accounts:
        shape = account.shape
        new = shape.id is None
        yield Account(
            address=account.address,
            id=shape.id,
            name=shape.name,
            email=account.email,
            parent=account.parent,
            state=shape.state,
            **tagging(_tags(account, defaults.tags), shape.tags_mode or defaults.tags_mode),
            create_name=account.create_name if new else None,
            create_email=account.email if new else None,
            role_name=shape.role_name or defaults.role_name,
            iam_user_access_to_billing=shape.iam_user_access_to_billing or defaults.iam_user_access_to_billing,
            invite=bool(shape.invite),
            gov_cloud=bool(shape.gov_cloud),
            source=tree.source(account.at),
        )


def _invitations(declared: Declared, tree: Tree) -> Iterator[Resource]:
    for account in declared.accounts:
        shape, target = account.shape, account.shape.id or account.shape.email
        if shape.invite and target and shape.state != "closed":
            yield Invitation(
                address=address.invitation(account.key),
                target=target,
                state="open" if shape.state == "active" else "canceled",
                notes=shape.invite_notes,
                source=tree.source((*account.at, "invite")),
            )


def _invitation_parts(declared: Declared) -> tuple[str, ...]:
    """Invitations are read where the plan has one to send, and always where the spec has one to cancel."""
    withdrawn = any(each.shape.invite and each.shape.state == "removed" for each in declared.accounts)
    cancels = declared.spec.unmanaged.model_dump()[Invitation.plural] == "delete"
    return (Invitation.plural,) if withdrawn or cancels else ()


def _tags(account: DeclaredAccount, defaults: Mapping[str, str | None] | None) -> Mapping[str, str | None] | None:
    own = account.shape.tags
    return own if defaults is None else {**defaults, **(own or {})}


def _policies(declared: Declared, contents: Mapping[str, Json], tree: Tree) -> Iterator[Resource]:
    organization_at = tree.source(("organization", "policy_types"))
    first_of_type = {policy.shape.type: policy.at for policy in reversed(list(declared.policies.values()))}
    for short in declared.managed_types():
        chosen = declared.spec.organization.policy_types is not None
        source = organization_at if chosen else tree.source((*first_of_type[short], "type"))
        yield PolicyType(address=address.policy_type(short), type=short, source=source)
    for policy in declared.policies.values():
        shape = policy.shape
        yield Policy(
            address=policy.address, type=shape.type, name=policy.name, description=shape.description,
            content=contents[policy.key], previously=tuple(shape.previously or ()), source=tree.source(policy.at),
            **tagging(shape.tags, shape.tags_mode),
        )  # fmt: skip
    if "scp" in declared.managed_types():
        row = BY_SHORT["scp"]
        yield Policy(
            address=address.policy(FULL_ACCESS),
            id=f"p-{FULL_ACCESS}",
            type=row.short,
            name=FULL_ACCESS,
            aws_managed=True,
        )


def _attachments(declared: Declared, tree: Tree) -> Iterator[Resource]:
    for target in declared.targets():
        if not target.active:
            continue
        for index, key in enumerate(target.policies):
            place = tree.source((*target.at, "policies", index))
            yield _attachment(address.policy(key), target.address, place, index + 1)
        if FULL_ACCESS in declared.implied(target):
            yield _attachment(address.policy(FULL_ACCESS), target.address, tree.source(target.at))


def _attachment(policy: Address, target: Address, source: Source, position: int | None = None) -> Resource:
    return Attachment(
        address=address.attachment(policy, target), policy=policy, target=target, source=source, position=position
    )


def tests(declared: Declared, tree: Tree) -> tuple[PolicyTest, ...]:
    """The tests of the policies, in the order in which they are written."""
    return tuple(
        PolicyTest(**each.model_dump(exclude_none=True), source=tree.source(("tests", index)))
        for index, each in enumerate(declared.spec.tests or ())
    )
