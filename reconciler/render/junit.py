"""Results as JUnit XML, in the form that Jenkins, GitLab, Azure Pipelines and Bitbucket read: a case that fails has one
`failure` with all that is wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET

from reconciler.model.address import kind_of
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.inventory import Inventory
from reconciler.model.plan import BY_HAND, Plan, Violation, Warning_
from reconciler.model.policy_test import PolicyTest, PolicyTestOutcome
from reconciler.model.report import STOPS, Report
from reconciler.render.live_side import drift_changes, drift_state
from reconciler.render.results import drift_message
from reconciler.render.safe import safe
from reconciler.render.words import Names, finding_counts, warnings_beside_guards


class Case(NamedTuple):
    """A test case of a suite. `failure` is why it failed, `error` why its outcome is not known, `skipped` why it was
    not run; `text` has the details, or the output of a case that passed."""

    name: str
    failure: str = ""
    error: str = ""
    skipped: str = ""
    text: str = ""
    file: str = ""
    line: int = 0


class Suite(NamedTuple):
    """Cases of one kind."""

    name: str
    cases: tuple[Case, ...]


def junit(name: str, suites: Iterable[Suite]) -> str:
    """The document; suites without a case are left out."""
    shown = [each for each in suites if each.cases]
    root = ET.Element("testsuites", {"name": name, **_counts([case for suite in shown for case in suite.cases])})
    for suite in shown:
        element = ET.SubElement(root, "testsuite", {"name": suite.name, **_counts(suite.cases), "time": "0"})
        for case in suite.cases:
            _add(element, f"{name}.{suite.name}".replace(" ", "-"), case)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _counts(cases: Sequence[Case]) -> dict[str, str]:
    return {
        "tests": str(len(cases)),
        "failures": str(sum(bool(each.failure) for each in cases)),
        "errors": str(sum(bool(each.error) for each in cases)),
        "skipped": str(sum(bool(each.skipped) for each in cases)),
    }


def _add(suite: ET.Element, classname: str, case: Case) -> None:
    place = {"file": safe(case.file), "line": str(case.line)} if case.file else {}
    element = ET.SubElement(suite, "testcase", {"classname": classname, "name": safe(case.name), "time": "0", **place})
    text = "\n".join(map(safe, case.text.split("\n")))
    for tag in ("failure", "error", "skipped"):
        if message := getattr(case, tag):
            type = {} if tag == "skipped" else {"type": tag}
            ET.SubElement(element, tag, {"message": safe(message), **type}).text = text or None
            return
    if text:
        ET.SubElement(element, "system-out").text = text


def validation(
    files: Sequence[str], found: Sequence[Diagnostic], tested: Sequence[PolicyTestOutcome], *, strict: bool
) -> str:
    """One case for each file of the spec, and for each test of its policies. Warnings fail where it is `strict`."""
    of_tests = {each.failure for each in tested}
    by_file: dict[str, list[Diagnostic]] = {each: [] for each in files}
    for each in found:
        if each not in of_tests:
            by_file.setdefault(each.file, []).append(each)
    cases = tuple(_file(file, by_file[file], strict=strict) for file in sorted(by_file))
    return junit("reconciler validate", [Suite("spec", cases), policy_tests(tested)])


def _file(file: str, found: Sequence[Diagnostic], *, strict: bool) -> Case:
    failing = {"error", "warning"} if strict else {"error"}
    failed = any(each.severity in failing for each in found)
    text = "\n".join(_line(each) for each in sorted(found, key=lambda each: (each.line, each.column, each.code)))
    lines = [each.line for each in found if each.severity in failing]
    return Case(file, failure=finding_counts(found) if failed else "", text=text, file=file, line=min(lines, default=1))


def _line(found: Diagnostic) -> str:
    label = f" ({found.label})" if found.label else ""
    help = f" (help: {found.help})" if found.help else ""
    return f"{found.file}:{found.line}:{found.column}: {found.severity}[{found.code}]: {found.message}{label}{help}"


def policy_tests(tested: Iterable[PolicyTestOutcome]) -> Suite:
    """The tests that a spec has of its policies."""
    return Suite("policy tests", tuple(_tested(each) for each in tested))


def _tested(each: PolicyTestOutcome) -> Case:
    source, failure = each.test.source, each.failure
    if failure is None:
        return Case(name_of(each.test), file=source.file, line=source.line)
    return Case(name_of(each.test), failure=failure.message, text=_line(failure), file=source.file, line=source.line)


def name_of(test: PolicyTest) -> str:
    """The name of a policy test, or what it says."""
    return test.name or f"{test.action} in {test.account} is {test.expect}"


def plan(plan: Plan, tested: Sequence[PolicyTestOutcome], *, strict: bool) -> str:
    """The guards, each that blocks as a failure, the warnings, which fail where it is `strict`, and the policy tests,
    which were passed."""
    violations = tuple(_violation(each) for each in plan.guards.violations)
    guards = violations or (Case("no guard blocks the plan"),)
    warnings = [each for each in warnings_beside_guards(plan) if each.severity == "warning"]
    return junit(
        "reconciler plan",
        [Suite("guards", guards), Suite("warnings", tuple(_warnings(warnings, strict=strict))), policy_tests(tested)],
    )


def _violation(each: Violation) -> Case:
    help = [f"to allow it, add {each.allow}"] if each.allow else []
    text = "\n".join([*each.addresses, *help])
    file, line = (each.source.file, each.source.line) if each.source else ("", 0)
    return Case(each.guard, failure=each.message, text=text, file=file, line=line)


def _warnings(found: Iterable[Warning_], *, strict: bool) -> Iterator[Case]:
    for each in found:
        file, line = (each.source.file, each.source.line) if each.source else ("", 0)
        name = f"{each.code} {each.address or each.message}"
        if strict:
            yield Case(name, failure=each.message, file=file, line=line)
        else:
            yield Case(name, text=each.message, file=file, line=line)


def drift(plan: Plan, desired_tree: Inventory, *, strict: bool) -> str:
    """A suite for each kind of object: each difference is a failure, and a kind without any is one case that passed.
    What apply cannot correct fails too."""
    names = Names.of(plan, desired_tree)
    kinds = {each.kind for each in desired_tree.resources}
    cases: dict[str, list[Case]] = defaultdict(list, {kind: [] for kind in kinds})
    for change in drift_changes(plan):
        file, line = (change.source.file, change.source.line) if change.source else ("", 0)
        failure = f"{drift_state(change)}: {drift_message(change, names)}"
        cases[change.kind].append(Case(change.address, failure=failure, file=file, line=line))
    for each in plan.warnings:
        if each.code in BY_HAND:
            kind = kind_of(each.address) if each.address else "organization"
            cases[kind].append(Case(f"{each.code} {each.address or ''}".rstrip(), failure=each.message))
    warnings = [each for each in plan.warnings if each.severity == "warning" and each.code not in BY_HAND]
    suites = [Suite(kind, tuple(cases[kind]) or (Case("no drift"),)) for kind in sorted(cases)]
    return junit("reconciler drift", [*suites, Suite("warnings", tuple(_warnings(warnings, strict=strict)))])


def report(report: Report) -> str:
    """One case for each change of the plan: passed where it is done, now or before."""
    cases = (
        *(Case(f"{each.action} {each.address}") for each in (*report.done_before, *report.done)),
        *(Case(f"{each.action} {each.address}", failure=each.error, text=each.help or "") for each in report.failed),
        *(Case(f"{each.action} {each.address}", error=each.detail) for each in report.in_progress),
        *(
            Case(f"{each.action} {each.address}", skipped=STOPS.get(each.because) or f"{each.because} failed")
            for each in report.skipped
        ),
    )
    return junit("reconciler apply", [Suite("changes", cases or (Case("nothing to change"),))])


def failure(command: str, message: str, help: str | None) -> str:
    """A run that has no result."""
    return junit(f"reconciler {command}", [Suite("run", (Case("run", error=message, text=help or ""),))])
