"""Writes the documentation that is derived from the code, and the data taken from botocore.

python scripts/generate.py            writes them
python scripts/generate.py --check    fails, naming them, when one is out of date
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from reconciler import policy, spec
from reconciler.aws import online
from reconciler.aws.operations import OPERATIONS
from reconciler.aws.services import permission
from reconciler.model.policy_types import POLICY_TYPES
from reconciler.use_cases import schemas

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.commands_page import commands_page  # noqa: E402  # a script's own directory is not the project's
from scripts.regions_module import regions_module  # noqa: E402

CLOSING = frozenset({"CloseAccount", "RemoveAccountFromOrganization"})
SCHEMAS = {
    "org.schema.json": "spec",
    "docs/schemas/plan.schema.json": "plan",
    "docs/schemas/drift.schema.json": "drift",
    "docs/schemas/report.schema.json": "report",
    "docs/schemas/snapshot.schema.json": "snapshot",
}
WRITTEN = "<!-- Written by `make docs` from the code; do not edit. -->"


def _actions(operations: Collection[str]) -> list[str]:
    """The IAM actions of operations. `sts:GetCallerIdentity` is left out: it needs no permission."""
    return sorted(permission(name) for name in operations if not name.startswith("sts:"))


def _policy(*statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2) + "\n"


def _iam() -> Iterator[tuple[str, str]]:
    """The permissions of the three roles, and of the checks against AWS, from the table of operations."""
    reads = _actions([name for name, row in OPERATIONS.items() if not row.writes and not row.online])
    questions = _actions([name for name, row in OPERATIONS.items() if row.online])
    writes = _actions([name for name, row in OPERATIONS.items() if row.writes and name not in CLOSING])
    read = {"Sid": "Read", "Effect": "Allow", "Action": reads, "Resource": "*"}
    nothing_else = {"Sid": "DenyAllButReading", "Effect": "Deny", "NotAction": reads, "Resource": "*"}
    write = {"Sid": "Write", "Effect": "Allow", "Action": writes, "Resource": "*"}
    close = {"Sid": "Close", "Effect": "Allow", "Action": _actions(CLOSING), "Resource": "*"}
    ask = {"Sid": "Ask", "Effect": "Allow", "Action": questions, "Resource": "*"}
    yield "docs/iam/plan-permissions.json", _policy(read, nothing_else)
    yield "docs/iam/apply-permissions.json", _policy(read, write)
    yield "docs/iam/close-permissions.json", _policy(read, write, close)
    yield "docs/iam/online-permissions.json", _policy(ask)


def _schemas() -> Iterator[tuple[str, str]]:
    """What `reconciler schema` prints."""
    for path, what in SCHEMAS.items():
        yield path, json.dumps(schemas.schema(what), indent=2, ensure_ascii=False) + "\n"


def _diagnostics() -> Iterator[tuple[str, str]]:
    """The texts of `reconciler validate --explain`, on one page."""
    parts = [f"# Diagnostics\n\n{WRITTEN}\n\nEvery code that `reconciler validate` can report. The codes are stable."]
    for each in sorted((*spec.CODES, *policy.CODES, *online.CODES), key=lambda code: code.code):
        parts.append(f"## {each.code}: {each.title}\n\n*{each.severity.capitalize()}.* {each.explanation}")
        if each.example:
            parts.append(f"```yaml\n{each.example.rstrip()}\n```")
    yield "docs/diagnostics.md", "\n\n".join(parts) + "\n"


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


def generated() -> dict[str, str]:
    """Every generated file: its text by its path."""
    pages = {"docs/commands.md": commands_page(), "reconciler/model/region_data.py": regions_module()}
    return {**dict(_iam()), **dict(_schemas()), **dict(_diagnostics()), **dict(_policy_types()), **pages}


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
