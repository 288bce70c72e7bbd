"""Rules about the organization as a whole and about the settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.kinds import KINDS
from reconciler.model import address
from reconciler.model.globs import matches
from reconciler.policy.lint.organization import SWITCHES
from reconciler.spec.rules.context import RuleContext
from reconciler.spec.tree import Path
from reconciler.spec.wording import counted, did_you_mean, quoted


def needs_all_features(context: RuleContext) -> None:
    """Policies of every type need all features (orgs_manage_org_support-all-features)."""
    tree = context.tree
    if context.declared.feature_set != "consolidated_billing":
        return
    types = ("organization", "policy_types")
    spans = [tree.key(types)] if context.declared.spec.organization.policy_types else []
    spans += [tree.key(policy.at) for policy in context.declared.policies.values()]
    if spans:
        context.report(
            "E316", spans[0], "policies need the feature set `all`, but the spec has `consolidated_billing`",
            "write `feature_set: all`, or remove the policies and policy types",
            related=[("the feature set", tree.at(("organization", "feature_set")))],
        )  # fmt: skip


def keeps_the_management_account(context: RuleContext) -> None:
    """The management account can neither be closed nor removed (orgs_manage_accounts_close)."""
    management = context.declared.spec.organization.management_account_id
    for account in context.declared.accounts:
        if management and account.shape.id == management and account.shape.state != "active":
            context.report(
                "E320", context.tree.at((*account.at, "state")),
                f"the account {quoted(account.key)} is the management account, which cannot be {account.shape.state}",
                "remove `state`",
                related=[("the management account", context.tree.at(("organization", "management_account_id")))],
            )  # fmt: skip


def is_not_ignored(context: RuleContext) -> None:
    """What is declared cannot be ignored as well."""
    declared, ignore = context.declared, context.declared.spec.ignore
    for policy in declared.policies.values():
        patterns = context.settings.ignore.policies
        _report_ignored(context, "policies", patterns, f"the policy {quoted(policy.name)}", [policy.name], policy.at)
    for unit in declared.units:
        path = address.local(unit.address)
        _report_ignored(
            context, "organizational_units", ignore.organizational_units, f"the OU {quoted(path)}", [path], unit.at
        )
    for account in declared.accounts:
        names = [account.key, account.shape.id, account.shape.name, account.email]
        known = [name for name in names if name]
        _report_ignored(context, "accounts", ignore.accounts, f"the account {quoted(account.key)}", known, account.at)
    for at in _tags(context):
        _report_ignored(context, "tags", ignore.tags, f"the tag {quoted(str(at[-1]))}", [str(at[-1])], at)


def _report_ignored(
    context: RuleContext, kind: str, patterns: Sequence[str], what: str, names: Sequence[str], at: Path
) -> None:
    for index, pattern in enumerate(patterns):
        if not any(matches(pattern, name, paths=kind == "organizational_units") for name in names):
            continue
        here = ("ignore", kind, index)
        written = context.tree.contains(here)
        context.report(
            "E319", context.tree.key(at),
            f"{what} is declared, but `ignore.{kind}` {'has' if written else 'always has'} {quoted(pattern)}",
            "remove the declaration, or narrow the pattern" if written else "give it another name",
            related=[("ignored here", context.tree.at(here))] if written else [],
        )  # fmt: skip


def _tags(context: RuleContext) -> Iterator[Path]:
    if context.declared.spec.ignore.tags:
        for path in context.tree.keys:
            owned = path[0] in ("root", "policies", "defaults", "organization") and path[2:3] != ("vars",)
            if owned and len(path) > 1 and path[-2] == "tags":
                yield path


def is_within_quotas(context: RuleContext) -> None:
    """Accounts and OUs of the organization (orgs_reference_limits)."""
    quotas = context.settings.quotas
    active = sum(1 for account in context.declared.accounts if account.shape.state != "removed")
    for count, limit, what, key in (
        (active, quotas.accounts, "account", "accounts"),
        (len(context.declared.units), quotas.organizational_units, "organizational unit", "organizational_units"),
    ):
        if limit is not None and count > limit:
            message = f"the spec declares {counted(count, what)}, but the quota is {limit:,}"
            help = f"raise the quota at AWS, then write it as `organization.quotas.{key}`"
            context.report("E325", context.tree.key(("root",)), message, help)


def has_matching_protected_patterns(context: RuleContext) -> None:
    """A protected pattern that matches nothing is often misspelt; of a kind with a section of its own, what is live and
    not declared can be protected too."""
    declared = context.declared
    if not context.certain:
        return
    known = [address.ROOT, *(each.address for each in declared.units), *(each.address for each in declared.accounts)]
    known += [policy.address for policy in declared.policies.values()]
    known += [address.policy_type(short) for short in declared.managed_types()]
    for target in declared.targets():
        known += [address.attachment(address.policy(key), target.address) for key in target.policies]
    sets = tuple(f"{kind.resource.prefix}:" for kind in KINDS if kind.section is not None)
    for index, pattern in enumerate(declared.spec.guards.protected):
        if not pattern.startswith(sets) and not any(
            matches(pattern, each) or matches(pattern.removesuffix("/**"), each) for each in known
        ):
            context.report(
                "W303", context.tree.at(("guards", "protected", index)),
                f"the pattern {quoted(pattern)} protects nothing that is declared",
                "patterns match addresses: `ou:Security/**`, `account:log-archive` or `policy:deny-leaving`",
            )  # fmt: skip


def has_existing_findings(context: RuleContext) -> None:
    """A code that is switched off is one that there is."""
    for code in context.declared.spec.findings or {}:
        if code not in SWITCHES:
            help = did_you_mean(code, SWITCHES, "docs/findings.md lists them")
            message = f"there is no finding {quoted(code)} to switch off"
            context.report("E363", context.tree.key(("findings", code)), message, help)
