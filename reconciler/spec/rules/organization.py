"""Rules about the organization as a whole and about the settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model import address
from reconciler.model.globs import matches
from reconciler.spec.places import Path
from reconciler.spec.rules.facts import RuleContext
from reconciler.spec.wording import counted, quoted

_NOT_MANAGED = ("invite", "gov_cloud")


def needs_all_features(facts: RuleContext) -> None:
    """Policies of every type need all features (orgs_manage_org_support-all-features)."""
    tree = facts.tree
    if facts.found.spec.organization.feature_set == "all":
        return
    types = ("organization", "policy_types")
    places = [tree.key(types)] if facts.found.spec.organization.policy_types else []
    places += [tree.key(policy.at) for policy in facts.found.policies.values()]
    if places:
        facts.notes.add(
            "E316", places[0], "policies need the feature set `all`, but the spec asks for `consolidated_billing`",
            help="write `feature_set: all`, or remove the policies and policy types",
            related=[("the feature set", tree.at(("organization", "feature_set")))],
        )  # fmt: skip


def keeps_the_management_account(facts: RuleContext) -> None:
    """The management account can neither be closed nor removed (orgs_manage_accounts_close)."""
    management = facts.found.spec.organization.management_account_id
    for account in facts.found.accounts:
        if management and account.shape.id == management and account.shape.state != "active":
            facts.notes.add(
                "E320", facts.tree.at((*account.at, "state")),
                f"the account {quoted(account.key)} is the management account, which cannot be {account.shape.state}",
                help="remove `state`",
                related=[("the management account", facts.tree.at(("organization", "management_account_id")))],
            )  # fmt: skip


def is_not_ignored(facts: RuleContext) -> None:
    """What is declared cannot be out of sight at the same time."""
    found, ignore = facts.found, facts.found.spec.ignore
    for policy in found.policies.values():
        patterns = facts.settings.ignore.policies
        _ignored(facts, "policies", patterns, f"the policy {quoted(policy.name)}", [policy.name], policy.at)
    for unit in found.units:
        path = address.local(unit.address)
        _ignored(facts, "organizational_units", ignore.organizational_units, f"the OU {quoted(path)}", [path], unit.at)
    for account in found.accounts:
        names = [account.key, account.shape.id, account.shape.name, account.email]
        known = [name for name in names if name]
        _ignored(facts, "accounts", ignore.accounts, f"the account {quoted(account.key)}", known, account.at)
    for at in _tags(facts):
        _ignored(facts, "tags", ignore.tags, f"the tag {quoted(str(at[-1]))}", [str(at[-1])], at)


def _ignored(facts: RuleContext, kind: str, patterns: Sequence[str], what: str, names: Sequence[str], at: Path) -> None:
    for index, pattern in enumerate(patterns):
        if not any(matches(pattern, name, paths=kind == "organizational_units") for name in names):
            continue
        here = ("ignore", kind, index)
        written = facts.tree.holds(here)
        facts.notes.add(
            "E319", facts.tree.key(at),
            f"{what} is declared, but `ignore.{kind}` {'has' if written else 'always has'} {quoted(pattern)}",
            help="remove the declaration, or narrow the pattern" if written else "give it another name",
            related=[("ignored here", facts.tree.at(here))] if written else [],
        )  # fmt: skip


def _tags(facts: RuleContext) -> Iterator[Path]:
    if facts.found.spec.ignore.tags:
        for path in facts.tree.keys:
            if (
                len(path) > 1
                and path[-2] == "tags"
                and path[0] in ("root", "policies", "defaults", "organization")
                and path[2:3] != ("vars",)
            ):
                yield path


def is_within_quotas(facts: RuleContext) -> None:
    """Accounts and OUs of the organization (orgs_reference_limits)."""
    quotas = facts.settings.quotas
    active = sum(1 for account in facts.found.accounts if account.shape.state != "removed")
    for count, limit, what, key in (
        (active, quotas.accounts, "account", "accounts"),
        (len(facts.found.units), quotas.organizational_units, "organizational unit", "organizational_units"),
    ):
        if limit is not None and count > limit:
            message = f"the spec declares {counted(count, what)}, but the quota is {limit:,}"
            help = f"raise the quota at AWS, then write it as `organization.quotas.{key}`"
            facts.notes.add("E325", facts.tree.key(("root",)), message, help=help)


def protects_something(facts: RuleContext) -> None:
    """A protected pattern that matches nothing is often a typing error."""
    found = facts.found
    if not facts.certain:
        return
    known = [address.ROOT, *(each.address for each in found.units), *(each.address for each in found.accounts)]
    known += [policy.address for policy in found.policies.values()]
    known += [address.policy_type(short) for short in found.managed_types()]
    known += [
        address.attachment(address.policy(key), target.address) for target in found.targets() for key in target.policies
    ]
    for index, pattern in enumerate(found.spec.guards.protected):
        if not any(matches(pattern, each) or matches(pattern.removesuffix("/**"), each) for each in known):
            facts.notes.add(
                "W303", facts.tree.at(("guards", "protected", index)),
                f"the pattern {quoted(pattern)} protects nothing that is declared",
                help="patterns match addresses: `ou:Security/**`, `account:log-archive` or `policy:deny-leaving`",
            )  # fmt: skip


def says_what_is_not_managed(facts: RuleContext) -> None:
    """Keys of accounts that this version reads and does nothing about."""
    for key in _NOT_MANAGED:
        having = [account for account in facts.found.accounts if facts.tree.holds((*account.at, key))]
        if having:
            others = f" (on {counted(len(having), 'account')})" if len(having) > 1 else ""
            message = f"`{key}` is read, but this version manages nothing of it{others}"
            help = "the rest of the spec is applied as written"
            facts.notes.add("W304", facts.tree.key((*having[0].at, key)), message, help=help)
