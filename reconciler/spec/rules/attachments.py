"""Rules about which policies are attached where."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.base import Json
from reconciler.model.document import listed, statements_in
from reconciler.model.policy_types import BY_SHORT, POLICY_TYPES
from reconciler.spec.declared import Target
from reconciler.spec.rules.context import RuleContext
from reconciler.spec.wording import counted, did_you_mean, plural, quoted

_MAX_SUGGESTIONS = 200
"""After so many errors the nearest names are no longer searched: something else is wrong, and it would take long."""
_DEFAULTS = tuple(row.default for row in POLICY_TYPES if row.default)


def name_declared_policies(context: RuleContext) -> None:
    known = [str(path[1]) for path in context.tree.keys if len(path) == 2 and path[0] == "policies"]
    for target in context.declared.targets():
        for index, key in enumerate(target.policies):
            if context.incomplete or context.tree.contains(("policies", key)):
                continue
            span = context.tree.at((*target.at, "policies", index))
            if key in _DEFAULTS:
                message = f"{quoted(key)} is managed by AWS and stays attached automatically"
                help: str | None = "remove it here; `full_aws_access: false` detaches FullAWSAccess"
            else:
                message = f"no policy {quoted(key)} is declared"
                close = known if context.diagnostics.errors < _MAX_SUGGESTIONS else ()
                help = did_you_mean(key, close, "declare it below `policies:`, or remove it here")
            context.report("E301", span, message, help)


def are_made_once(context: RuleContext) -> None:
    for target in context.declared.targets():
        first: dict[str, int] = {}
        for index, key in enumerate(target.policies):
            if key in first:
                context.report(
                    "E302", context.tree.at((*target.at, "policies", index)),
                    f"the policy {quoted(key)} is attached twice to {target.label}", "remove one of the two",
                    related=[("first attached here", context.tree.at((*target.at, "policies", first[key])))],
                )  # fmt: skip
            first.setdefault(key, index)


def leave_an_scp(context: RuleContext) -> None:
    """Every node has at least one SCP (orgs_reference_limits)."""
    if _scps_are_left_alone(context):
        return
    for target, scps in _allow_lists(context):
        if not scps:
            context.report(
                "E313", context.tree.key((*target.at, "full_aws_access")),
                f"{target.label} would have no SCP left, and then nothing is allowed in it",
                "attach an SCP that allows what is needed, or remove `full_aws_access: false`",
            )  # fmt: skip


def allow_something(context: RuleContext) -> None:
    """Without FullAWSAccess the SCPs of a node are its allow list (orgs_manage_policies_scps_evaluation); a Deny of
    everything shows that this is intended."""
    for target, scps in _allow_lists(context):
        statements = [each for key in scps if key in context.documents for each in _statements(context, key)]
        if not statements or any(each.get("Effect") != "Deny" or _denies_everything(each) for each in statements):
            continue
        names = " and ".join(map(quoted, scps))
        context.report(
            "W307", context.tree.key((*target.at, "full_aws_access")),
            f"nothing is allowed in {target.label}: FullAWSAccess is detached, and {names} only"
            f" {'denies' if len(scps) == 1 else 'deny'}",
            "attach an SCP that allows what is needed, or remove `full_aws_access: false` to keep a deny list",
        )  # fmt: skip


def are_within_quotas(context: RuleContext) -> None:
    """Policies of one type attached directly to one node (orgs_reference_limits); those of AWS count."""
    for target in context.declared.targets():
        if len(target.policies) < 2 or not target.active:
            continue
        known = [
            context.declared.policies[key].shape.type
            for key in dict.fromkeys(target.policies)
            if key in context.declared.policies
        ]
        for short in sorted(set(known)):
            row, limit = BY_SHORT[short], context.settings.quotas.policy_types[short].attached
            implied = [row.default] if row.default in context.declared.implied(target) else []
            count = known.count(short) + len(implied)
            if limit is not None and count > limit:
                counting = f", {implied[0]} included" if implied else ""
                context.report(
                    "E314", context.tree.key((*target.at, "policies")),
                    f"{target.label} has {counted(count, row.label, plural(row.label))} attached{counting};"
                    f" the quota is {limit}",
                    f"merge some of them; if your quota is higher, set `organization.quotas.{short}.attached`",
                )  # fmt: skip


def use_full_aws_access_for_scps(context: RuleContext) -> None:
    if not context.certain or not _scps_are_left_alone(context):
        return
    for target in context.declared.targets():
        if not target.full_aws_access:
            context.report(
                "W306", context.tree.key((*target.at, "full_aws_access")),
                "`full_aws_access: false` has no effect, for SCPs are not managed",
                "add `scp` to `organization.policy_types`, or remove the key",
            )  # fmt: skip


def _scps_are_left_alone(context: RuleContext) -> bool:
    """True where the spec lists the managed types, and SCPs are not among them."""
    return context.declared.spec.organization.policy_types is not None and "scp" not in context.declared.managed_types()


def _statements(context: RuleContext, key: str) -> list[dict[str, Json]]:
    return statements_in(context.documents[key].value)


def _denies_everything(statement: dict[str, Json]) -> bool:
    everything = "*" in listed(statement.get("Action")) and "*" in listed(statement.get("Resource"))
    return everything and not statement.get("Condition")


def _allow_lists(context: RuleContext) -> Iterator[tuple[Target, list[str]]]:
    """The nodes without FullAWSAccess whose policies are all known, each with the keys of its SCPs."""
    policies = context.declared.policies
    for target in context.declared.targets():
        if target.full_aws_access or not target.active or not context.valid.is_complete((*target.at, "policies")):
            continue
        if all(key in policies for key in target.policies):
            yield target, [key for key in target.policies if policies[key].shape.type == "scp"]
