"""What an apply did, or would do, as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.text import Text

from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.document import minified
from reconciler.model.inventory import Inventory
from reconciler.model.plan import DESTRUCTIVE, Plan
from reconciler.model.report import STOPS, Done, Failed, MadeCall, Report, Skipped
from reconciler.render.actions import past, rank, symbol
from reconciler.render.details import known_after_apply
from reconciler.render.text.layout import (
    BAD,
    BLANK,
    BOLD,
    DIM,
    GOOD,
    STEP,
    WARN,
    Row,
    TextStyle,
    printed,
    sentence,
    words,
)
from reconciler.render.text.sections import calls, next_step, warning_row
from reconciler.render.words import Names, count, report_counts

_LONGEST_VALUE = 60
_FEW, _FEW_OF_MANY = 20, 3
"""How many changes are listed one by one, and how many of one action where there are more than that."""


def report(
    report: Report,
    *,
    desired_tree: Inventory | None = None,
    plan: Plan | None = None,
    width: int,
    color: bool,
    unicode: bool = True,
    verbose: bool = False,
    next_command: str | None = None,
) -> str:
    """What was done, much of it by kind unless `verbose`; what failed and why, what was not tried, and the calls. Of a
    dry run: each call it would make, one a line (`verbose`: with all of its parameters). `desired_tree` and the `plan`
    give the names of resources."""
    look, names = TextStyle(width, color, unicode), Names.of(plan, desired_tree or Inventory())
    rows = list(_dry_run(report, look, verbose) if report.dry_run else _outcome(report, names, look, verbose))
    if report.journal:
        rows.append(sentence(f"Journal: {look.safe(report.journal)}", DIM, hang=STEP))
    if next_command:
        rows += next_step(next_command, look)
    return printed(rows, look)


def _dry_run(report: Report, look: TextStyle, verbose: bool) -> Iterator[Row]:
    if not report.would_call:
        yield sentence("Dry run: there is nothing to do, no call would be made.", BOLD)
        return
    yield sentence(f"Dry run: {count(len(report.would_call), 'call')} would be made, in this order; none was.", BOLD)
    digits = len(str(len(report.would_call)))
    for number, call in enumerate(report.would_call, start=1):
        yield _call(f"{number:>{digits}}", call, look, verbose)
    yield BLANK


def _call(number: str, call: MadeCall, look: TextStyle, verbose: bool) -> Row:
    first, rest = f"{STEP}{number}  ", " " * (len(number) + 6)
    operation = Text(look.safe(call.operation), BOLD)
    if verbose:
        pieces = [Text(f"{look.safe(key)}={look.safe(_value(value))}") for key, value in call.params.items()]
        return Row((operation, *pieces), first, rest)
    room = look.width - len(first) - operation.cell_len - 1
    line = Text(" ".join(f"{look.safe(key)}={_short(value, look)}" for key, value in call.params.items()))
    if line.cell_len > room:
        end = look.own("…")
        line.truncate(max(0, room - len(end)))
        line.append(end)
    return Row((operation, line), first, rest)


def _value(value: Json) -> str:
    """As it is sent; a text with blanks in quotes."""
    text = known_after_apply(value if isinstance(value, str) else minified(value))
    return text if " " not in text or text.startswith(("{", "[")) else minified(text)


def _short(value: Json, look: TextStyle) -> str:
    text = _value(value)
    if len(text) <= _LONGEST_VALUE:
        return look.safe(text)
    return f"{look.safe(text[: _LONGEST_VALUE // 2])}{look.own('…')} ({len(text):,} characters)"


def _outcome(report: Report, names: Names, look: TextStyle, verbose: bool) -> Iterator[Row]:
    if report.done:
        yield from _done(report.done, names, look, verbose)
        yield BLANK
    for failed in report.failed:
        yield from _failed(failed, names, look)
    for running in report.in_progress:
        yield _title("IN PROGRESS", WARN, f"{look.safe(running.action)} {_show(running.address, names, look)}")
        yield sentence(look.safe(running.detail), indent=STEP * 2)
        yield BLANK
    if report.skipped:
        yield from _skipped(report.skipped, names, look, verbose)
    yield _summary(report)
    for warning in report.warnings:
        yield warning_row(warning, look)
    if report.calls and verbose:
        yield sentence(f"Calls: {look.safe(calls(report.calls))}", DIM, hang=STEP)


def _done(done: Sequence[Done], names: Names, look: TextStyle, verbose: bool) -> Iterator[Row]:
    """What was done, each with its id; of much, what was done to many is counted by kind."""
    width = max(len(look.safe(past(each.action))) for each in done)
    actions = Counter(each.action for each in done)
    counted = [each for each, number in actions.items() if number > _FEW_OF_MANY and len(done) > _FEW and not verbose]
    for action, counts in _by_kind([each for each in done if each.action in counted], names, look):
        yield Row((_done_head(action, width, look), *words(counts)), "", STEP * 2)
    for each in done:
        if each.action not in counted:
            made = [Text(look.safe(each.id), DIM)] if each.id else []
            yield Row(
                (_done_head(each.action, width, look), *words(_show(each.address, names, look)), *made), "", STEP * 2
            )
    if counted:
        yield sentence("Every call, with the ids of what was created, is in the journal.", DIM)


def _by_kind(found: Sequence[Done | Skipped], names: Names, look: TextStyle) -> Iterator[tuple[str, str]]:
    """Each action with how much of each kind: `create`, `24 accounts, 8 OUs`."""
    for action in sorted({each.action for each in found}, key=rank):
        kinds = Counter(names.display(each.address).kind for each in found if each.action == action)
        yield action, ", ".join(count(number, look.safe(kind)) for kind, number in kinds.most_common())


def _done_head(action: str, width: int, look: TextStyle) -> Text:
    mark = symbol(action, unicode=look.unicode)
    return Text(f"{mark} {look.safe(past(action)):<{width}} ", BAD if action in DESTRUCTIVE else GOOD)


def _title(label: str, style: str, text: str) -> Row:
    return Row((Text(label, style), *words(text, BOLD)), "", STEP * 2)


def _failed(failed: Failed, names: Names, look: TextStyle) -> Iterator[Row]:
    yield _title("FAILED", BAD, f"{look.safe(failed.action)} {_show(failed.address, names, look)}")
    yield sentence(look.safe(failed.error), indent=STEP * 2)
    if failed.request_id:
        yield sentence(f"request id {look.safe(failed.request_id)}", DIM, indent=STEP * 2)
    if failed.help:
        yield Row((Text("help:", GOOD), *words(look.safe(failed.help))), STEP * 2, STEP * 3)
    yield BLANK


def _skipped(skipped: tuple[Skipped, ...], names: Names, look: TextStyle, verbose: bool) -> Iterator[Row]:
    """Grouped by cause, which is named once; many are counted by action and kind."""
    causes = dict.fromkeys(each.because for each in skipped)
    for cause in causes:
        found = [each for each in skipped if each.because == cause]
        why = STOPS.get(cause) or f"{_show(cause, names, look)} failed"
        yield _title("SKIPPED", WARN, f"{count(len(found), 'change')}, because {why}:")
        if len(found) > _FEW and not verbose:
            lines = [f"{look.safe(action)} {counts}" for action, counts in _by_kind(found, names, look)]
        else:
            lines = [f"{look.safe(each.action)} {_show(each.address, names, look)}" for each in found]
        for line in lines:
            yield sentence(line, indent=STEP * 2, hang=STEP * 3)
        yield BLANK


def _show(address: Address, names: Names, look: TextStyle) -> str:
    return look.safe(str(names.display(address)))


def _summary(report: Report) -> Row:
    counts = report_counts(report)
    if not counts:
        left = "left to do: the plan was applied" if report.done_before else "to do: the organization is as declared"
        return sentence(f"Nothing {left}.", f"{BOLD} {GOOD}")
    if not (report.failed or report.in_progress or report.skipped):
        return sentence(f"Applied: {counts}.", f"{BOLD} {GOOD}")
    text = f"Applied in part: {counts}. What is done stays done; run apply again to go on."
    return sentence(text, BAD, hang=STEP)
