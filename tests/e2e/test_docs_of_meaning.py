"""The consoles in docs/explain.md, docs/impact.md, docs/policy-tests.md and docs/effective.md show what is printed.

A page begins with the sample organization, applied to a mock where it asks one; hidden comments edit a file on the way,
say which exit code is expected, or which part of an output is shown. Written anew with RECONCILER_GOLDEN=write.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import run

PROJECT = Path(__file__).parents[2]
PAGES = ("explain.md", "impact.md", "policy-tests.md", "effective.md")
PARTS = re.compile(
    r"<!-- edit (?P<file>\S+): (?P<old>.*?) => (?P<new>.*?) -->"
    r"|(?:<!-- (?:exit: (?P<code>\d+)|only: (?P<only>[^\n]*)) -->\n)?```console\n(?P<console>.*?)```",
    re.S,
)


def recorded(source: str, name: str, region: str, account: str, role: str) -> dict[str, Any]:
    """A call as CloudTrail records it."""
    issuer = {"arn": f"arn:aws:iam::{account}:role/{role}"}
    identity = {"type": "AssumedRole", "accountId": account, "sessionContext": {"sessionIssuer": issuer}}
    call = {"eventSource": f"{source}.amazonaws.com", "eventName": name, "awsRegion": region}
    return {**call, "recipientAccountId": account, "userIdentity": identity}


SHOP_DEV, DATA_PROD = "299024452298", "951927038166"
RECORDS = [
    *[recorded("ec2", "DescribeInstances", "eu-central-1", SHOP_DEV, "app")] * 3,
    recorded("sqs", "SendMessageBatch", "eu-central-1", DATA_PROD, "etl"),
    recorded("sqs", "SendMessageBatch", "eu-west-1", DATA_PROD, "etl"),
    recorded("glue", "SearchAssets", "eu-central-1", DATA_PROD, "etl"),
]
"""The trail of docs/impact.md."""


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample organization in a directory of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("NO_COLOR", "FORCE_COLOR", "RECONCILER_SPEC"):
        monkeypatch.delenv(name, raising=False)
    shutil.copy(PROJECT / "org.yaml", tmp_path)
    shutil.copytree(PROJECT / "policies", tmp_path / "policies")
    (tmp_path / "trail.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in RECORDS))


def printed(line: str) -> tuple[int, str]:
    """The exit code of a command line, and all that a person sees of it."""
    seen = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with contextlib.redirect_stdout(seen), contextlib.redirect_stderr(seen):
        code = run(shlex.split(line))
    seen.seek(0)
    return code, seen.read()


def console(part: re.Match[str]) -> str:
    """The console as it is now."""
    lines = [line for line in part["console"].splitlines() if line.startswith("$ reconciler ")]
    assert lines
    shown = []
    for line in lines:
        code, text = printed(line.removeprefix("$ reconciler "))
        refused = "--assert" in line and code == 4
        failing = line == "$ reconciler validate" and code == 3
        assert refused or failing or code == int(part["code"] or 0), (line, text)
        shown.append(f"{line}\n{only(text, part['only'])}")
    head = part[0].partition("```console\n")[0]
    return f"{head}```console\n{''.join(shown)}```"


def only(text: str, first_line: str | None) -> str:
    """The paragraph that begins with a line, all of the text without one."""
    if first_line is None:
        return text if not text or text.endswith("\n") else f"{text}\n"
    return next(f"{each}\n" for each in text.split("\n\n") if each.startswith(first_line))


def as_it_is(part: re.Match[str]) -> str:
    if part["console"] is not None:
        return console(part)
    file, old = Path(part["file"]), part["old"]
    text = file.read_text("utf-8")
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, part["new"].replace("\\n", "\n")), "utf-8")
    return part[0]


@pytest.mark.usefixtures("sample")
@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_what_is_printed(name: str) -> None:
    page = PROJECT / "docs" / name
    written = page.read_text("utf-8")
    if "--mock" in written:
        assert printed("apply --mock --auto-approve --quiet")[0] == 0
    current = PARTS.sub(as_it_is, written)
    if os.environ.get("RECONCILER_GOLDEN") == "write":
        page.write_text(current, "utf-8")
    assert page.read_text("utf-8") == current


@pytest.mark.parametrize("name", PAGES)
def test_a_page_links_to_what_there_is(name: str) -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", (PROJECT / "docs" / name).read_text("utf-8")):
        assert (PROJECT / "docs" / link).exists(), link
