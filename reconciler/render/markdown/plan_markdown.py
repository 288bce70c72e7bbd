"""A plan as a comment on a pull request and as a job summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from reconciler.model.address import Address, kind_of, local
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Plan, Violation
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Resource
from reconciler.render import text, words
from reconciler.render.actions import past, rank, symbol
from reconciler.render.details import details
from reconciler.render.markdown.blocks import (
    LIMIT,
    alert,
    code,
    diff_block,
    display,
    fitting,
    folded,
    pending,
    show,
    source,
    summary_html,
    table,
    warnings,
)
from reconciler.render.markdown.impact_markdown import impact_block
from reconciler.render.outline import Outline, outline, walk
from reconciler.render.safe import fenced, markdown_text
from reconciler.render.words import Names

_FULL_PLAN_WIDTH = 110
_MOST_NAMED = 20
_MOST_GROUPS, _FEWEST_GROUPS = 1_000, 5
_IN_THE_TABLE = frozenset({"name", "parent"})


def plan(
    plan: Plan,
    *,
    desired_tree: Inventory,
    limit: int = LIMIT,
    next_command: str | None = None,
    spec: str = "org.yaml",
    complete_in: str = "The output of the job has all of it.",
) -> str:
    """What would be done. Within `limit` characters: everything, with the plan as text beside the table; without that
    text, which repeats the table; the documents of updated policies only; no documents; by OU; in numbers. The first
    two are complete and marked `truncated=false`; what is above the table is in all of them. `complete_in` is Markdown
    that says where the complete plan is."""
    names, shown = Names.of(plan, desired_tree), words.warnings_beside_guards(plan)
    outlined = outline(plan, desired_tree, names)
    heading = f"### reconciler plan for {code(plan.organization.id)}"
    note = f"This is an extract: the plan is too long for this place. {complete_in}"
    summary = f"**{markdown_text(words.summary_line(plan, spec))}**"
    head = [_losses(plan, names), _guards(plan, names), _allowed(plan), _proof(plan, names), summary]
    foot = [pending(plan), _unmanaged(plan, spec), _closing(plan, next_command)]

    def whole(*, text_plan: bool) -> list[str]:
        blocks = [*findings(_MOST_GROUPS, len(shown)), *_differences(plan.changes, names)]
        return [heading, *head, _changes(outlined, names), *blocks, *([as_text()] if text_plan else []), *foot]

    def as_text() -> str:
        content = text.plan(
            plan, desired_tree=desired_tree, width=_FULL_PLAN_WIDTH, color=False, spec=spec, short=False
        )
        return folded("Full plan", fenced(content.splitlines(), "text")) if plan.changes else ""

    def findings(most_groups: int, most_warnings: int) -> list[str]:
        impact = impact_block(plan.impact, most_groups, plan.access, plan.coverage)
        return [impact, warnings(shown, most_warnings)]

    def extract(*blocks: str) -> list[str]:
        return [heading, alert("NOTE", [note]), *head, *blocks, *foot]

    def rows(*blocks: str) -> list[str]:
        return extract(_changes(outlined, names), *findings(_MOST_NAMED, _MOST_NAMED), *blocks)

    updated = [each for each in plan.changes if each.before is not None and each.after is not None]
    versions = (
        lambda: whole(text_plan=True),
        lambda: whole(text_plan=False),
        lambda: rows(*_differences(updated, names)),
        rows,
        lambda: extract(_by_unit(plan, names), *findings(_FEWEST_GROUPS, _MOST_NAMED)),
        lambda: extract(f"{words.count(len(shown), 'warning')}." if shown else ""),
    )
    fields = {"organization": plan.organization.id, "digest": plan.digest}
    return fitting("plan", fields, versions, limit, complete=2)


def _losses(plan: Plan, names: Names) -> str:
    """What is taken away, above everything that is folded."""
    found = [each for each in plan.changes if words.takes_away(each)]
    if not found:
        return ""
    found.sort(key=lambda each: (rank(each.action), each.address))
    lines = [f"- **{each.action}** {show(names, each.address)}{_reach(each, ', reaches ')}" for each in found]
    summary = f"**Takes away:** {markdown_text('; '.join(words.taken_away(plan, names)))}"
    return alert("CAUTION", [summary, *words.some(lines, _MOST_NAMED)])


def _reach(change: Change, before: str = "") -> str:
    reaches_more = change.accounts and kind_of(change.address) != "account"
    return f"{before}{words.count(change.accounts, 'account')}" if reaches_more else ""


def _guards(plan: Plan, names: Names) -> str:
    found = plan.guards.violations
    if not found:
        return ""
    head = f"**Blocked by {words.count(len(found), 'guard')}.** `apply` refuses this plan (exit 4) and changes nothing."
    return alert("WARNING", [head, *words.some([_violation(each, names) for each in found], _MOST_NAMED)])


def _allowed(plan: Plan) -> str:
    """What was allowed when the plan was made: a reviewer of the digest approves it."""
    if plan.allowed is None:
        return ""
    listed = [f"- {code(each)}" for each in plan.allowed.options]
    return alert("WARNING", ["**Allowed, for this digest only:**", *words.some(listed, _MOST_NAMED)])


def _violation(each: Violation, names: Names) -> str:
    named = ", ".join(words.some([show(names, address) for address in words.unnamed_addresses(each)], 6))
    way_on = f"To allow it, add {code(each.allow)}" if each.allow else "No option allows it: change the spec"
    text = f"{markdown_text(each.message)}{f': {named}' if named else ''}"
    return f"- {code(each.guard)} {text}. {way_on}."


def _proof(plan: Plan, names: Names) -> str:
    """Where an account would be without a Deny for a while, and what the service would refuse."""
    lines = [f"- {finding}" for _, finding in words.proof_findings(plan, lambda each: show(names, each))]
    if lines:
        return alert("CAUTION", ["**While it is applied**", *words.some(lines, _MOST_NAMED)])
    return words.proof_line(plan.proof.steps) if plan.proof.steps and not plan.proof.refused else ""


def _changes(outlined: Outline, names: Names) -> str:
    """One row a change, in the order of the tree."""
    rows = [_row(each, names) for each in _in_order(outlined)]
    return table(("", "What", "Where", "Why", "Reaches", "Source"), rows) if rows else ""


def _in_order(outlined: Outline) -> Iterator[Change]:
    for _, changes in outlined.sections:
        yield from changes
    for node in walk(outlined.root) if outlined.root else ():
        yield from (*node.changes, *node.on)


def _row(change: Change, names: Names) -> tuple[str, ...]:
    verb = f"**{change.action}**" if words.takes_away(change) else change.action
    return (
        f"`{symbol(change.action)}` {verb}",
        _what(change, names),
        _where(change),
        markdown_text(words.reason(change)),
        _reach(change),
        source(change),
    )


def _what(change: Change, names: Names) -> str:
    resource, named = change.resource, names.display(change.address)
    if isinstance(resource, Attachment):
        return show(names, resource.policy)
    if change.action == "rename" and change.before is not None:
        return f"{markdown_text(named.kind)} {code(_name(change.before))} → {code(_name(resource))}"
    if isinstance(resource, OrganizationalUnit):
        return display(named._replace(name=resource.name))
    if isinstance(resource, Account) and named.id:
        return f"{display(named)} ({code(named.id)})"
    return display(named)


def _name(resource: Resource) -> str:
    return getattr(resource, "name", None) or local(resource.address)


def _where(change: Change) -> str:
    resource = change.resource
    if isinstance(resource, Attachment):
        return _node(resource.target)
    if not isinstance(resource, Account | OrganizationalUnit):
        return ""
    if change.action == "move" and change.before is not None:
        return f"{_node(getattr(change.before, 'parent', resource.parent))} → {_node(resource.parent)}"
    return _node(resource.parent)


def _node(address: Address) -> str:
    return "root" if kind_of(address) == "root" else code(words.place(address))


def _differences(changes: Iterable[Change], names: Names) -> Iterator[str]:
    """The details of the changes that have any."""
    for change in changes:
        inside = [each for each in details(change, verbose=True) if each.label not in _IN_THE_TABLE]
        if block := diff_block(inside):
            text = words.differing(change) if change.action in ("update", "rename") else past(change.action)
            yield folded(summary_html(names.display(change.address), text), block)


def _by_unit(plan: Plan, names: Names) -> str:
    """How many changes of each action under each node."""
    counts: dict[str, Counter[str]] = {}
    for change in plan.changes:
        counts.setdefault(_group(change, names), Counter())[change.action] += 1
    actions = [action for action, _ in words.summary_counts(plan.summary)]
    rows = [
        (where, *(f"{found[action]:,}" if found[action] else "" for action in actions))
        for where, found in counts.items()
    ]
    return table(("Where", *actions), sorted(rows))


def _group(change: Change, names: Names) -> str:
    resource = change.resource
    node = getattr(resource, "target", None) or getattr(resource, "parent", None)
    if node is None:
        return f"({names.display(change.address).kind})" if kind_of(change.address) == "policy_type" else "(policies)"
    holder = names.resources.get(node)
    return _node(holder.parent if isinstance(holder, Account) else node)


def _unmanaged(plan: Plan, spec: str) -> str:
    if not plan.unmanaged:
        return ""
    kinds = Counter(each.kind.replace("_", " ") for each in plan.unmanaged)
    counts = ", ".join(words.count(number, kind) for kind, number in kinds.items())
    return f"Left alone (live, but not declared in {code(spec)}): {markdown_text(counts)}."


def _closing(plan: Plan, next_command: str | None) -> str:
    digest = [f"Digest {code(plan.digest)}"] if plan.changes else []
    return " · ".join([*digest, *([f"next: {code(next_command)}"] if next_command else [])])
