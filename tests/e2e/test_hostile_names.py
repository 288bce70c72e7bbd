"""Every command in every format, on an organization whose names are as hostile as the service allows."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import pytest

from reconciler.model import address as at
from reconciler.model.base import Json
from reconciler.model.inventory import Inventory, Organization
from reconciler.model.resources import PolicyType, Root
from reconciler.use_cases import files
from tests.e2e.conftest import Program, Ran
from tests.unit.render.more_samples import HOSTILE
from tests.unit.render.samples import account, attachment, policy, unit

NAMES = (
    *HOSTILE,
    "::error file=org.yaml,line=1::taken for an annotation",
    "##[error]taken for an error",
    "##vso[task.complete result=Succeeded]",
    f"{'wrapped ' * 9}::stop-commands::{'x' * 60} ::add-mask::a",
    f"{'x' * 93}::error::cut by force",
)
SPEC = """\
version: 1
organization: {policy_types: [scp]}
unmanaged: {policies: delete, organizational_units: report, accounts: report}
root: {}
"""
FIRST = "111111111111"


def organization() -> Inventory:
    """Every name as an OU, an account, a policy with its description and Sid, a tag; attached to each other."""
    found = [
        Root(address=at.ROOT, id="r-ab12"),
        PolicyType(address=at.policy_type("scp"), type="scp"),
    ]
    for index, name in enumerate(NAMES):
        ou = unit(at.escape(name), name=name, id=f"ou-ab12-{index:08}", tags={name: name})
        document: Json = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": name, "Effect": "Deny", "Action": ["s3:*", f"ec2:{name}"], "Resource": f"arn:{name}",
                    "Condition": {"StringLike": {f"aws:RequestTag/{name}": [name]}},
                },
                {"Sid": f"also {name}", "Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"},
            ],
        }  # fmt: skip
        scp = policy(f"p{index}-{name}", "scp", document, id=f"p-{index:08}", name=f"p{index}-{name}", description=name)
        found += [ou, scp, *(attachment(f"p{index}-{name}", each) for each in (at.ROOT, ou.address))]
        person = account(
            f"key{index}", ou.address, f"{int(FIRST) + index}", name=name, email=f"{name}@example.com", tags={name: "1"}
        )
        found.append(person)
    return Inventory(organization=Organization(id="o-a1b2c3d4e5", management_account_id="999999999999")).with_resources(
        found
    )


@pytest.fixture
def here(program: Program) -> Program:
    Path("org.yaml").write_text(SPEC, "utf-8")
    Path("live.json").write_text(files.snapshot_text(organization()), "utf-8")
    records = [
        {"eventName": name, "eventSource": f"{name}.amazonaws.com", "recipientAccountId": FIRST} for name in NAMES
    ]
    records.append({"eventName": "PutObject", "eventSource": "s3.amazonaws.com", "recipientAccountId": FIRST})
    Path("trail.json").write_text(json.dumps(records), "utf-8")
    return program


LIVE = ("--snapshot", "live.json")
TEXT = {
    "plan": ("plan", *LIVE),
    "plan verbose": ("plan", "-v", *LIVE),
    "drift": ("drift", *LIVE),
    "drift verbose": ("drift", "-v", *LIVE),
    "apply dry run": (
        "apply",
        "--dry-run",
        "-v",
        *LIVE,
        "--allow",
        "emptied=999",
        "--allow",
        "deletes.attachments=999",
    ),
    "show": ("show", *LIVE),
    "show table": ("show", "--format", "table", *LIVE),
    "show mermaid": ("show", "--format", "mermaid", *LIVE),
    "show policies": ("show", "policies", *LIVE),
    "explain": ("explain", f"{FIRST}", "s3:PutObject", *LIVE),
    "impact": ("impact", *LIVE),
    "impact events": ("impact", *LIVE, "--events", "trail.json"),
    "impact assert": ("impact", *LIVE, "--assert", "no-gain"),
    "validate": ("validate",),
    "not a spec": ("validate", "--spec", "live.json"),
    "no such account": ("explain", NAMES[0], "s3:PutObject", *LIVE),
    "no such command": (NAMES[5],),
    "no such option": (f"--{NAMES[13]}",),
    "no such target": ("plan", *LIVE, "--target", NAMES[12]),
}
MARKDOWN = {"plan", "plan verbose", "drift", "apply dry run", "show", "explain", "impact", "impact events",
            "impact assert", "show policies", "not a spec"}  # fmt: skip
JSON = {*MARKDOWN, "validate", "no such account", "no such target", "no such option"}


def ran(program: Program, name: str, *options: str) -> Ran:
    found = program(*TEXT[name], *options)
    assert "this is a bug" not in found.err
    assert found.code in (0, 2, 3, 4, 64), found.err
    return found


def unsafe(text: str) -> set[str]:
    return {char for char in text if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")}


def commands(text: str) -> list[str]:
    """What a build log takes for a command."""
    return [line for line in text.splitlines() if line.strip().startswith("::") or re.search(r"##\w*\[", line)]


@pytest.mark.parametrize("width", ["60", "97", "160"])
@pytest.mark.parametrize("name", TEXT)
def test_text_is_safe_to_print(here: Program, monkeypatch: pytest.MonkeyPatch, name: str, width: str) -> None:
    monkeypatch.setenv("COLUMNS", width)
    found = ran(here, name)
    assert unsafe(found.out + found.err) == set()
    assert commands(found.out) + commands(found.err) == []


@pytest.mark.parametrize("name", sorted(MARKDOWN))
def test_markdown_is_safe_to_print(here: Program, name: str) -> None:
    found = ran(here, name, "--output", "markdown").out
    assert found.lstrip().startswith(("<!-- reconciler:", "```mermaid", "# "))
    assert unsafe(found) == set()
    assert commands(found) == []


@pytest.mark.parametrize("name", sorted(JSON))
def test_json_is_safe_to_print(here: Program, name: str) -> None:
    found = ran(here, name, "--output", "json")
    assert isinstance(json.loads(found.out), dict)
    assert unsafe(found.out + found.err) == set()
    assert commands(found.out) + commands(found.err) == []


@pytest.mark.parametrize("args", [("snapshot",), ("show", "--output", "json")])
def test_json_keeps_every_name(here: Program, args: tuple[str, ...]) -> None:
    found = here(*args, *LIVE)
    assert (unsafe(found.out), commands(found.out)) == (set(), [])
    resources = json.loads(found.out)["resources"]
    assert {each["name"] for each in resources if each["address"].startswith("ou:")} == set(NAMES)


def test_requests_are_answered_in_safe_json(here: Program) -> None:
    Path("asked.jsonl").write_text(json.dumps({"account": FIRST, "action": "s3:PutObject"}))
    found = here("explain", *LIVE, "--requests", "asked.jsonl")
    assert (unsafe(found.out), found.out.count("\n")) == (set(), 1)


@pytest.mark.parametrize("command", ["show policies", "show", "plan", "drift"])
def test_a_page_is_safe_to_print(here: Program, command: str) -> None:
    found = here(*command.split(), *LIVE, "--output", "html").out
    assert found.startswith("<!doctype html>")
    assert commands(found) == []
    assert unsafe(found) == set()


def test_a_saved_plan_is_safe_to_print_and_still_the_plan(here: Program) -> None:
    assert here("plan", *LIVE, "--save", "plan.json").code == 0
    text = Path("plan.json").read_text("utf-8")
    assert (unsafe(text), commands(text)) == (set(), [])
    plan = files.load_plan(Path("plan.json"))
    assert plan.digest == json.loads(text)["digest"]
    assert len(plan.changes) > len(NAMES)
