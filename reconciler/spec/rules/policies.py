"""Rules about the catalogue of policies."""

from __future__ import annotations

from reconciler.model.document import minified
from reconciler.model.policy_types import BY_SHORT, POLICY_TYPES
from reconciler.model.reference import padded
from reconciler.spec.rules.facts import RuleContext, first_uses
from reconciler.spec.wording import counted, nearest, plural, quoted

_MOST_GUESSES = 200
"""For how many misspelt attachments the policy that is meant is looked for."""
_DEFAULTS = {row.default: row.short for row in POLICY_TYPES if row.default}


def have_managed_types(facts: RuleContext) -> None:
    if facts.found.spec.organization.policy_types is None or not facts.shaped.whole(("organization",)):
        return
    managed = facts.found.managed_types()
    for policy in facts.found.policies.values():
        if policy.shape.type not in managed:
            facts.notes.add(
                "E315", facts.tree.at((*policy.at, "type")),
                f"the policy {quoted(policy.key)} is of type {quoted(policy.shape.type)}, which is not managed",
                help=f"add `{policy.shape.type}` to `organization.policy_types`, or remove the policy",
                related=[("the managed types", facts.tree.key(("organization", "policy_types")))],
            )  # fmt: skip


def have_names_of_their_own(facts: RuleContext) -> None:
    """Names are unique among the policies of a type (API_CreatePolicy), and some belong to AWS."""
    policies = facts.found.policies.values()
    for policy in policies:
        if policy.key in _DEFAULTS or _DEFAULTS.get(policy.name) == policy.shape.type:
            facts.notes.add(
                "E322", facts.tree.key(policy.at), f"{quoted(policy.name)} is the name of a policy that AWS manages",
                help="give the policy another key or name",
            )  # fmt: skip
    by_path = {policy.at: policy for policy in policies}
    for _, path, first in first_uses((f"{policy.shape.type}\0{policy.name}", policy.at) for policy in policies):
        one, other = by_path[first], by_path[path]
        facts.notes.add(
            "E321", facts.tree.at((*path, "name")),
            f"the policies {quoted(one.key)} and {quoted(other.key)} have the same live name {quoted(one.name)}",
            help="give one of them another `name`", related=[("the other one", facts.tree.at((*first, "name")))],
        )  # fmt: skip


def have_earlier_names_of_their_own(facts: RuleContext) -> None:
    """`previously` names what is no more, or what has got another name itself, and each earlier name became one
    policy."""
    declared = {(policy.shape.type, policy.name): policy for policy in facts.found.policies.values()}
    claimed = []
    for policy in facts.found.policies.values():
        for index, earlier in enumerate(policy.shape.previously or ()):
            path = (*policy.at, "previously", index)
            claimed.append((f"{policy.shape.type}\0{earlier}", path))
            holder = declared.get((policy.shape.type, earlier))
            if holder is not None and (holder is policy or not holder.shape.previously):
                facts.notes.add(
                    "E311", facts.tree.at(path),
                    f"{quoted(earlier)} was renamed according to this, but it is still declared",
                    help="remove it from `previously`, or remove the declaration, or say what that one was called"
                    " `previously`",
                    related=[("declared here", facts.tree.key(holder.at))],
                )  # fmt: skip
    for name, path, first in first_uses(claimed):
        facts.notes.add(
            "E312", facts.tree.at(path), f"{quoted(name.partition(chr(0))[2])} is claimed twice as an earlier name",
            help="keep it where it really went", related=[("first claimed here", facts.tree.at(first))],
        )  # fmt: skip


def are_attached(facts: RuleContext) -> None:
    """A policy that is attached nowhere has no effect; one that a misspelt attachment means (E301) is attached."""
    if not facts.certain:
        return
    attached = {key for target in facts.found.targets() for key in target.policies}
    misspelt = sorted(attached - facts.found.policies.keys())[:_MOST_GUESSES]
    attached |= {meant for key in misspelt if (meant := nearest(key, facts.found.policies))}
    for policy in facts.found.policies.values():
        if policy.key not in attached:
            message = f"the policy {quoted(policy.key)} is attached nowhere, so it has no effect"
            help = f"add `{policy.key}` to the `policies` of the root, an OU or an account, or remove it"
            facts.notes.add("W302", facts.tree.key(policy.at), message, help=help)


def are_not_too_large(facts: RuleContext) -> None:
    """The size of the document as it is sent, without white space (orgs_reference_limits)."""
    for key, document in facts.documents.items():
        policy = facts.found.policies[key]
        limit = facts.settings.quotas.policy_types[policy.shape.type].characters
        size = len(minified(padded(document.value)))
        if limit is not None and size > limit:
            label = plural(BY_SHORT[policy.shape.type].label)
            where = "content" if policy.shape.content is not None else "file"
            facts.notes.add(
                "E405", facts.tree.at((*policy.at, where)),
                f"the document of {quoted(key)} has {counted(size, 'character')}, {size - limit:,} over the limit"
                f" of {limit:,} for {label}",
                help="shorten it or split it in two; if your quota is higher, set "
                f"`organization.quotas.{policy.shape.type}.characters`",
            )  # fmt: skip
