"""Rules about which policies are attached where."""

from __future__ import annotations

from reconciler.model.base import Json
from reconciler.model.document import listed
from reconciler.model.policy_types import BY_SHORT, POLICY_TYPES
from reconciler.spec.declared import Target
from reconciler.spec.rules.facts import RuleContext
from reconciler.spec.wording import counted, did_you_mean, plural, quoted

_MOST_GUESSES = 200
"""After so many errors no more nearest names are looked for: something else is wrong, and it would take long."""
_DEFAULTS = tuple(row.default for row in POLICY_TYPES if row.default)


def name_declared_policies(facts: RuleContext) -> None:
    known = [str(path[1]) for path in facts.tree.keys if len(path) == 2 and path[0] == "policies"]
    for target in facts.found.targets():
        for index, key in enumerate(target.policies):
            if facts.incomplete or facts.tree.holds(("policies", key)):
                continue
            place = facts.tree.at((*target.at, "policies", index))
            if key in _DEFAULTS:
                message = f"{quoted(key)} is managed by AWS and stays attached automatically"
                help: str | None = "remove it here; `full_aws_access: false` detaches FullAWSAccess"
            else:
                message = f"no policy {quoted(key)} is declared"
                close = known if facts.notes.errors < _MOST_GUESSES else ()
                help = did_you_mean(key, close, "declare it below `policies:`, or remove it here")
            facts.notes.add("E301", place, message, help=help)


def are_made_once(facts: RuleContext) -> None:
    for target in facts.found.targets():
        first: dict[str, int] = {}
        for index, key in enumerate(target.policies):
            if key in first:
                facts.notes.add(
                    "E302", facts.tree.at((*target.at, "policies", index)),
                    f"the policy {quoted(key)} is attached twice to {target.words}", help="remove one of the two",
                    related=[("first attached here", facts.tree.at((*target.at, "policies", first[key])))],
                )  # fmt: skip
            first.setdefault(key, index)


def leave_an_scp(facts: RuleContext) -> None:
    """Every node has at least one SCP (orgs_reference_limits)."""
    if _scps_are_left_alone(facts):
        return
    for target in facts.found.targets():
        if target.full_aws_access or not target.active or not _all_known(facts, target):
            continue
        if not any(facts.found.policies[key].shape.type == "scp" for key in target.policies):
            facts.notes.add(
                "E313", facts.tree.key((*target.at, "full_aws_access")),
                f"{target.words} would have no SCP left, and then nothing is allowed in it",
                help="attach an SCP that allows what is needed, or remove `full_aws_access: false`",
            )  # fmt: skip


def allow_something(facts: RuleContext) -> None:
    """Without FullAWSAccess the SCPs of a node are its allow list (orgs_manage_policies_scps_evaluation); a Deny of
    everything says that nothing is meant to be allowed."""
    for target in facts.found.targets():
        if target.full_aws_access or not target.active or not _all_known(facts, target):
            continue
        scps = [key for key in target.policies if facts.found.policies[key].shape.type == "scp"]
        statements = [each for key in scps if key in facts.documents for each in _statements(facts, key)]
        if not statements or any(each.get("Effect") != "Deny" or _denies_everything(each) for each in statements):
            continue
        names = " and ".join(map(quoted, scps))
        facts.notes.add(
            "W307", facts.tree.key((*target.at, "full_aws_access")),
            f"nothing is allowed in {target.words}: FullAWSAccess is detached, and {names} only"
            f" {'denies' if len(scps) == 1 else 'deny'}",
            help="attach an SCP that allows what is needed, or remove `full_aws_access: false` to keep a deny list",
        )  # fmt: skip


def are_within_quotas(facts: RuleContext) -> None:
    """Policies of one type attached directly to one node (orgs_reference_limits); those of AWS count."""
    for target in facts.found.targets():
        if len(target.policies) < 2 or not target.active:
            continue
        known = [
            facts.found.policies[key].shape.type
            for key in dict.fromkeys(target.policies)
            if key in facts.found.policies
        ]
        for short in sorted(set(known)):
            row, limit = BY_SHORT[short], facts.settings.quotas.policy_types[short].attached
            implied = [row.default] if row.default in facts.found.implied(target) else []
            count = known.count(short) + len(implied)
            if limit is not None and count > limit:
                counting = f", {implied[0]} included" if implied else ""
                facts.notes.add(
                    "E314", facts.tree.key((*target.at, "policies")),
                    f"{target.words} has {counted(count, row.label, plural(row.label))} attached{counting};"
                    f" the quota is {limit}",
                    help=f"merge some of them; if your quota is higher, set `organization.quotas.{short}.attached`",
                )  # fmt: skip


def use_full_aws_access_for_scps(facts: RuleContext) -> None:
    if not facts.certain or not _scps_are_left_alone(facts):
        return
    for target in facts.found.targets():
        if not target.full_aws_access:
            facts.notes.add(
                "W306", facts.tree.key((*target.at, "full_aws_access")),
                "`full_aws_access: false` has no effect, for SCPs are not managed",
                help="add `scp` to `organization.policy_types`, or remove the key",
            )  # fmt: skip


def _scps_are_left_alone(facts: RuleContext) -> bool:
    """True where the spec lists the managed types, and SCPs are not among them."""
    return facts.found.spec.organization.policy_types is not None and "scp" not in facts.found.managed_types()


def _statements(facts: RuleContext, key: str) -> list[dict[str, Json]]:
    return [each for each in listed(facts.documents[key].value.get("Statement")) if isinstance(each, dict)]


def _denies_everything(statement: dict[str, Json]) -> bool:
    everything = "*" in listed(statement.get("Action")) and "*" in listed(statement.get("Resource"))
    return everything and not statement.get("Condition")


def _all_known(facts: RuleContext, target: Target) -> bool:
    return all(key in facts.found.policies for key in target.policies) and facts.shaped.whole((*target.at, "policies"))
