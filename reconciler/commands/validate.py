"""`reconciler validate`: the spec alone, offline, unless AWS is asked what it thinks of the policies."""

from __future__ import annotations

from collections.abc import Sequence

import click

from reconciler.commands.options import Options
from reconciler.commands.running import command, tell_diagnostics
from reconciler.errors import SpecInvalid, UsageError
from reconciler.model.diagnostic import Code, Diagnostic
from reconciler.model.printable import dumps


@click.option("--online", is_flag=True, help="Ask IAM Access Analyzer about each SCP and RCP too (credentials).")
@click.option("--explain", metavar="CODE", default=None, help="Explain a diagnostic code.")
@command("Check the spec alone: schema, references, quotas, policy documents.")
def validate(options: Options, explain: str | None, online: bool) -> int:
    if explain is not None:
        options.write(_explanation(explain, options))
        return 0
    from reconciler.use_cases import app

    try:
        desired = app.load_spec(options.spec, lint=True)
        found = (*desired.warnings, *_online(options)) if online else desired.warnings
        code = SpecInvalid.exit_code if any(each.severity == "error" for each in found) else 0
    except SpecInvalid as error:
        found, code = error.diagnostics, error.exit_code
    if options.output == "json":
        options.write(_json(found, code))
    elif options.output == "markdown":
        from reconciler.render import markdown

        options.write(markdown.diagnostics(found))
    elif code or found:
        tell_diagnostics(found, options)
    if code == 0:
        accounts = sum(each.kind == "account" for each in desired.inventory.resources)
        policies = sum(each.kind == "policy" and each.id is None for each in desired.inventory.resources)
        units = sum(each.kind == "organizational_unit" for each in desired.inventory.resources)
        if options.output == "text" and not options.quiet:
            options.write(
                f"{options.spec} is valid: {units} OUs, {accounts} accounts, {policies} policies "
                f"in {len(desired.files)} files."
            )
    return code


def _online(options: Options) -> tuple[Diagnostic, ...]:
    from reconciler.commands.online import access_analyzer

    return access_analyzer(options)


def _json(found: Sequence[Diagnostic], code: int) -> str:
    result = {
        "format_version": "1.0",
        "diagnostics": [each.model_dump(mode="json") for each in found],
        "exit": {"code": code, "reason": "spec.invalid" if code else "ok"},
    }
    return dumps(result)


def _explanation(code: str, options: Options) -> str:
    from reconciler import policy, spec
    from reconciler.aws import online

    known: dict[str, Code] = {each.code: each for each in (*spec.CODES, *policy.CODES, *online.CODES)}
    found = known.get(code.upper())
    if found is None:
        import difflib

        near = difflib.get_close_matches(code.upper(), known, 3, 0.5)
        raise UsageError(
            f"there is no code {code}", help=f"did you mean {' or '.join(near)}?" if near else "see docs/diagnostics.md"
        )
    if options.output == "json":
        return dumps(found.model_dump(mode="json"))
    lines = [f"{found.code} ({found.severity}): {found.title}", "", found.explanation]
    if found.example:
        lines += ["", "For example:", "", *(f"    {line}" for line in found.example.rstrip().splitlines())]
    return "\n".join(lines) + "\n"
