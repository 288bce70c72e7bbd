"""A plan, a drift or an organization as one page that needs nothing else: what changes, what it means, the tree with
the policies of every node, and a search for who can do an action. The same input gives the same bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal, NamedTuple

from markupsafe import Markup

from reconciler.model.action_index import IndexedOrganization
from reconciler.model.address import local
from reconciler.model.impact import AccessEntry, Impact
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Plan, Warning_
from reconciler.model.resources import Account, OrganizationalUnit, Policy
from reconciler.render.html.page import page
from reconciler.render.html.report_changes import (
    Section,
    left_alone,
    marks_of,
    sections_of_drift,
    sections_of_plan,
    shared_notes,
    shown,
)
from reconciler.render.html.report_data import embedded, report_data
from reconciler.render.impact import access_mark, coverage_note, folded, heading_with_risks, mark, remarks, title_of
from reconciler.render.live_side import MARKS, coverage_line, drift_changes, drift_line, drift_state, exposure_lines
from reconciler.render.words import (
    Names,
    count,
    heading_of,
    pending_line,
    policy_label,
    proof_findings,
    proof_line,
    summary_counts,
    summary_line,
    taken_away,
    type_rank,
    unnamed_addresses,
    warnings_beside_guards,
)

SCRIPTS = ("actions.js", "organization.js", "tree.js", "details.js", "report.js")
_MANY = 500
_TONES = {"+": "added", "-": "removed", "~": "changed", "?": "changed"}


class Refusal(NamedTuple):
    """A guard that refuses: what to type where an option allows it."""

    guard: str
    message: str
    named: tuple[str, ...]
    source: str
    allow: str


class Line(NamedTuple):
    """One line of the impact, with its remarks."""

    mark: str
    tone: str
    text: str
    remarks: tuple[str, ...] = ()
    risk: str = ""


class Group(NamedTuple):
    """Accounts to which the same happens."""

    title: str
    accounts: tuple[str, ...]
    lines: tuple[Line, ...]


class Report(NamedTuple):
    """What the template shows. `status` is what the eye is to find first; `counts` are numbers with their labels."""

    title: Literal["Plan", "Drift", "Organization"]
    organization: str
    headline: str
    status: Literal["blocked", "changes", "clean", "plain"]
    facts: tuple[tuple[str, str], ...]
    sides: tuple[str, ...]
    data: Markup
    counts: tuple[tuple[str, str], ...] = ()
    takes_away: str = ""
    refusals: tuple[Refusal, ...] = ()
    sections: tuple[Section, ...] = ()
    legend: str = ""
    shared_notes: tuple[str, ...] = ()
    exposure: tuple[str, ...] = ()
    impact_title: str = ""
    impact: tuple[Group, ...] = ()
    access: tuple[Line, ...] = ()
    access_note: str = ""
    proof: str = ""
    findings: tuple[tuple[str, str], ...] = ()
    warnings: tuple[Warning_, ...] = ()
    warnings_title: str = ""
    pending: tuple[str, ...] = ()
    left_alone: tuple[tuple[str, tuple[str, ...]], ...] = ()
    digest: str = ""
    next_command: str = ""
    spec: str = ""

    @property
    def has_changes(self) -> bool:
        return self.title != "Organization"

    @property
    def is_large(self) -> bool:
        """Whether there are so many changes that a browser is to lay out only those on the screen."""
        return sum(int(number.replace(",", "")) for _, number in self.counts) > _MANY

    @property
    def has_impact(self) -> bool:
        return bool(self.impact or self.access or self.access_note)

    @property
    def has_notes(self) -> bool:
        return bool(self.warnings or self.pending or self.left_alone or self.findings)


def plan(
    plan: Plan,
    *,
    before: IndexedOrganization,
    after: IndexedOrganization,
    next_command: str | None = None,
    spec: str = "org.yaml",
) -> str:
    """What would be done, and the organization after it and as it is now."""
    tree, sides = after.inventory, ("After the plan", "Now")
    names = Names.of(plan, tree)
    report = _of_plan(plan, tree, names, next_command, spec)._replace(
        title="Plan",
        headline=summary_line(plan, spec).removeprefix("Plan: "),
        takes_away="; ".join(taken_away(plan, names)),
        sections=sections_of_plan(plan, tree),
        shared_notes=tuple(shared_notes(plan).values()),
        counts=tuple((name, f"{number:,}") for name, number in summary_counts(plan.summary)),
        proof="" if plan.proof.gaps or plan.proof.refused or not plan.proof.steps else proof_line(plan.proof.steps),
        sides=sides,
        data=_data(plan, tree, sides, (after, before)),
    )
    return _page(report)


def drift(
    plan: Plan,
    *,
    before: IndexedOrganization,
    after: IndexedOrganization,
    next_command: str | None = None,
    spec: str = "org.yaml",
) -> str:
    """How the live organization differs from what is declared, and both of them."""
    tree, sides = after.inventory, ("Live", "As declared")
    states = Counter(map(drift_state, drift_changes(plan)))
    report = _of_plan(plan, tree, Names.of(plan, tree), next_command, spec)
    report = report._replace(
        title="Drift",
        headline=drift_line(plan).removeprefix(f"Drift in {plan.organization.id}: "),
        facts=(*report.facts, ("coverage", coverage_line(plan, spec).removeprefix("Coverage "))),
        sections=sections_of_drift(plan, tree),
        legend=f"+ only live, - only in {spec}",
        exposure=tuple(exposure_lines(plan)),
        impact_title=f"What is live, compared with {spec}",
        impact=tuple(map(_group, plan.exposure.impact if plan.exposure else ())),
        access=(),
        counts=tuple((state, f"{states[state]:,}") for state in MARKS if states[state]),
        sides=sides,
        data=_data(plan, tree, sides, (before, after)),
    )
    return _page(report)


def organization(found: IndexedOrganization, *, spec: str = "") -> str:
    """One organization: the one that the `spec` declares, or without a spec the live one."""
    inventory = found.inventory
    label = "Declared" if spec else "Live"
    types = Counter(policy_label(each.type) for each in inventory.of(Policy) if not each.aws_managed)
    numbers = [
        *_number("OU", sum(1 for _ in inventory.of(OrganizationalUnit))),
        *_number("account", sum(1 for _ in inventory.of(Account))),
        *(pair for each in sorted(types, key=type_rank) for pair in _number(each, types[each])),
    ]
    report = Report(
        title="Organization",
        organization=inventory.organization.id or "",
        headline=f"As {spec} declares it" if spec else "As it is live",
        status="plain",
        facts=_facts(inventory.organization.management_account_id, spec),
        counts=tuple(numbers),
        sides=(label,),
        data=embedded(report_data([(label, found)])),
        spec=spec,
    )
    return _page(report)


def _number(singular: str, number: int) -> Iterator[tuple[str, str]]:
    """`("accounts", "1,204")`."""
    text, _, label = count(number, singular).partition(" ")
    yield label, text


def _page(report: Report) -> str:
    return page("report.html.j2", {"report": report}, style="report.css", scripts=SCRIPTS)


def _data(plan: Plan, tree: Inventory, labels: tuple[str, str], sides: tuple[IndexedOrganization, ...]) -> Markup:
    return embedded(report_data(list(zip(labels, sides, strict=True)), marks_of(plan, tree)))


def _facts(management: str | None, spec: str) -> tuple[tuple[str, str], ...]:
    found = (("management account", management), ("spec", spec))
    return tuple((label, value) for label, value in found if value)


def _of_plan(plan: Plan, tree: Inventory, names: Names, next_command: str | None, spec: str) -> Report:
    """What plans and drift have in common."""
    warnings = tuple(warnings_beside_guards(plan))
    changed = bool(plan.changes or plan.exit.reason == "drift")
    return Report(
        title="Plan",
        organization=plan.organization.id,
        headline="",
        status="blocked" if plan.guards.blocked else "changes" if changed else "clean",
        facts=_facts(plan.organization.management_account_id, spec),
        sides=(),
        data=Markup(),
        refusals=tuple(_refusals(plan, names)),
        impact_title=title_of(plan.impact),
        impact=tuple(map(_group, plan.impact)),
        access=tuple(map(_access, plan.access)),
        access_note=coverage_note(plan.coverage),
        findings=tuple(proof_findings(plan, lambda each: str(names.display(each)))),
        warnings=warnings,
        warnings_title=heading_of(warnings) if warnings else "",
        pending=tuple(map(pending_line, plan.pending)),
        left_alone=tuple(left_alone(plan, names)),
        digest=plan.digest if plan.changes else "",
        next_command=next_command or "",
        spec=spec,
    )


def _refusals(plan: Plan, names: Names) -> Iterator[Refusal]:
    for each in plan.guards.violations:
        named = shown(unnamed_addresses(each), names)
        yield Refusal(each.guard, each.message, named, str(each.source or ""), each.allow or "")


def _group(group: Impact) -> Group:
    lines = tuple(
        Line(mark(each), _TONES[mark(each)], folded(each), tuple(remarks(each)), each.risk) for each in group.lines
    )
    return Group(heading_with_risks(group), tuple(local(each) for each in group.accounts), lines)


def _access(entry: AccessEntry) -> Line:
    found = access_mark(entry)
    return Line(found, _TONES[found], entry.text)
