"""The guardrails of an organization as a page for a wiki or a repository, with an anchor for each policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.model.guardrail import Guardrail, Guardrails, GuardrailStatement
from reconciler.render import guardrails
from reconciler.render.markdown.blocks import code, folded, joined, table
from reconciler.render.safe import markdown_code, markdown_text
from reconciler.render.words import policy_label

_FEW = 12
"""How many names are in a line; longer lists are folded."""


def policies(found: Guardrails) -> str:
    """Every policy with its purpose, its statements in words, who is exempt, and whom it reaches. It is linked to as
    `#KEY`, and as `#p-…` where its id is known. There is no limit: it is a page, not a comment."""
    organization = f" of {code(found.organization)}" if found.organization else ""
    return joined([
        f"# {guardrails.TITLE}{organization}",
        markdown_text(guardrails.introduction(found)),
        _contents(found),
        *(block for section in guardrails.sections(found) for block in _section(section)),
    ])  # fmt: skip


def _contents(found: Guardrails) -> str:
    rows = [
        (
            f"[{markdown_text(each.key)}](#{each.anchors[0]})",
            markdown_text(policy_label(each.type)),
            markdown_text(each.purpose or ""),
            f"{len(each.accounts):,}",
        )
        for each in found.policies
    ]
    return table(("policy", "type", "purpose", "accounts"), rows) if rows else "There are no policies."


def _section(section: guardrails.Section) -> Iterator[str]:
    yield f"## {markdown_text(section.title)}"
    yield markdown_text(section.note)
    for each in section.guardrails:
        yield from _guardrail(each)


def _guardrail(guardrail: Guardrail) -> Iterator[str]:
    yield "".join(f'<a id="{each}"></a>' for each in guardrail.anchors)
    yield f"### {markdown_text(guardrail.key)}"
    yield markdown_text(guardrail.purpose or "")
    yield "\n".join(f"- {each}" for each in _facts(guardrail))
    for statement in guardrail.statements:
        yield from _statement(statement)
    if guardrail.settings:
        yield table(
            ("setting", "value"),
            ((code(each.path), ", ".join(map(markdown_code, each.values))) for each in guardrail.settings),
        )
    yield from _named("OUs", guardrail.units)
    yield from _named("Accounts", guardrail.accounts)


def _facts(guardrail: Guardrail) -> Iterator[str]:
    names = [guardrail.name] if guardrail.name != guardrail.key else []
    if named := [*names, *([guardrail.id] if guardrail.id else [])]:
        yield f"in AWS: {', '.join(map(code, named))}"
    yield f"in force for {markdown_text(guardrails.reach(guardrail))}"
    if nodes := guardrails.nodes(guardrail):
        yield f"attached to {', '.join(each if each == 'the root' else code(each) for each in nodes)}"
    if guardrail.source:
        yield f"declared in {code(str(guardrail.source))}"
    yield f"size: {guardrails.size(guardrail)}"


def _statement(statement: GuardrailStatement) -> Iterator[str]:
    place = f" ({code(str(statement.source))})" if statement.source else ""
    wording = guardrails.wording(statement)
    actions = wording.actions
    within = f" {_codes(actions)}" if len(actions) <= _FEW else f" the {len(actions)} below"
    within = within if actions else ""
    on = f"{',' if within else ''} {wording.on} {_codes(statement.resources)}" if statement.resources else ""
    comma = "," if within or on else ""
    conditions = f"{comma} if {' and '.join(map(markdown_code, statement.conditions))}" if statement.conditions else ""
    text = f"{wording.verb}{within}{on}{conditions}"
    exempt = ", ".join(map(markdown_text, wording.exempt))
    yield f"**{markdown_text(statement.name)}** {text}.{f' Exempt: {exempt}.' if exempt else ''}{place}"
    if len(actions) > _FEW:
        yield folded(f"{len(actions)} actions", _codes(actions))


def _named(label: str, names: tuple[str, ...]) -> Iterator[str]:
    if len(names) > _FEW:
        yield folded(f"{len(names):,} {label}", _codes(names))
    elif names:
        yield f"{label}: {_codes(names)}"


def _codes(names: Iterable[str]) -> str:
    return ", ".join(map(markdown_code, names))
