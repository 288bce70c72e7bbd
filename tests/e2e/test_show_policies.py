"""`show policies` through the command line: of the spec and live, in every format, to a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import Program

PROJECT = Path(__file__).parents[2]


def test_the_policies_of_the_spec(program: Program) -> None:
    ran = program("show", "policies", "--output", "json")
    assert ran.code == 0
    leaving, tag = ran.json["policies"]
    assert (leaving["key"], leaving["type"], leaving["purpose"]) == ("deny-leaving", "scp", "Accounts cannot leave")
    assert leaving["anchors"] == ["deny-leaving"]
    assert leaving["accounts"] == ["sandbox-a", "shop-prod"]
    assert leaving["units"] == ["Sandbox", "Workloads", "Workloads/Production"]
    assert leaving["source"] == {"file": "org.yaml", "line": 3, "column": 3}
    (statement,) = leaving["statements"]
    assert (statement["name"], statement["actions"]) == ("DenyLeaving", ["organizations:LeaveOrganization"])
    assert statement["source"]["line"] == 8
    assert (tag["type"], tag["settings"]) == ("tag", [{"path": "tags.team.tag_key", "values": ["team"]}])


@pytest.mark.parametrize(
    ("output", "begins", "has"),
    [
        ("text", "SCP deny-leaving org.yaml:3\n", "in force for 3 OUs and 2 accounts; attached to the root"),
        ("markdown", "# Guardrails\n", '<a id="deny-leaving"></a>'),
        ("html", "<!doctype html>\n", '<article id="deny-leaving">'),
        ("json", "{\n", '"format_version": "1.0"'),
    ],
)
def test_formats_on_stdout_and_in_a_file(program: Program, output: str, begins: str, has: str) -> None:
    ran = program("show", "policies", "--output", output)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(begins)
    assert has in ran.out
    assert program("show", "policies", "--output", output, "--out", "written").out == ""
    assert Path("written").read_text() == ran.out


def test_live_policies_have_the_ids_that_error_messages_name(program: Program) -> None:
    assert program("apply", "--mock", "--auto-approve").code == 0
    found = program("show", "policies", "--mock", "--output", "json").json
    assert found["organization"].startswith("o-")
    for each in found["policies"]:
        assert each["id"].startswith("p-")
        assert each["anchors"] == [each["key"], each["id"]]
    assert [each["key"] for each in found["policies"]] == ["deny-leaving", "team-tag"]
    assert found["policies"][0]["accounts"] == ["sandbox-a", "shop-prod"], "not the management account"
    page = program("show", "policies", "--mock", "--output", "html").out
    assert f'<a id="{found["policies"][0]["id"]}"></a>' in page


def test_an_own_quota_counts(program: Program) -> None:
    spec = Path("org.yaml").read_text()
    Path("org.yaml").write_text(f"{spec}organization: {{quotas: {{scp: {{characters: 20480}}}}}}\n")
    found = program("show", "policies", "--output", "json").json
    assert found["policies"][0]["max_size"] == 20_480


def test_the_page_of_the_shipped_library(program: Program) -> None:
    found = program("show", "policies", "--spec", str(PROJECT / "org.yaml"), "--output", "json").json["policies"]
    by_key = {each["key"]: each for each in found}
    assert len(by_key) == 31
    guardduty = by_key["protect-guardduty"]["statements"][0]
    assert guardduty["exempt"] == ["role org/break-glass", "role org/security-automation of account security-tooling"]
    perimeter = by_key["organization-identities"]["statements"][0]
    assert perimeter["exempt"][1:] == ["aws:PrincipalOrgID is this organization", "AWS services"]
    assert "⟨" not in json.dumps(found, ensure_ascii=False)
    assert all(each["attached_to"] and each["purpose"] for each in found)


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["show", "polices"], 64),
        (["show", "--output", "html"], 0),
        (["show", "policies", "--output", "xml"], 64),
        (["show", "policies", "--snapshot", "missing.json"], 1),
        (["show", "policies", "--spec", "missing.yaml"], 3),
        (["show", "organization"], 0),
        (["show"], 0),
    ],
)
def test_exit_codes(program: Program, args: list[str], code: int) -> None:
    assert program(*args).code == code
