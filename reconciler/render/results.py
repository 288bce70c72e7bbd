"""What a run found as a flat list, one result with its rule and place each: what the formats of code hosts are made of
(SARIF, annotations, GitLab's code quality report). Names and messages are escaped here, once for all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import NamedTuple

from reconciler.model.base import Source
from reconciler.model.diagnostic import Code, Diagnostic, Severity
from reconciler.model.inventory import Inventory
from reconciler.model.plan import BY_HAND, Change, Plan, Warning_
from reconciler.model.report import Report
from reconciler.render.annotations import Annotation
from reconciler.render.live_side import drift_changes, drift_state, subject
from reconciler.render.safe import safe
from reconciler.render.words import Names, warnings_beside_guards


class Place(NamedTuple):
    """Where something is written; `file` is relative to the root of the repository, with `/`. Lines and columns count
    from 1, `end_column` is exclusive."""

    file: str
    line: int = 1
    column: int = 1
    end_line: int | None = None
    end_column: int | None = None


class Result(NamedTuple):
    """One thing that was found. `subject` is what it is about: the same in later runs, wherever the lines move to."""

    rule: str
    severity: Severity
    message: str
    subject: str
    place: Place
    help: str = ""


class Rule(NamedTuple):
    """What the results of one `id` have in common."""

    id: str
    title: str
    explanation: str
    severity: Severity


class Root(NamedTuple):
    """What paths are made relative to: the `repository`, and the `working` directory that they are written from."""

    repository: PurePath
    working: PurePath

    def relative(self, file: str) -> str:
        """The path from the repository, with `/`; outside of it as it is written."""
        try:
            found = (self.working / file).relative_to(self.repository)
        except ValueError:
            return safe(PurePath(file).as_posix())
        return safe(found.as_posix())


def of_diagnostics(found: Iterable[Diagnostic], root: Root) -> list[Result]:
    """The findings about a spec, errors first."""
    ranked = sorted(found, key=lambda each: (each.severity != "error", each.file, each.line, each.column, each.code))
    return [
        Result(
            rule=safe(each.code),
            severity=each.severity,
            message=safe(labelled(each)),
            subject=labelled(each),
            place=Place(root.relative(each.file), each.line, each.column, each.end_line, each.end_column),
            help=safe(each.help or ""),
        )
        for each in ranked
    ]


def labelled(found: Diagnostic) -> str:
    """The message of a finding with what is written under its place."""
    return f"{found.message} ({found.label})" if found.label else found.message


def of_plan(plan: Plan, root: Root, spec: str) -> list[Result]:
    """The guards that block a plan, as errors, and its warnings. What has no place in a file is at the first line of
    the spec."""
    return [*_guards(plan, root, spec), *_warnings(plan, root, spec)]


def of_drift(plan: Plan, desired_tree: Inventory, root: Root, spec: str) -> list[Result]:
    """The differences, as warnings, with the warnings of the plan."""
    names = Names.of(plan, desired_tree)
    return [*(_difference(each, names, root, spec) for each in drift_changes(plan)), *_warnings(plan, root, spec)]


def of_report(report: Report, root: Root, spec: str) -> list[Result]:
    """What an apply could not do, as errors, and what it found when it had ended."""
    place = Place(root.relative(spec))
    failed = [(f"{each.action} {each.address}", each.error, each.help or "") for each in report.failed]
    begun = [(f"{each.action} {each.address}", each.detail, "") for each in report.in_progress]
    return [
        *(
            Result("apply/failed", "error", safe(f"{change}: {error}"), change, place, safe(help))
            for change, error, help in (*failed, *begun)
        ),
        *_of_warnings(report.warnings, root, spec),
    ]


def drift_message(change: Change, names: Names) -> str:
    """A difference in a line, without markup."""
    about = subject(change, names)
    return safe(f"{' '.join(filter(None, (about.kind, about.name)))}{about.colon} {about.problem}")


def _difference(change: Change, names: Names, root: Root, spec: str) -> Result:
    state = drift_state(change)
    return Result(
        rule=f"drift/{state}",
        severity="warning",
        message=f"{state}: {drift_message(change, names)}",
        subject=f"{change.action} {change.address}",
        place=_place(change.source, root, spec),
    )


def _guards(plan: Plan, root: Root, spec: str) -> Iterator[Result]:
    for each in plan.guards.violations:
        yield Result(
            rule=safe(f"guard/{each.guard.partition(':')[0]}"),
            severity="error",
            message=safe(each.message),
            subject=" ".join((each.guard, *each.addresses)),
            place=_place(each.source, root, spec),
            help=safe(f"to allow it, add {each.allow}") if each.allow else "",
        )


def _warnings(plan: Plan, root: Root, spec: str) -> Iterator[Result]:
    return _of_warnings(warnings_beside_guards(plan), root, spec)


def _of_warnings(found: Iterable[Warning_], root: Root, spec: str) -> Iterator[Result]:
    for each in found:
        yield Result(
            rule=safe(each.code),
            severity=each.severity,
            message=safe(each.message),
            subject=each.message,
            place=_place(each.source, root, spec),
            help=safe(each.help or ""),
        )


def _place(source: Source | None, root: Root, spec: str) -> Place:
    found = source or Source(file=spec, line=1)
    return Place(root.relative(found.file), found.line, found.column)


_OWN_RULES = (
    Rule("drift/changed", "Changed", "What is live differs from what the spec declares.", "warning"),
    Rule("drift/missing", "Missing", "The spec declares it, and it is not there.", "warning"),
    Rule("apply/failed", "Not applied", "The service refused a change, or how it ended is not known.", "error"),
    Rule("drift/extra", "Extra", "It is live, and the spec does not declare it.", "warning"),
)
_OWN = {each.id: each for each in _OWN_RULES}


def rules_of(found: Iterable[Result], codes: Mapping[str, Code]) -> list[Rule]:
    """The rules of the results, each once, by their ids."""
    severities = {each.rule: each.severity for each in found}
    return [_rule(id, severities[id], codes) for id in sorted(severities)]


def _rule(id: str, severity: Severity, codes: Mapping[str, Code]) -> Rule:
    if id in _OWN:
        return _OWN[id]
    if id.startswith("guard/"):
        name = id.removeprefix("guard/")
        explanation = "A guard blocks the plan: `apply` refuses it and changes nothing. See `guards` in docs/spec.md."
        return Rule(id, f"The guard {name}", explanation, "error")
    if code := codes.get(id):
        return Rule(id, code.title, code.explanation, code.severity)
    what = "What `apply` cannot correct" if id in BY_HAND else "What a reviewer of the plan should know"
    return Rule(id, what, f"{what}. The section on warnings of a plan in docs/output.md has every code.", severity)


_LEVELS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def as_annotations(found: Sequence[Result], rules: Sequence[Rule]) -> list[Annotation]:
    """The results as annotations, errors first: GitHub shows the first ten of each level of a step."""
    titles = {each.id: each.title for each in rules}
    ranked = sorted(found, key=lambda each: list(_LEVELS).index(each.severity))
    return [
        Annotation(
            severity=_LEVELS[each.severity],  # type: ignore[arg-type]  # the values are its three
            message="\n".join(filter(None, (each.message, each.help and f"help: {each.help}"))),
            title=safe(f"{each.rule}: {titles[each.rule]}"),
            **each.place._asdict(),
        )
        for each in ranked
    ]


_POSITION = re.compile(r"[^\s:]+:\d+(:\d+)?")


def fingerprints(found: Sequence[Result]) -> list[str]:
    """What identifies each result in later runs, as text: rule, file and subject without positions, and a number where
    several are alike."""
    seen: dict[str, int] = {}
    made = []
    for each in found:
        text = "\0".join((each.rule, each.place.file, _POSITION.sub("", each.subject)))
        seen[text] = seen.get(text, 0) + 1
        made.append(f"{text}\0{seen[text]}")
    return made
