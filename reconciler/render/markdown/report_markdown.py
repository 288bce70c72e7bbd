"""What an apply did, as a comment or a job summary."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.inventory import Inventory
from reconciler.model.report import STOPS, Report
from reconciler.render import text
from reconciler.render.markdown.blocks import LIMIT, alert, code, fitting, folded, some, table, thing
from reconciler.render.safe import fenced, markdown_text
from reconciler.render.words import Names, count, past, symbol

_WIDTH = 110
_MOST_NAMED = 50


def report(report: Report, *, desired_tree: Inventory | None = None, limit: int = LIMIT) -> str:
    """What was done, failed and skipped, or what a dry run would call. Failures come first and go last: within `limit`
    characters everything is named, else the first of each, else the failures alone."""
    names = Names.of(None, desired_tree or Inventory())
    head = [_heading(report)]
    foot = [f"Journal {code(report.journal)}" if report.journal else ""]

    def version(most: int) -> list[str]:
        calls = _calls(report, most)
        return [
            *head,
            _failed(report, names, most),
            _done(report, names, most),
            _in_progress(report, names, most),
            _skipped(report, names, most),
            calls,
            *foot,
        ]

    listed = (report.done, report.in_progress, report.skipped, report.failed, report.would_call)
    everything = max(map(len, listed))
    versions = (
        lambda: version(everything),
        lambda: version(_MOST_NAMED),
        lambda: [*head, _failed(report, names, 5), *foot],
    )
    return fitting("report", {"digest": report.digest}, versions, limit)


def _heading(report: Report) -> str:
    if report.dry_run:
        return f"### reconciler apply (dry run): {count(len(report.would_call), 'call')} would be made, none was"
    parts = [(len(report.done), "done"), (len(report.failed), "failed"), (len(report.in_progress), "in progress")]
    told = ", ".join(f"{number:,} {what}" for number, what in (*parts, (len(report.skipped), "skipped")) if number)
    if not told:
        told = "nothing left to do, the plan was applied" if report.done_before else "nothing to do"
    elif report.done_before:
        told += f" ({len(report.done_before):,} done by earlier runs)"
    return f"### reconciler apply: {told}"


def _failed(report: Report, names: Names, most: int) -> str:
    if not report.failed:
        return ""
    lines = []
    for each in report.failed:
        request = f" (request id {code(each.request_id)})" if each.request_id else ""
        way_on = f" **Help:** {markdown_text(each.help)}" if each.help else ""
        told = f"{markdown_text(each.error)}{request}{way_on}"
        lines.append(f"- **{markdown_text(each.action)}** {thing(names.thing(each.address))}: {told}")
    return alert("CAUTION", ["**Failed.** What is done stays done; run apply again to go on.", *some(lines, most)])


def _done(report: Report, names: Names, most: int) -> str:
    rows = [
        (
            f"`{symbol(each.action)}` {markdown_text(past(each.action))}",
            thing(names.thing(each.address)),
            code(each.id) if each.id else "",
        )
        for each in report.done[:most]
    ]
    return "\n\n".join([table(("", "What", "Id"), rows), *_rest(report.done, most)]) if rows else ""


def _in_progress(report: Report, names: Names, most: int) -> str:
    rows = [
        (markdown_text(each.action), thing(names.thing(each.address)), markdown_text(each.detail))
        for each in report.in_progress[:most]
    ]
    found = report.in_progress
    return "\n\n".join([table(("In progress", "What", "State"), rows), *_rest(found, most)]) if rows else ""


def _skipped(report: Report, names: Names, most: int) -> str:
    rows = [
        (
            markdown_text(each.action),
            thing(names.thing(each.address)),
            STOPS.get(each.because) or f"{thing(names.thing(each.because))} failed",
        )
        for each in report.skipped[:most]
    ]
    return "\n\n".join([table(("Skipped", "What", "Because"), rows), *_rest(report.skipped, most)]) if rows else ""


def _rest(found: Sequence[object], most: int) -> list[str]:
    return [f"and {len(found) - most:,} more."] if len(found) > most else []


def _calls(report: Report, most: int) -> str:
    if report.would_call:
        shown = report.model_copy(update={"would_call": report.would_call[:most], "journal": None})
        lines = text.report(shown, width=_WIDTH, color=False).splitlines()[1:]
        return folded("Calls", fenced([line for line in lines if line], "text"))
    told = ", ".join(f"{code(name)} {number:,}" for name, number in sorted(report.calls.items()))
    return f"Calls: {told}" if told else ""
