"""The declared organization as an `Inventory`, the same type as what is read from AWS, and as `Settings`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.kinds.tag import tagging
from reconciler.model import address, resources
from reconciler.model.address import Address
from reconciler.model.base import Json, Source
from reconciler.model.inventory import Inventory, Organization
from reconciler.model.limits import Limit
from reconciler.model.policy_test import PolicyTest
from reconciler.model.policy_types import BY_SHORT, POLICY_TYPES
from reconciler.model.resources import Resource
from reconciler.model.scope import Scope, Unread
from reconciler.spec.declared import FULL_ACCESS, Declared, DeclaredAccount
from reconciler.spec.places import Path, Tree
from reconciler.spec.rules.units import earlier_addresses
from reconciler.spec.sections import Declarations
from reconciler.spec.settings import (
    Guards,
    Ignore,
    Quota,
    Quotas,
    Settings,
)


def inventory(found: Declared, contents: Mapping[str, Json], tree: Tree, of_sections: Declarations) -> Inventory:
    """The desired organization. `contents` has the document of each policy, by its key; `of_sections` is
    what the kinds with a section of their own declare."""
    organization = found.spec.organization
    declared = [
        *_nodes(found, tree),
        *_accounts(found, tree),
        *_policies(found, contents, tree),
        *_attachments(found, tree),
        *of_sections.resources,
    ]
    empty = Inventory(
        organization=Organization(
            id=organization.id,
            management_account_id=organization.management_account_id,
            feature_set=organization.feature_set,
        ),
        scope=_scope(found, of_sections.parts, tags=any(getattr(each, "tags", None) is not None for each in declared)),
    )
    return empty.with_resources(declared)


def _scope(found: Declared, parts: tuple[str, ...], *, tags: bool) -> Scope:
    """What the spec decides on. The policies of a type that it disables matter where undeclared ones are deleted: the
    service keeps them."""
    decided = {*found.managed_types(), *found.disabled_types()}
    others = sorted(row.short for row in POLICY_TYPES if row.short not in decided)
    return Scope(
        policy_types=tuple(row.short for row in POLICY_TYPES if row.short in decided),
        disabled_types=found.disabled_types() if found.spec.unmanaged.model_dump()["policies"] == "delete" else (),
        tags=tags,
        ignored_tags=_ignored_tags(found),
        parts=parts,
        unread=tuple(Unread(kind=each, reason="the spec does not manage them") for each in others),
    )


def _ignored_tags(found: Declared) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*Ignore().tags, *found.spec.ignore.tags]))


def _nodes(found: Declared, tree: Tree) -> Iterator[Resource]:
    root = found.spec.root
    yield resources.Root(address=address.ROOT, **tagging(root.tags, root.tags_mode), source=_source(tree, ("root",)))
    for unit in found.units:
        yield resources.OrganizationalUnit(
            address=unit.address, name=unit.name, parent=unit.parent,
            previously=earlier_addresses(unit), source=_source(tree, unit.at),
            **tagging(unit.shape.tags, unit.shape.tags_mode),
        )  # fmt: skip


def _accounts(found: Declared, tree: Tree) -> Iterator[Resource]:
    defaults = found.spec.defaults.accounts
    for account in found.accounts:
        shape = account.shape
        new = shape.id is None
        yield resources.Account(
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
            source=_source(tree, account.at),
        )


def _tags(account: DeclaredAccount, defaults: Mapping[str, str | None] | None) -> Mapping[str, str | None] | None:
    own = account.shape.tags
    return own if defaults is None else {**defaults, **(own or {})}


def _policies(found: Declared, contents: Mapping[str, Json], tree: Tree) -> Iterator[Resource]:
    organization_at = _source(tree, ("organization", "policy_types"))
    first_of_type = {policy.shape.type: policy.at for policy in reversed(list(found.policies.values()))}
    for short in found.managed_types():
        chosen = found.spec.organization.policy_types is not None
        source = organization_at if chosen else _source(tree, (*first_of_type[short], "type"))
        yield resources.PolicyType(address=address.policy_type(short), type=short, source=source)
    for policy in found.policies.values():
        shape = policy.shape
        yield resources.Policy(
            address=policy.address, type=shape.type, name=policy.name, description=shape.description,
            content=contents[policy.key], previously=tuple(shape.previously or ()), source=_source(tree, policy.at),
            **tagging(shape.tags, shape.tags_mode),
        )  # fmt: skip
    if "scp" in found.managed_types():
        row = BY_SHORT["scp"]
        yield resources.Policy(
            address=address.policy(FULL_ACCESS),
            id=f"p-{FULL_ACCESS}",
            type=row.short,
            name=FULL_ACCESS,
            aws_managed=True,
        )


def _attachments(found: Declared, tree: Tree) -> Iterator[Resource]:
    for target in found.targets():
        if not target.active:
            continue
        for index, key in enumerate(target.policies):
            yield _attachment(address.policy(key), target.address, _source(tree, (*target.at, "policies", index)))
        if FULL_ACCESS in found.implied(target):
            yield _attachment(address.policy(FULL_ACCESS), target.address, _source(tree, target.at))


def _attachment(policy: Address, target: Address, source: Source) -> Resource:
    return resources.Attachment(address=address.attachment(policy, target), policy=policy, target=target, source=source)


def _source(tree: Tree, path: Path) -> Source:
    return tree.key(path).source()


def tests(found: Declared, tree: Tree) -> tuple[PolicyTest, ...]:
    """The tests of the policies, in the order in which they are written."""
    return tuple(
        PolicyTest(**each.model_dump(exclude_none=True), source=_source(tree, ("tests", index)))
        for index, each in enumerate(found.spec.tests or ())
    )


def settings(found: Declared) -> Settings:
    """What the spec says besides, with the defaults filled in."""
    spec = found.spec
    return Settings(
        unmanaged=spec.unmanaged.model_dump(),
        ignore=Ignore(
            policies=tuple(dict.fromkeys([*spec.ignore.policies, *Ignore().policies])),
            tags=_ignored_tags(found),
            organizational_units=tuple(spec.ignore.organizational_units),
            accounts=tuple(spec.ignore.accounts),
        ),
        guards=_guards(found),
        quotas=_quotas(found),
        disabled_policy_types=found.disabled_types(),
    )


def _guards(found: Declared) -> Guards:
    guards = found.spec.guards
    limits = {name: Limit.parse(value) for name, value in guards.max_deletes.model_dump().items()}
    return Guards(
        protected=tuple(guards.protected),
        max_deletes=limits,
        max_account_closures=guards.max_account_closures,
        max_account_creations=guards.max_account_creations,
        minimum=guards.minimum,
        impact=dict(guards.impact or {}),
    )


def _quotas(found: Declared) -> Quotas:
    default, own = Quotas(), found.spec.organization.quotas
    if own is None:
        return default
    given = own.model_dump(exclude_none=True)
    types = {
        short: Quota.model_validate({**quota.model_dump(), **given.get(short, {})})
        for short, quota in default.policy_types.items()
    }
    return Quotas(
        policy_types=types,
        accounts=own.accounts,
        organizational_units=own.organizational_units or default.organizational_units,
    )
