"""`reconciler validate`: the spec alone, offline, and by IAM Access Analyzer where that is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.commands.options import Options
from reconciler.commands.running import aws_api, command, show_diagnostics
from reconciler.commands.strictness import strict_exit
from reconciler.render import json

if TYPE_CHECKING:
    from reconciler.model.diagnostic import Code
    from reconciler.use_cases.validate import Validation


@click.option("--online", is_flag=True, help="Ask IAM Access Analyzer about each SCP and RCP too (credentials).")
@click.option("--explain", metavar="CODE", default=None, help="Explain a diagnostic code.")
@command("Check the spec alone: schema, references, quotas, policy documents.")
def validate(options: Options, explain: str | None, online: bool) -> int:
    from reconciler.use_cases import validate as use_case

    if explain is not None:
        code = use_case.explain_code(explain)
        options.show(json.dumps(code) if options.output == "json" else _explained(code))
        return 0
    found = use_case.validate(options.spec, (lambda: aws_api(options)) if online else None)
    exit = strict_exit(options, found.findings.diagnostics, None, found.exit)
    if options.output == "json":
        options.write(json.result(found.findings, exit))
    elif options.output == "markdown":
        from reconciler.render import markdown

        options.write(markdown.diagnostics(found.findings.diagnostics))
    else:
        _show(found, options)
    return exit.code


def _show(found: Validation, options: Options) -> None:
    if found.findings.diagnostics:
        show_diagnostics(found.findings.diagnostics, options)
    if found.exit.code == 0 and not options.quiet:
        options.write(
            f"{options.spec} is valid: {found.organizational_units} OUs, {found.accounts} accounts, "
            f"{found.policies} policies in {found.files} files."
        )


def _explained(code: Code) -> str:
    lines = [f"{code.code} ({code.severity}): {code.title}", "", code.explanation]
    if code.example:
        lines += ["", "For example:", "", *(f"    {line}" for line in code.example.rstrip().splitlines())]
    return "\n".join(lines) + "\n"
