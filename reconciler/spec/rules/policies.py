"""Rules about the catalogue of policies."""

from __future__ import annotations

from reconciler.model.document import minified
from reconciler.model.policy_types import BY_SHORT, POLICY_TYPES
from reconciler.model.reference import padded
from reconciler.spec.rules.context import RuleContext, repeated
from reconciler.spec.wording import counted, nearest, plural, quoted

_MAX_SUGGESTIONS = 200
"""For how many misspelt attachments the intended policy is searched."""
_DEFAULTS = {row.default: row.short for row in POLICY_TYPES if row.default}


def have_managed_types(context: RuleContext) -> None:
    if context.declared.spec.organization.policy_types is None or not context.valid.is_complete(("organization",)):
        return
    managed = context.declared.managed_types()
    for policy in context.declared.policies.values():
        if policy.shape.type not in managed:
            context.report(
                "E315", context.tree.at((*policy.at, "type")),
                f"the policy {quoted(policy.key)} is of type {quoted(policy.shape.type)}, which is not managed",
                f"add `{policy.shape.type}` to `organization.policy_types`, or remove the policy",
                related=[("the managed types", context.tree.key(("organization", "policy_types")))],
            )  # fmt: skip


def have_names_of_their_own(context: RuleContext) -> None:
    """Names are unique among the policies of a type (API_CreatePolicy), and some are reserved for AWS."""
    policies = context.declared.policies.values()
    for policy in policies:
        if policy.key in _DEFAULTS or _DEFAULTS.get(policy.name) == policy.shape.type:
            context.report(
                "E322", context.tree.key(policy.at), f"{quoted(policy.name)} is the name of a policy that AWS manages",
                "give the policy another key or name",
            )  # fmt: skip
    for _, policy, other in repeated((f"{policy.shape.type}\0{policy.name}", policy) for policy in policies):
        context.report(
            "E321", context.tree.at((*policy.at, "name")),
            f"the policies {quoted(other.key)} and {quoted(policy.key)} have the same live name {quoted(policy.name)}",
            "give one of them another `name`", related=[("the other one", context.tree.at((*other.at, "name")))],
        )  # fmt: skip


def are_attached(context: RuleContext) -> None:
    """A policy that is attached nowhere has no effect; the nearest name of a misspelt attachment (E301) counts."""
    if not context.certain:
        return
    attached = {key for target in context.declared.targets() for key in target.policies}
    misspelt = sorted(attached - context.declared.policies.keys())[:_MAX_SUGGESTIONS]
    attached |= {intended for key in misspelt if (intended := nearest(key, context.declared.policies))}
    for policy in context.declared.policies.values():
        if policy.key not in attached:
            message = f"the policy {quoted(policy.key)} is attached nowhere, so it has no effect"
            help = f"add `{policy.key}` to the `policies` of the root, an OU or an account, or remove it"
            context.report("W302", context.tree.key(policy.at), message, help)


def are_not_too_large(context: RuleContext) -> None:
    """The size of the document as it is sent, without white space (orgs_reference_limits)."""
    for key, document in context.documents.items():
        policy = context.declared.policies[key]
        limit = context.settings.quotas.policy_types[policy.shape.type].characters
        size = len(minified(padded(document.value)))
        if limit is not None and size > limit:
            label = plural(BY_SHORT[policy.shape.type].label)
            where = "content" if policy.shape.content is not None else "file"
            context.report(
                "E405", context.tree.at((*policy.at, where)),
                f"the document of {quoted(key)} has {counted(size, 'character')}, {size - limit:,} over the limit"
                f" of {limit:,} for {label}",
                "shorten it or split it in two; if your quota is higher, set "
                f"`organization.quotas.{policy.shape.type}.characters`",
            )  # fmt: skip
