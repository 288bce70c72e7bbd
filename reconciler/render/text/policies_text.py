"""The guardrails of an organization as text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from reconciler.model.guardrail import Guardrail, Guardrails, GuardrailStatement
from reconciler.render import guardrails
from reconciler.render.attached import not_read
from reconciler.render.text.layout import (
    BAD,
    BLANK,
    BOLD,
    DIM,
    GOOD,
    HEAD,
    STEP,
    WARN,
    Row,
    TextStyle,
    printed,
    sentence,
    words,
)
from reconciler.render.words import policy_label


def policies(found: Guardrails, *, width: int, color: bool, unicode: bool = True) -> str:
    """Every policy with its purpose, its statements in words, who is exempt, and whom it reaches."""
    look = TextStyle(width, color, unicode)
    rows = [row for each in found.policies for row in _guardrail(each, look)]
    unread = [sentence(look.safe(f"Not known: {each}."), WARN) for each in not_read(found.unread)]
    return printed([*(rows or [sentence("There are no policies.")]), *unread], look)


def _guardrail(guardrail: Guardrail, look: TextStyle) -> Iterator[Row]:
    source = words(look.safe(str(guardrail.source)), DIM) if guardrail.source else []
    yield Row((*words(look.safe(f"{policy_label(guardrail.type)} {guardrail.key}"), HEAD), *source), "", STEP)
    if guardrail.purpose:
        yield sentence(look.safe(guardrail.purpose), indent=STEP)
    for statement in guardrail.statements:
        yield from _statement(statement, look)
    for setting in guardrail.settings:
        yield sentence(look.safe(f"{setting.path}: {', '.join(setting.values)}"), indent=STEP, hang=STEP * 2)
    held = f"; attached to {', '.join(guardrails.nodes(guardrail))}" if guardrail.attached_to else ""
    yield sentence(look.safe(f"in force for {guardrails.reach(guardrail)}{held}"), DIM, indent=STEP, hang=STEP * 2)
    if guardrail.accounts:
        yield sentence(look.safe(", ".join(guardrail.accounts)), DIM, indent=STEP * 2)
    yield sentence(guardrails.size(guardrail), DIM, indent=STEP)
    yield BLANK


def _statement(statement: GuardrailStatement, look: TextStyle) -> Iterator[Row]:
    wording = guardrails.wording(statement)
    rest = f" {', '.join(wording.actions)}" if wording.actions else ""
    on = f"{',' if rest else ''} {wording.on} {', '.join(statement.resources)}" if statement.resources else ""
    conditions = f"{',' if rest or on else ''} if {' and '.join(statement.conditions)}" if statement.conditions else ""
    verb = Text(wording.verb, BAD if statement.effect == "Deny" else GOOD)
    pieces = words(look.safe(f"{rest}{on}{conditions}".strip())) if rest or on or conditions else []
    yield Row((*words(look.safe(statement.name), BOLD), verb, *pieces), STEP, STEP * 2)
    if wording.exempt:
        yield sentence(look.safe(f"exempt: {', '.join(wording.exempt)}"), indent=STEP * 2, hang=STEP * 3)
