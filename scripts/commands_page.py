"""The page docs/commands.md, from the commands themselves: the text of `--help`, and what is too long for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from reconciler.cli import COMMANDS, program
from reconciler.commands.options import GLOBAL_OPTIONS

WRITTEN = "<!-- Written by `make docs` from the code; do not edit. -->"

EXIT_CODES = {
    0: "success; for `plan` also with changes, unless `--detailed-exitcode`",
    1: "any other failure: a call failed, the organization could not be read, a file could not be written",
    2: "changes (`plan --detailed-exitcode`) or drift (`drift`)",
    3: "the spec or a policy document is wrong; nothing was called",
    4: "a guard refuses to apply, the spec is for another organization, or `impact --assert` is not proven",
    5: "the saved plan is stale, was modified, is for another organization, or is not the one of `--expect-digest`",
    6: "another apply holds the lock, or the lock was lost",
    7: "applied in part: the report has what was done, what failed and what was skipped",
    8: "no credentials, or a call was denied",
    64: "wrong usage",
    130: "interrupted, after the call in flight was finished",
}

NOTES = {
    "init": "Writes `org.yaml`, three policies, the JSON Schema for editors, a `.gitignore` and the pipeline of a CI "
    "system: four GitHub workflows ([ci.md](ci.md)), or with `--ci` that of [another](ci.md#other-systems). A file "
    "that exists is kept and named.",
    "validate": "Needs no AWS, no network and no credentials, unless `--online` ([online.md](online.md)). Reports "
    "everything at once, with file, line and column; [diagnostics.md](diagnostics.md) has every code. JSON: "
    "`{format_version, diagnostics, exit}`.",
    "plan": "Reads with a client on which no write exists. What it prints is explained in [output.md](output.md). "
    "A guard never hides the plan: it is shown, marked BLOCKED, with the exact option that lets it pass.",
    "apply": "With PLAN it reads again and refuses (exit 5, naming the objects) when anything that the plan relies on "
    "is different; without, it plans, confirms and applies. Without a terminal, `--auto-approve` is required. A "
    "run that was killed or failed is simply run again: with PLAN, or by `--expect-digest` and the plan store, it "
    "continues with what is left of the reviewed plan. What is guaranteed, and against what: "
    "[reliability.md](reliability.md).",
    "drift": "The plan, seen from the live side: what is only live, what is only declared, what differs, and how much "
    "of what is live is declared at all; the most severe differences first. Exit 2 when there is drift. Severity, "
    "`--who`, `--notify`, `--watch` and running it on a schedule: [drift.md](drift.md).",
    "unlock": "See [lock.md](lock.md). A local lock frees itself when its process ends, however it ends.",
    "impact": "Only the effective-permission part of the plan.",
    "explain": "The spec's organization, or the live one with `--live`, `--mock` or a snapshot. SCPs and RCPs only, "
    "unless `--identity-policy` or `--permission-set` brings the principal's own.",
    "show": "`--output markdown` is a Mermaid diagram that GitHub draws; `--output json` the complete inventory.",
    "snapshot": "Everything that reconciler reads, of all enabled policy types, also what no spec declares. "
    "`--snapshot FILE` plans against it without AWS; `--mock-state FILE` makes it the start of a mocked organization.",
    "permissions": "For ROLE `plan` (every command that only reads), `apply`, `close` (apply with `--allow-close`), "
    "`online` or `drift` (with `--who` and `--notify`). Without `--spec` it has what any spec can need ([iam/](iam/) "
    "are these); with it, only the operations that this spec uses, on the resources of its organization. `--region` "
    "names the partition of the ARNs. The lock and the plan store in S3 need their own ([lock.md](lock.md)).",
    "ci": "What the workflows of `init` call ([ci.md](ci.md)). It reads the JSON that other commands saved, and the "
    "variables of a runner of GitHub (`GITHUB_TOKEN`, `GITHUB_REPOSITORY`, `GITHUB_API_URL`, ...). Talking to GitHub "
    "needs the extra `github`: `pip install 'org-reconciler[github]'`.",
    "schema": "`org.schema.json` in an editor gives completion and errors while you type: the first line of the "
    "starter `org.yaml` names it.",
}


def commands_page() -> str:
    """The text of docs/commands.md."""
    parts = [
        "# Commands",
        WRITTEN,
        "The result goes to stdout, progress and diagnostics to stderr. A global option may be before or after the "
        "command. `python -m reconciler` is the same as `reconciler`.",
        _table(("command", "does"), [(f"[`{name}`](#{name})", text) for name, text in COMMANDS.items()]),
        "## Global options",
        _options(GLOBAL_OPTIONS),
        "Credentials come from where every AWS tool has them: environment, profile, SSO, role of the machine.",
        "## Exit codes",
        "They are stable; pipelines may rely on them.",
        _table(("code", "means"), [(str(code), text) for code, text in EXIT_CODES.items()]),
        *(part for name in COMMANDS for part in _command(name)),
    ]
    return "\n\n".join(parts) + "\n"


def _command(name: str) -> Iterator[str]:
    context = click.Context(program, info_name="reconciler")
    command = program.get_command(context, name)
    assert command is not None
    yield f"## {name}"
    yield from _described(command, name, context)
    if isinstance(command, click.Group):
        inner = click.Context(command, info_name=name, parent=context)
        for inside in command.commands.values():
            yield f"### {name} {inside.name}"
            yield from _described(inside, str(inside.name), inner)


def _described(command: click.Command, name: str, context: click.Context) -> Iterator[str]:
    inner = click.Context(command, info_name=name, parent=context)
    yield f"```\n{' '.join(filter(None, [inner.command_path, *command.collect_usage_pieces(inner)]))}\n```"
    yield f"{command.help}"
    shared = {option.name: option.metavar for option in GLOBAL_OPTIONS}
    options = [each for each in command.params if isinstance(each, click.Option)]
    own = [
        each
        for each in options
        if each.name not in shared or (each.name == "output" and each.metavar != shared["output"])
    ]
    if own:
        yield _options(own)
    if context.parent is None and name in NOTES:
        yield NOTES[name]


def _options(options: Sequence[click.Option]) -> str:
    return _table(("option", "meaning"), [(_spelled(each), each.help or "") for each in options])


def _spelled(option: click.Option) -> str:
    """An option as it is typed, with what follows it."""
    value = "" if option.is_flag else f" {option.make_metavar(click.Context(program))}"
    return ", ".join(f"`{name}{value}`" for name in sorted(option.opts, key=len, reverse=True))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
