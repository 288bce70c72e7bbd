"""The sections around the changes: unmanaged resources, warnings, guards, and the lines at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from rich.text import Text

from reconciler.model.address import kind_of, local
from reconciler.model.plan import Unmanaged, Violation, Warning_
from reconciler.render.text.layout import BAD, BLANK, BOLD, DIM, GOOD, HEAD, STEP, WARN, Row, TextStyle, sentence, words
from reconciler.render.text.page import Page
from reconciler.render.words import (
    advised,
    allowed_line,
    count,
    heading_of,
    kind_label,
    listing,
    pending_line,
    proof_findings,
    proof_line,
    some,
    summary_line,
    taken_away,
    unnamed_addresses,
    warnings_beside_guards,
    without_advice,
)

_FEW_NAMES = 4
_FEW_ADDRESSES = 6


def header(page: Page, title: str) -> Iterator[Row]:
    """The title, the organization, and what the plan takes away."""
    plan, look = page.plan, page.look
    organization = look.safe(plan.organization.id)
    management = look.safe(plan.organization.management_account_id)
    yield Row((*words(f"{title} {organization}", HEAD), *words(f"(management account {management})", DIM)))
    if risky := list(taken_away(plan, page.names)):
        yield Row((Text("Takes away:", BAD), *words(f"{look.safe('; '.join(risky))}.")), "", STEP)
    yield BLANK


def notes(page: Page) -> Iterator[Row]:
    """The notes that many changes have in common."""
    for note in sorted(page.repeated_notes):
        found = [each for each in page.detailed if each.note == note]
        actions = listing(dict.fromkeys(each.action for each in found))
        yield sentence(f"{len(found):,} to {actions}: {page.look.safe(note)}", DIM, hang=STEP)
    if page.repeated_notes:
        yield BLANK


def pending(page: Page) -> Iterator[Row]:
    """What another party has to do, and until when."""
    look = page.look
    if not page.plan.pending:
        return
    yield Row((Text("Pending", HEAD), *words("(another party has to act; apply does nothing about it)", DIM)))
    for each in page.plan.pending:
        yield Row((Text("… " if look.unicode else ". ", DIM), *words(look.safe(pending_line(each)))), STEP, STEP * 2)
    yield BLANK


def unmanaged(page: Page) -> Iterator[Row]:
    """Live resources that are left alone: how many of each kind, and the first few names."""
    look = page.look
    if not page.plan.unmanaged:
        return
    kinds: dict[str, list[Unmanaged]] = defaultdict(list)
    for each in page.plan.unmanaged:
        kinds[kind_of(each.address)].append(each)
    yield Row((Text("Left alone", HEAD), *words(f"(live, but not declared in {look.safe(page.spec)})", DIM)))
    labels = {kind: count(len(found), kind_label(kind)) for kind, found in kinds.items()}
    width = max(map(len, labels.values()))
    for kind, found in kinds.items():
        named = [look.safe(_unmanaged_name(each, page)) for each in found]
        shown = named if page.verbose else some(named, _FEW_NAMES, " (--verbose lists all)")
        indent = f"{STEP}{labels[kind]:<{width}}{STEP}"
        yield sentence(", ".join(shown), indent=indent, hang=" " * len(indent))
    yield BLANK


def _unmanaged_name(each: Unmanaged, page: Page) -> str:
    named = page.names.display(each.address)
    if kind_of(each.address) == "ou":
        return local(each.address)
    if kind_of(each.address) == "account" and each.id:
        return f"{named.name} ({each.id})"
    return f"{named.name} on {named.on}" if named.on else named.name


def warnings(page: Page) -> Iterator[Row]:
    """The warnings, each with its code and place."""
    found, look, advice = warnings_beside_guards(page.plan), page.look, ""
    if not page.verbose:
        found, advice = without_advice(found)
    if found:
        yield Row((Text(heading_of(found), HEAD),))
    for each in found:
        yield warning_row(each, look)
    if advice:
        yield sentence(f"{advice} (--verbose lists them)", DIM)
    if found or advice:
        yield BLANK


def warning_row(warning: Warning_, look: TextStyle) -> Row:
    """A warning with its code and place."""
    source = words(f"({look.safe(str(warning.source))})", DIM) if warning.source else []
    mark = Text(f"! {warning.code} ", WARN) if warning.severity == "warning" else Text(f"- {warning.code} ", DIM)
    return Row((mark, *words(look.safe(advised(warning))), *source), STEP, STEP * 2)


def guards(page: Page) -> Iterator[Row]:
    """The violations of guards, each with the option that allows it."""
    found = page.plan.guards.violations
    if not found:
        return
    text = f"by {count(len(found), 'guard')}: `apply` refuses this plan (exit 4) and changes nothing."
    yield Row((Text("BLOCKED", BAD), *words(text, BOLD)))
    for each in found:
        yield from _violation(each, page)
    yield BLANK


def _violation(each: Violation, page: Page) -> Iterator[Row]:
    look = page.look
    source = words(f"({look.safe(str(each.source))})", DIM) if each.source else []
    yield Row((Text(f"! {look.safe(each.guard)} ", BAD), *words(look.safe(each.message)), *source), STEP, STEP * 2)
    if apart := unnamed_addresses(each):
        shown = some([page.show(address) for address in apart], _FEW_ADDRESSES)
        yield sentence(", ".join(shown), DIM, indent=STEP * 2, hang=STEP * 2)
    if each.allow:
        pieces = (*words("to allow it, add"), Text(look.safe(each.allow), GOOD))
        yield Row(pieces, STEP * 2, STEP * 3)
    else:
        yield sentence("no option allows it: change the spec", indent=STEP * 2)


def proof(page: Page) -> Iterator[Row]:
    """Where an account would be without a Deny for a while, what the service would refuse; or that there is none."""
    found = page.plan.proof
    if not found.steps:
        return
    rows = [
        Row((Text(f"! {label}", BAD), *words(text)), "", STEP) for label, text in proof_findings(page.plan, page.show)
    ]
    if not found.gaps and not found.refused:
        rows.append(sentence(proof_line(found.steps), DIM, hang=STEP))
    yield from rows
    if rows and not page.additions:
        yield BLANK


def footer(page: Page, next_command: str | None) -> Iterator[Row]:
    """The summary, the digest, and the next command."""
    plan, look = page.plan, page.look
    style = f"{BOLD} green" if not plan.changes else BOLD
    yield sentence(summary_line(plan, look.safe(page.spec)), style)
    if page.verbose and plan.reads:
        yield sentence(f"Reads: {calls(plan.reads)}", DIM, hang=STEP)
    if plan.allowed is not None:
        yield sentence(look.safe(allowed_line(plan.allowed)), WARN, hang=STEP)
    if plan.changes:
        yield Row((Text("Digest:", DIM), Text(plan.digest, DIM)))
    if next_command:
        yield from next_step(next_command, look)


def next_step(command: str, look: TextStyle) -> Iterator[Row]:
    """The next command."""
    yield Row((Text("Next:  "), *words(look.safe(command), GOOD)), "", STEP)


def calls(counts: Iterable[tuple[str, int]] | dict[str, int]) -> str:
    """`12 (AttachPolicy 3, CreatePolicy 9)`."""
    pairs = sorted(dict(counts).items())
    return f"{sum(number for _, number in pairs):,} ({', '.join(f'{name} {number:,}' for name, number in pairs)})"
