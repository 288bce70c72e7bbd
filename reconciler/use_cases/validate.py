"""Every finding about a spec, and what the code of a finding means."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from reconciler import policy, spec
from reconciler.aws import online
from reconciler.errors import SpecInvalid, UsageError
from reconciler.model.api import Api
from reconciler.model.diagnostic import Code, Diagnostic
from reconciler.model.plan import Exit
from reconciler.model.policy_test import PolicyTestOutcome
from reconciler.model.resources import Policy
from reconciler.model.results import Findings
from reconciler.planning.warning_codes import PLAN_CODES
from reconciler.use_cases.load_spec import load_spec, with_tests


@dataclass(frozen=True)
class Validation:
    """The findings about a spec, the outcome of its policy tests and, where none is an error, how much it declares in
    which files."""

    findings: Findings
    exit: Exit = field(default_factory=Exit)
    organizational_units: int = 0
    accounts: int = 0
    policies: int = 0
    files: tuple[str, ...] = ()
    tests: tuple[PolicyTestOutcome, ...] = ()


def validate(path: Path, analyzer: Callable[[], Api] | None = None) -> Validation:
    """Checks the spec offline and, where an `analyzer` is given and it is valid, by IAM Access Analyzer too."""
    try:
        desired = load_spec(path, lint=("documents", "organization"), tests=False)
    except SpecInvalid as error:
        return _invalid(error.diagnostics)
    desired, tested = with_tests(desired)
    failed = tuple(each.failure for each in tested if each.failure is not None)
    analyzed = _analyzed(path, analyzer()) if analyzer is not None and not failed else ()
    found = (*desired.warnings, *failed, *analyzed)
    if any(each.severity == "error" for each in found):
        return replace(_invalid(found), files=desired.files, tests=tested)
    counts = Counter(
        each.plural for each in desired.inventory.resources if not (isinstance(each, Policy) and each.aws_managed)
    )
    return Validation(
        Findings(diagnostics=found),
        organizational_units=counts["organizational_units"],
        accounts=counts["accounts"],
        policies=counts["policies"],
        files=desired.files,
        tests=tested,
    )


def _invalid(found: tuple[Diagnostic, ...]) -> Validation:
    return Validation(Findings(diagnostics=found), Exit(code=SpecInvalid.exit_code, reason=SpecInvalid.reason))


def _analyzed(path: Path, api: Api) -> tuple[Diagnostic, ...]:
    """The findings of IAM Access Analyzer about the SCPs and RCPs of a valid spec, each at its place."""
    try:
        found = spec.load(path, checks=[partial(online.findings, api)]).warnings
    except SpecInvalid as error:
        found = error.diagnostics
    theirs = {each.code for each in online.CODES}
    return tuple(each for each in found if each.code in theirs)


def all_codes() -> tuple[Code, ...]:
    """Every code that a finding or a warning of a plan can have, sorted."""
    return tuple(sorted((*spec.codes(), *policy.CODES, *online.CODES, *PLAN_CODES), key=lambda each: each.code))


def known_codes() -> dict[str, Code]:
    """What every code means."""
    return {each.code: each for each in all_codes()}


def explain_code(code: str) -> Code:
    """What a diagnostic code means. Raises `UsageError` for one that does not exist."""
    known = known_codes()
    if found := known.get(code.upper()):
        return found
    near = difflib.get_close_matches(code.upper(), known, 3, 0.5)
    raise UsageError(
        f"there is no code {code}", help=f"did you mean {' or '.join(near)}?" if near else "see docs/diagnostics.md"
    )
