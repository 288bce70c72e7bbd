"""What an apply did, as a comment or a job summary."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.inventory import Inventory
from reconciler.model.report import STOPS, Report
from reconciler.render import text
from reconciler.render.actions import past, symbol
from reconciler.render.markdown.blocks import LIMIT, alert, code, fitting, folded, rest, show, table, warnings
from reconciler.render.safe import fenced, markdown_text
from reconciler.render.words import Names, count, report_counts, some

_WIDTH = 110
_MOST_NAMED = 50


def report(report: Report, *, desired_tree: Inventory | None = None, limit: int = LIMIT) -> str:
    """What was done, failed and skipped, or what a dry run would call. Failures come first and are omitted last: within
    `limit` characters everything is named, else the first of each, else the failures alone."""
    names = Names.of(None, desired_tree or Inventory())
    head = _heading(report)
    foot = f"Journal {code(report.journal)}" if report.journal else ""

    def version(most: int) -> list[str]:
        return [
            head,
            _failed(report, names, most),
            warnings(report.warnings, most),
            *_tables(report, names, most),
            _calls(report, most),
            foot,
        ]

    listed = (report.done, report.in_progress, report.skipped, report.failed, report.would_call)
    versions = (
        lambda: version(max(map(len, listed))),
        lambda: version(_MOST_NAMED),
        lambda: [head, _failed(report, names, 5), foot],
    )
    return fitting("report", {"digest": report.digest}, versions, limit)


def _heading(report: Report) -> str:
    if report.dry_run:
        return f"### reconciler apply (dry run): {count(len(report.would_call), 'call')} would be made, none was"
    nothing = "nothing left to do, the plan was applied" if report.done_before else "nothing to do"
    return f"### reconciler apply: {report_counts(report) or nothing}"


def _failed(report: Report, names: Names, most: int) -> str:
    if not report.failed:
        return ""
    lines = []
    for each in report.failed:
        request = f" (request id {code(each.request_id)})" if each.request_id else ""
        advice = f" **Help:** {markdown_text(each.help)}" if each.help else ""
        subject = f"**{markdown_text(each.action)}** {show(names, each.address)}"
        lines.append(f"- {subject}: {markdown_text(each.error)}{request}{advice}")
    return alert("CAUTION", ["**Failed.** What is done stays done; run apply again to go on.", *some(lines, most)])


def _tables(report: Report, names: Names, most: int) -> Iterator[str]:
    done = (
        (
            f"`{symbol(each.action)}` {markdown_text(past(each.action))}",
            show(names, each.address),
            code(each.id) if each.id else "",
        )
        for each in report.done[:most]
    )
    running = (
        (markdown_text(each.action), show(names, each.address), markdown_text(each.detail))
        for each in report.in_progress[:most]
    )
    skipped = (
        (
            markdown_text(each.action),
            show(names, each.address),
            STOPS.get(each.because) or f"{show(names, each.because)} failed",
        )
        for each in report.skipped[:most]
    )
    for heads, rows, found in (
        (("", "What", "Id"), done, report.done),
        (("In progress", "What", "State"), running, report.in_progress),
        (("Skipped", "What", "Because"), skipped, report.skipped),
    ):
        if found:
            yield table(heads, rows)
            yield rest(found, most)


def _calls(report: Report, most: int) -> str:
    if report.would_call:
        shown = report.model_copy(update={"would_call": report.would_call[:most], "journal": None})
        lines = text.report(shown, width=_WIDTH, color=False).splitlines()[1:]
        return folded("Calls", fenced([line for line in lines if line], "text"))
    counts = ", ".join(f"{code(name)} {number:,}" for name, number in sorted(report.calls.items()))
    return f"Calls: {counts}" if counts else ""
