"""`reconciler validate`: the spec alone, offline, and by IAM Access Analyzer where that is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.commands.options import Options
from reconciler.commands.results import RESULT_FORMATS, root_here, written
from reconciler.commands.running import aws_api, command, show_diagnostics, source_line
from reconciler.commands.strictness import strict_exit
from reconciler.errors import UsageError
from reconciler.render import json

if TYPE_CHECKING:
    from reconciler.model.diagnostic import Code
    from reconciler.model.plan import Exit
    from reconciler.use_cases.validate import Validation


@click.option("--online", is_flag=True, help="Ask IAM Access Analyzer about each SCP and RCP too (credentials).")
@click.option("--explain", metavar="CODE", default=None, help="Explain a diagnostic code.")
@command("Check the spec alone: schema, references, quotas, policy documents.")
def validate(options: Options, explain: str | None, online: bool) -> int:
    from reconciler.use_cases import validate as use_case

    if explain is not None:
        if options.output not in ("text", "json") or options.copies:
            raise UsageError("--explain has --output text and json")
        code = use_case.explain_code(explain)
        options.show(json.dumps(code) if options.output == "json" else _explained(code))
        return 0
    found = use_case.validate(options.spec, (lambda: aws_api(options)) if online else None)
    exit = strict_exit(options, found.findings.diagnostics, found.exit)
    if options.output == "text":
        if found.findings.diagnostics:
            show_diagnostics(found.findings.diagnostics, options)
        for each in options.of_copies():
            each.write(_rendered(found, exit, each))
        if found.exit.code == 0 and not options.quiet:
            options.write(_valid(found, options))
    else:
        options.write_all(lambda each: _rendered(found, exit, each))
    return exit.code


def _rendered(found: Validation, exit: Exit, options: Options) -> str:
    """The findings in the format of `--output`."""
    diagnostics = found.findings.diagnostics
    if options.output == "json":
        return json.result(found.findings, exit)
    if options.output == "markdown":
        from reconciler.render import markdown

        return markdown.diagnostics(diagnostics)
    if options.output == "junit":
        from reconciler.render import junit

        return junit.validation(found.files, diagnostics, found.tests, strict=options.strict)
    if options.output in RESULT_FORMATS:
        from reconciler.render.results import of_diagnostics

        return written(options.output, of_diagnostics(diagnostics, root_here()))
    from reconciler.render import text

    shown = text.diagnostics(diagnostics, read_line=source_line, **options.layout()) if diagnostics else ""
    return shown + (_valid(found, options) if found.exit.code == 0 else "")


def _valid(found: Validation, options: Options) -> str:
    return (
        f"{options.spec} is valid: {found.organizational_units} OUs, {found.accounts} accounts, "
        f"{found.policies} policies in {len(found.files)} files."
    )


def _explained(code: Code) -> str:
    lines = [f"{code.code} ({code.severity}): {code.title}", "", code.explanation]
    if code.example:
        lines += ["", "For example:", "", *(f"    {line}" for line in code.example.rstrip().splitlines())]
    return "\n".join(lines) + "\n"
