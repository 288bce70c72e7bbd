"""Writes the documentation that is derived from the code, and the data taken from botocore.

python scripts/generate.py            writes them
python scripts/generate.py --check    fails, naming them, when one is out of date
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from reconciler import policy
from reconciler.commands.formats import FORMATS, OUTPUTS
from reconciler.model.policy_types import POLICY_TYPES
from reconciler.policy.lint.organization import SWITCHES
from reconciler.use_cases import schemas
from reconciler.use_cases.role_policy import Role, role_policy
from reconciler.use_cases.validate import all_codes

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.commands_page import WRITTEN, commands_page  # noqa: E402  # a script's own directory is not the project's
from scripts.coverage_page import coverage_page  # noqa: E402
from scripts.regions_module import regions_module  # noqa: E402
from scripts.reusable_workflows import reusable_workflows  # noqa: E402

SCHEMAS = {
    "org.schema.json": "spec",
    **{f"docs/schemas/{each.name}.schema.json": each.name for each in schemas.LISTED if each.name != "spec"},
}


def _iam() -> Iterator[tuple[str, str]]:
    """What `reconciler permissions` prints for each role."""
    for role in get_args(Role):
        yield f"docs/iam/{role}-permissions.json", json.dumps(role_policy(role).document(), indent=2) + "\n"


def _schemas() -> Iterator[tuple[str, str]]:
    """What `reconciler schema` prints."""
    for path, what in SCHEMAS.items():
        yield path, json.dumps(schemas.schema(what), indent=2, ensure_ascii=False) + "\n"


def _diagnostics() -> Iterator[tuple[str, str]]:
    """The texts of `reconciler validate --explain`, on one page."""
    about = (
        "Every code that `reconciler validate` can report, and those of the warnings of a plan. The codes are stable."
    )
    parts = [f"# Diagnostics\n\n{WRITTEN}\n\n{about}"]
    for each in all_codes():
        parts.append(f"## {each.code}: {each.title}\n\n*{each.severity.capitalize()}.* {each.explanation}")
        if each.example:
            parts.append(f"```yaml\n{each.example.rstrip()}\n```")
    yield "docs/diagnostics.md", "\n\n".join(parts) + "\n"


def _findings() -> Iterator[tuple[str, str]]:
    """What looks wrong about an organization as a whole."""
    lines = [
        "# Findings about the organization",
        "",
        WRITTEN,
        "",
        "`reconciler validate` looks at the organization as the spec declares it, `reconciler plan` as it will be, "
        "live resources that are not declared included. What was not read is unknown, and is never a finding. A code "
        "that begins with `W` is a warning; one with `I` is advice: `validate` shows it in full, a plan only how much "
        "there is (`--verbose` lists it), and `--strict` never fails on it. Findings about documents are in "
        "[diagnostics.md](diagnostics.md).",
        "",
        "A finding that is intended is switched off in the spec:",
        "",
        "```yaml",
        "findings: {I605: false} # OUs wait for their accounts",
        "```",
        "",
        "| code | severity | finding | |",
        "|---|---|---|---|",
    ]
    listed = {each.code: each for each in policy.CODES}
    for each in map(listed.__getitem__, SWITCHES):
        severity = "advice" if each.severity == "info" else each.severity
        lines.append(f"| {each.code} | {severity} | {each.title} | {each.explanation} |")
    yield "docs/findings.md", "\n".join(lines) + "\n"


def _policy_types() -> Iterator[tuple[str, str]]:
    """The table of policy types, with the quotas that a spec can override."""
    lines = [
        "# Policy types",
        "",
        WRITTEN,
        "",
        "Quotas are the defaults of AWS; `organization.quotas` overrides them. A `-` is not published.",
        "",
        "| `type` | API name | characters | attached to one node | attached everywhere by AWS |",
        "|---|---|---:|---:|---|",
    ]
    for row in POLICY_TYPES:
        least = f"{row.min_attached} to " if row.min_attached else ""
        cells = [
            f"`{row.short}`",
            f"`{row.api}`",
            f"{row.max_characters:,}" if row.max_characters else "-",
            f"{least}{row.max_attached}" if row.max_attached else "-",
            f"`{row.default}`" if row.default else "",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    yield "docs/policy-types.md", "\n".join(lines) + "\n"


def _formats() -> Iterator[tuple[str, str]]:
    """The table of commands and formats in docs/output.md."""
    lines = [
        f"| | {' | '.join(f'`{each}`' for each in OUTPUTS)} |",
        f"|---{'|:---:' * len(OUTPUTS)}|",
        *(
            f"| `{command}` | {' | '.join('yes' if each in formats else '' for each in OUTPUTS)} |"
            for command, formats in FORMATS.items()
        ),
    ]
    begin, end = "<!-- formats -->\n", "<!-- /formats -->"
    before, _, rest = (ROOT / "docs/output.md").read_text("utf-8").partition(begin)
    yield "docs/output.md", f"{before}{begin}\n{chr(10).join(lines)}\n\n{end}{rest.partition(end)[2]}"


def generated() -> dict[str, str]:
    """Every generated file: its text by its path."""
    pages = {
        "docs/commands.md": commands_page(),
        "docs/coverage.md": coverage_page(),
        "reconciler/model/region_data.py": regions_module(),
    }
    return {
        **dict(_iam()),
        **dict(_schemas()),
        **dict(_diagnostics()),
        **dict(_findings()),
        **dict(_policy_types()),
        **dict(_formats()),
        **dict(reusable_workflows()),
        **pages,
    }


def main(arguments: list[str]) -> int:
    stale = [
        (path, text)
        for path, text in generated().items()
        if not (ROOT / path).is_file() or (ROOT / path).read_text("utf-8") != text
    ]
    if "--check" in arguments:
        for path, _ in stale:
            print(f"{path} is out of date: run `make docs`", file=sys.stderr)
        return 1 if stale else 0
    for path, text in stale:
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, "utf-8")
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
