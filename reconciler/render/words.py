"""The texts for changes: reasons, counts, summaries and the names of resources, the same in every format.

Nothing here is escaped: each format escapes names in its own way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from reconciler.kinds import BY_KIND, LABELS
from reconciler.model.address import ROOT, Address, kind_of, local
from reconciler.model.decision import LevelDecision
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.document import Language
from reconciler.model.inventory import Inventory
from reconciler.model.plan import (
    BY_HAND,
    DESTRUCTIVE,
    LEFT_OUT,
    NOT_COMPARED,
    Allowances,
    Change,
    Pending,
    Plan,
    Summary,
    Unmanaged,
    Violation,
    Warning_,
)
from reconciler.model.policy_types import BY_SHORT, POLICY_TYPES
from reconciler.model.report import Report
from reconciler.model.resources import Account, Attachment, Policy, Resource
from reconciler.render.actions import ACTIONS

_REASONS = {
    "declared": "declared, does not exist yet",
    "not_declared": "exists, but is not declared",
    "renamed": "renamed (previously)",
    "new_parent": "declared under another parent",
    "replaced": "part of a replacement",
    "disabled": "disabled in policy_types",
    "closed": "declared with state: closed",
    "removed": "declared with state: removed",
    "default": "AWS's default for every node",
    "no_gap": "so that no Deny is lost meanwhile",
    "name_taken": "until the name it is to get is free",
}

_FIELDS = {"content": "the document"}
_SAME_AS_GUARD = {"W504": "unknown_account", "W510": "refused"}
"""Codes of warnings, and the guard with the same content."""

_PLURALS = {each.one: each.many for each in LABELS.values()}


class DisplayName(NamedTuple):
    """The name of a resource in texts: the label of its kind (`SCP`, `OU`, `account`), its `name`, an `id` where it
    helps, and for an attachment the node that it is `on`."""

    kind: str
    name: str
    id: str | None = None
    on: str | None = None

    def __str__(self) -> str:
        """For a sentence: `SCP deny-regions on Workloads`."""
        named = self.kind if self.kind == "root" else f"{self.kind} {self.name}"
        return f"{named} on {self.on}" if self.on else named


def reason(change: Change) -> str:
    """The reason of a change, in words."""
    if change.action == "move":
        return _REASONS["new_parent"]
    if change.reason == "renamed" and isinstance(change.resource, Account):
        return "name differs"
    if change.reason == "differs":
        return differing(change)
    return BY_KIND[change.kind].reasons.get(change.reason) or _REASONS[change.reason]


def pending_line(pending: Pending) -> str:
    """`invitation:acquired: ... (since 2026-11-20, expires 2026-12-05)`, with days for times."""
    times = [
        f"{word} {time.partition('T')[0]}"
        for word, time in (("since", pending.since), ("expires", pending.expires))
        if time is not None
    ]
    return f"{pending.address}: {pending.detail}" + (f" ({', '.join(times)})" if times else "")


def differing(change: Change) -> str:
    """`the document and tags differ`."""
    fields = [_FIELDS.get(each, each.replace("_", " ")) for each in changed_fields(change)]
    return f"{listing(fields)} {'differs' if len(fields) == 1 and not fields[0].endswith('s') else 'differ'}"


def changed_fields(change: Change) -> tuple[str, ...]:
    """The fields that differ: those of the change, else those in which its two sides differ."""
    if change.fields or change.before is None or change.after is None:
        return change.fields
    before, after = change.before.fields(), change.after.fields()
    return tuple(key for key, value in after.items() if before.get(key) != value)


def listing(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = [*words] or ["something"]
    return f"{', '.join(most)} and {last}" if most else last


def some(items: Sequence[str], most: int, hint: str = "") -> list[str]:
    """The first items, and how many more there are."""
    return [*items[:most], *([f"and {len(items) - most:,} more{hint}"] if len(items) > most else [])]


def count(number: int, singular: str) -> str:
    """`1 account`, `1,204 accounts`."""
    plural = _PLURALS.get(singular) or (f"{singular[:-1]}ies" if singular.endswith("policy") else f"{singular}s")
    return f"{number:,} {singular if number == 1 else plural}"


def summary_counts(summary: Summary) -> list[tuple[str, int]]:
    """Each action that occurs, with its number."""
    counts = [(row.name, int(getattr(summary, row.name))) for row in ACTIONS]
    return [(name, number) for name, number in counts if number]


def allowed_line(allowed: Allowances) -> str:
    """`Allowed for this digest only: --allow deletes.policies=1`."""
    return f"Allowed for this digest only: {' '.join(allowed.options)}"


def takes_away(change: Change) -> bool:
    """True for a change that removes something, except where it only undoes a temporary change."""
    return change.action in DESTRUCTIVE and not change.temporary


def taken_away(plan: Plan, names: Names) -> Iterator[str]:
    """What the plan takes away, by action and kind: `deletes 1 OU`, `detaches 2 SCPs`."""
    found = Counter((each.action, names.display(each.address).kind) for each in plan.changes if takes_away(each))
    for row in ACTIONS:
        if kinds := [count(number, kind) for (name, kind), number in sorted(found.items()) if name == row.name]:
            yield f"{row.name}{'es' if row.name == 'detach' else 's'} {listing(kinds)}"


def proof_line(steps: int) -> str:
    """That the plan has no gap, for a plan of `steps` changes."""
    where = "at the only step" if steps == 1 else f"at each of the {steps:,} steps"
    return f"Order checked: every Deny stays in force {where}."


def proof_findings(plan: Plan, show: Callable[[Address], str]) -> Iterator[tuple[str, str]]:
    """What the service would refuse, without what the guard `refused` names already, and where an account is without a
    Deny for a while: a label and a text each. `show` gives the name of the resource at an address."""
    guarded = _guarded(plan, "refused")
    for address in (each for each in plan.proof.refused if each not in guarded):
        yield "refused", f"the service would refuse {show(address)}"
    for gap in plan.proof.gaps:
        account, opened, closed = map(show, (gap.account, gap.opened_by, gap.closed_by))
        yield "gap", f"{account} is without a Deny from {opened} until {closed}, {count(gap.steps, 'step')} later"


def warnings_beside_guards(plan: Plan) -> list[Warning_]:
    """The warnings of a plan, without those whose content is part of a violation that is shown with them."""
    guarded = {code: _guarded(plan, guard) for code, guard in _SAME_AS_GUARD.items()}
    return [each for each in plan.warnings if each.address is None or each.address not in guarded.get(each.code, ())]


def advised(warning: Warning_) -> str:
    """The message of a warning, and what to do."""
    return f"{warning.message}: {warning.help}" if warning.help else warning.message


def without_advice(found: Iterable[Warning_]) -> tuple[list[Warning_], str]:
    """The warnings without advice about the organization as a whole, and a line with how much of that there is."""
    shown, advice = [], 0
    for each in found:
        if each.code.startswith("I6"):
            advice += 1
        else:
            shown.append(each)
    return shown, f"{count(advice, 'finding')} about the organization" if advice else ""


def heading_of(found: Iterable[Warning_]) -> str:
    """`Warnings`, or `Notes` where all of them are information."""
    return "Warnings" if any(each.severity == "warning" for each in found) else "Notes"


def unnamed_addresses(violation: Violation) -> list[Address]:
    """The addresses of a violation that its message does not name. What `protected` names is the pattern, never the
    changes."""
    return [
        address
        for address in violation.addresses
        if violation.guard == "protected"
        or not re.search(rf"(?<![\w-]){re.escape(local(address))}(?![\w-])", violation.message)
    ]


def _guarded(plan: Plan, guard: str) -> frozenset[Address]:
    return frozenset(address for each in plan.guards.violations if each.guard == guard for address in each.addresses)


def summary_line(plan: Plan, spec: str) -> str:
    """`Plan: 3 to create, 1 to update, 1 to attach, 1 to move, 1 to delete.`"""
    counts = summary_counts(plan.summary)
    if not counts:
        if any(each.code in BY_HAND for each in plan.warnings):
            return "No changes that apply can make: what is reported here has to be corrected by hand."
        if any(each.code == LEFT_OUT for each in plan.warnings):
            return "No changes with these options: all that differs is left out."
        if plan.pending:
            return f"No changes that apply can make: {len(plan.pending):,} pending, another party has to act."
        if any(each.code == NOT_COMPARED for each in plan.warnings):
            return "No changes in what was read; what was not read may differ."
        partly = ", as far as access was read" if plan.coverage == "by_principal" else ""
        return f"No changes. The organization matches {spec}{partly}."
    return f"Plan: {', '.join(f'{number:,} to {action}' for action, number in counts)}."


def report_counts(report: Report) -> str:
    """`3 done, 1 failed (2 done by earlier runs)`; empty where nothing was to do."""
    numbers = {
        "done": report.done,
        "failed": report.failed,
        "in progress": report.in_progress,
        "skipped": report.skipped,
    }
    counts = ", ".join(f"{len(found):,} {label}" for label, found in numbers.items() if found)
    return f"{counts} ({len(report.done_before):,} done by earlier runs)" if counts and report.done_before else counts


def finding_counts(found: Sequence[Diagnostic]) -> str:
    """`1 error, 2 warnings, 1 note`; empty where there is nothing."""
    numbers = Counter(each.severity for each in found)
    labels: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
    return ", ".join(count(numbers[each], label) for each, label in labels.items() if numbers[each])


@dataclass(frozen=True)
class Names:
    """The names of the resources of a plan, by address: the desired one, else the live one, else the address itself."""

    resources: Mapping[Address, Resource]
    ids: Mapping[Address, str]
    unmanaged: Mapping[Address, Unmanaged]

    @classmethod
    def of(cls, plan: Plan | None, inventory: Inventory) -> Names:
        """The names for a plan whose desired side is `inventory`."""
        if plan is None:
            return cls(inventory.by_address(), {}, {})
        before = {each.address: each.before for each in plan.changes if each.before is not None}
        after = {each.address: each.after for each in plan.changes if each.after is not None}
        unmanaged = {each.address: each for each in plan.unmanaged}
        return cls({**before, **inventory.by_address(), **after}, plan.ids, unmanaged)

    def display(self, address: Address) -> DisplayName:
        """The name of the resource at an address."""
        kind, name, resource = kind_of(address), local(address), self.resources.get(address)
        if kind == "root":
            return DisplayName("root", "/", self.id_of(address))
        if isinstance(resource, Policy):
            return DisplayName(policy_label(resource.type), resource.name or name)
        if isinstance(resource, Account):
            return DisplayName("account", resource.name or name if name == resource.id else name, self.id_of(address))
        if kind == "policy_type":
            return DisplayName("policy type", policy_label(name))
        if isinstance(resource, Attachment):
            return self._on(resource.policy, place(resource.target))
        if kind == "attachment":
            policy, _, target = name.partition("@")
            return self._on(f"policy:{policy}", target)
        found = self.unmanaged.get(address)
        named = (found and found.name) or (resource.display_name if resource else name)
        return DisplayName(kind_label(kind), named, found.id if found else None)

    def _on(self, policy_address: Address, target: str) -> DisplayName:
        policy = self.display(policy_address)
        return DisplayName(policy.kind, policy.name, on="the root" if target == "/" else target)

    def id_of(self, address: Address) -> str | None:
        resource = self.resources.get(address)
        return (resource.id if resource is not None else None) or self.ids.get(address)


def kind_label(kind: str) -> str:
    """`OU` of `ou`; of a kind that this version does not know its own name."""
    return LABELS[kind].one if kind in LABELS else kind.replace("_", " ")


def policy_label(short: str) -> str:
    """`SCP` of `scp`; `x policy` of a type `x` without a row."""
    row = BY_SHORT.get(short)
    return row.label if row else f"{short} policy"


_IDENTITY_POLICIES = {
    "identity_policy": "identity policies",
    "permission_set/managed": "AWS managed policies of the permission set",
    "permission_set/customer_managed": "customer managed policies of the permission set",
    "permission_set/inline": "the inline policy of the permission set",
    "permission_set/boundary": "the boundary of the permission set",
}


def policies_label(kind: str) -> str:
    """The policies of a type, or of a caller, that an answer depends on: `SCPs`, `identity policies`."""
    return _IDENTITY_POLICIES.get(kind) or f"{policy_label(kind)}s"


def type_rank(label: str) -> int:
    """The place of a policy type in the table of types, by its label; other labels come last."""
    return next((index for index, row in enumerate(POLICY_TYPES) if row.label == label), len(POLICY_TYPES))


def language(policy: Policy) -> Language:
    """The language of a policy's document."""
    row = BY_SHORT.get(policy.type)
    return row.language if row else "declarative"


def limit(policy: Policy) -> int | None:
    """How many characters a document of this type may have, by default."""
    row = BY_SHORT.get(policy.type)
    return row.max_characters if row else None


def level_verdict(level: LevelDecision) -> str:
    """Whether a level lets a request pass: `passes`, `stops`, `depends`; `not known` where policies were not read."""
    if level.allowed is None:
        return "not known"
    if level.conditional:
        return "depends"
    return "passes" if level.allowed else "stops"


def place(address: Address) -> str:
    """The path of a node: `the root`, `Workloads/Production`."""
    return "the root" if address == ROOT else local(address)
