"""Access by IAM Identity Center through the command line: in plan, drift and impact, and explained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from reconciler.render import text
from reconciler.use_cases.account_access import declared_access
from reconciler.use_cases.load_spec import load_spec
from reconciler.use_cases.schemas import schema
from tests.e2e.conftest import Program
from tests.identity_center import Held, live, permission_set

SPEC = """\
version: 1
organization: {id: o-abcdefghij, management_account_id: "111111111111", policy_types: [scp]}
policies:
  no-s3-delete:
    type: scp
    content:
      Version: "2012-10-17"
      Statement:
        - Sid: NoDelete
          Effect: Deny
          Action: "s3:Delete*"
          Resource: "*"
          Condition: {ArnNotLike: {"aws:PrincipalArn": "arn:aws:iam::*:role/aws-reserved/*/AWSReservedSSO_Admin_*"}}
root:
  policies: [no-s3-delete]
  accounts:
    management: {id: "111111111111", email: management@example.com}
  organizational_units:
    Workloads:
      accounts:
        blog: {id: "222222222222", email: blog@example.com}
        shop: {id: "333333333333", email: shop@example.com}
    Sandbox:
      accounts:
        lab: {id: "444444444444", email: lab@example.com}
identity_center:
  region: eu-west-1
  permission_sets:
    Admin: {managed: [AdministratorAccess]}
    Deploy:
      session: 4h
      managed: []
      customer_managed: []
      boundary: none
      inline:
        content:
          Version: "2012-10-17"
          Statement:
            - {Sid: Own, Effect: Allow, Action: "s3:*", Resource: "*"}
            - {Sid: Never, Effect: Deny, Action: "s3:PutBucketPolicy", Resource: "*"}
  assignments:
    - {permission_set: Admin, groups: [Platform], to: ["ou:/**"], except: ["account:management"]}
    - {permission_set: Deploy, groups: [Ops], users: [anna@example.com], to: ["ou:Workloads"]}
"""
IDS = {"management": "111111111111", "blog": "222222222222", "shop": "333333333333", "lab": "444444444444"}
PLACES = {"management": "/", "blog": "Workloads", "shop": "Workloads", "lab": "Sandbox"}
INLINE = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "Own", "Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Sid": "Never", "Effect": "Deny", "Action": "s3:PutBucketPolicy", "Resource": "*"},
    ],
}
HELD: tuple[Held, ...] = (
    *(("Admin", "group:Platform", each) for each in ("blog", "shop", "lab")),
    *(("Deploy", each, account) for each in ("group:Ops", "user:anna@example.com") for account in ("blog", "shop")),
)
BY_PRINCIPAL = (
    "assignments/by_principal", "groups", "groups/Ops", "groups/Platform", "identity_center",
    "identity_center/eu-west-1", "permission_sets", "users", "users/anna@example.com",
)  # fmt: skip


@pytest.fixture
def program(program: Program) -> Program:
    Path("org.yaml").write_text(SPEC)
    return program


def snapshot(
    held: tuple[Held, ...] = HELD,
    places: Mapping[str, str] = PLACES,
    *,
    parts: tuple[str, ...] | None = None,
    admin: tuple[str, ...] = ("AdministratorAccess",),
    session: str = "PT4H",
) -> str:
    """A file with the live organization: as the spec declares it, unless another thing is given."""
    sets = [permission_set("Admin", managed=admin), permission_set("Deploy", session=session, inline=INLINE)]
    found = live(places, held, ids=IDS, sets=sets, parts=parts, principals={each[1] for each in HELD})
    Path("live.json").write_text(json.dumps(found.model_dump(mode="json")))
    return "live.json"


def with_text(old: str, new: str) -> None:
    """Changes the spec."""
    written = Path("org.yaml").read_text()
    assert old in written
    Path("org.yaml").write_text(written.replace(old, new))


def impact(program: Program, file: str) -> dict[str, Any]:
    ran = program("impact", "--snapshot", file, "--output", "json")
    assert ran.code == 0, ran.err
    return ran.json


class TestImpact:
    def test_a_moved_account_names_who_gains_and_loses(self, program: Program) -> None:
        file = snapshot(places={**PLACES, "lab": "Workloads"}, held=(*HELD, ("Deploy", "group:Ops", "lab")))
        found = impact(program, file)
        assert found["access"] == [
            {
                "principal": "group:Ops", "permission_set": "permission_set:Deploy", "effect": "loses",
                "accounts": ["account:lab"], "text": "group Ops loses Deploy in lab (moved from Workloads to Sandbox)",
            },
        ]  # fmt: skip
        assert found["coverage"] == "by_pair"

    def test_accounts_are_grouped_by_ou(self, program: Program) -> None:
        made = program("impact", "--snapshot", snapshot(held=HELD[:3])).out
        assert "  + group Ops gains Deploy in 2 accounts of Workloads\n" in made
        assert "  + user anna@example.com gains Deploy in 2 accounts of Workloads\n" in made

    def test_a_closed_account(self, program: Program) -> None:
        with_text("email: lab@example.com}", "email: lab@example.com, state: closed}")
        assert "group Platform loses Admin in lab (closed)" in program("impact", "--snapshot", snapshot()).out

    def test_a_changed_permission_set(self, program: Program) -> None:
        made = program("impact", "--snapshot", snapshot(session="PT1H")).out
        assert "~ Deploy changes for group Ops in 2 accounts of Workloads (session duration)" in made

    def test_markdown(self, program: Program) -> None:
        made = program("impact", "--snapshot", snapshot(held=HELD[:3]), "--output", "markdown").out
        assert "- `+` group Ops gains Deploy in 2 accounts of Workloads\n" in made

    def test_a_plan_has_it_in_every_format(self, program: Program) -> None:
        file = snapshot(held=HELD[3:], parts=BY_PRINCIPAL)
        line = "group Platform gains Admin in 2 accounts of Workloads and lab"
        note = "those of principals that were not asked about are not known"
        assert line in program("plan", "--snapshot", file).out
        assert note in program("plan", "--snapshot", file).out
        made = program("plan", "--snapshot", file, "--output", "markdown").out
        assert f"- `+` {line}" in made
        assert note in made
        plan = program("plan", "--snapshot", file, "--output", "json").json
        assert [each["text"] for each in plan["access"]] == [line]
        jsonschema.validate(plan, schema("plan"))

    @pytest.mark.parametrize(
        ("command", "parts", "coverage"),
        [
            ("plan", None, "by_pair"),
            ("drift", None, "by_pair"),
            ("impact", None, "by_pair"),
            ("plan", BY_PRINCIPAL, "by_principal"),
            ("impact", BY_PRINCIPAL, "by_principal"),
        ],
    )
    def test_how_assignments_were_read_is_told(
        self, program: Program, command: str, parts: tuple[str, ...] | None, coverage: str
    ) -> None:
        file = snapshot(parts=parts)
        assert program(command, "--snapshot", file, "--output", "json").json["coverage"] == coverage
        told = "Assignments were read by principal" in program(command, "--snapshot", file).out
        assert told == (coverage == "by_principal")

    @pytest.mark.parametrize("command", ["plan", "drift", "impact"])
    def test_a_spec_without_assignments_says_nothing(self, program: Program, command: str) -> None:
        Path("org.yaml").write_text(SPEC.partition("identity_center:")[0])
        found = program(command, "--snapshot", snapshot(parts=BY_PRINCIPAL), "--output", "json").json
        assert {"access", "coverage"}.isdisjoint(found)
        assert "Assignments were read" not in program(command, "--snapshot", "live.json").out

    def test_a_saved_plan_keeps_it(self, program: Program) -> None:
        file = snapshot(held=HELD[3:])
        assert program("plan", "--snapshot", file, "--save", "plan.json").code == 0
        saved = json.loads(Path("plan.json").read_text())
        assert (saved["coverage"], len(saved["access"])) == ("by_pair", 1)


class TestWho:
    def test_by_the_spec(self, program: Program) -> None:
        assert program("explain", "shop", "--who").out == (
            "Who can enter shop (333333333333), by the spec\n"
            "\n"
            "PRINCIPAL              PERMISSION SET  DECLARED\n"
            "group Ops              Deploy          org.yaml:43\n"
            "group Platform         Admin           org.yaml:42\n"
            "user anna@example.com  Deploy          org.yaml:43\n"
        )

    def test_json(self, program: Program) -> None:
        found = program("explain", "lab", "--who", "--output", "json").json
        assert found == {
            "account": "account:lab", "id": "444444444444", "side": "spec", "managed": True,
            "access": [{
                "principal": "group:Platform", "permission_set": "permission_set:Admin", "declared": True,
                "file": "org.yaml", "line": 42,
            }],
        }  # fmt: skip
        jsonschema.validate(found, schema("access"))

    def test_live_shows_what_is_not_declared(self, program: Program) -> None:
        file = snapshot(held=(*HELD, ("Deploy", "group:Ops", "lab")))
        found = program("explain", "lab", "--who", "--snapshot", file, "--output", "json").json
        assert found["coverage"] == "by_pair"
        assert [(each["principal"], each["declared"], each["line"]) for each in found["access"]] == [
            ("group:Ops", False, None),
            ("group:Platform", True, 42),
        ]
        jsonschema.validate(found, schema("access"))
        assert "group Ops       Deploy          not declared\n" in program(
            "explain", "lab", "--who", "--snapshot", file
        ).out  # fmt: skip

    def test_without_a_spec(self, program: Program) -> None:
        file = snapshot()
        Path("org.yaml").unlink()
        found = program("explain", "444444444444", "--who", "--snapshot", file, "--output", "json").json
        assert (found["account"], found["managed"], len(found["access"])) == ("account:444444444444", False, 1)

    def test_nobody(self, program: Program) -> None:
        assert "The spec gives nobody access to it." in program("explain", "management", "--who").out
        live_text = program("explain", "management", "--who", "--snapshot", snapshot()).out
        assert "Nobody has a permission set in it." in live_text

    def test_a_spec_without_assignments_says_so(self, program: Program) -> None:
        Path("org.yaml").write_text(SPEC.partition("identity_center:")[0])
        assert "The spec declares no assignments: use --live" in program("explain", "shop", "--who").out

    def test_markdown(self, program: Program) -> None:
        made = program("explain", "lab", "--who", "--output", "markdown").out
        assert "| `group Platform` | `Admin` | `org.yaml:42` |" in made

    def test_a_pipe_gets_every_name_in_full(self, program: Program) -> None:
        with_text("anna@example.com", f"{'a' * 90}@example.com")
        assert f"user {'a' * 90}@example.com" in program("explain", "shop", "--who").out

    def test_no_line_is_wider_than_a_terminal(self, program: Program) -> None:
        with_text("anna@example.com", f"{'a' * 90}@example.com")
        found = declared_access(load_spec(Path("org.yaml")), "shop")
        lines = text.access(found, width=80, color=False).splitlines()
        assert max(map(len, lines)) == 80
        assert any("Deploy" in each and "org.yaml:43" in each for each in lines)

    @pytest.mark.parametrize(
        "more",
        [
            ["s3:GetObject"],
            ["--permission-set", "Admin"],
            ["--principal", "root"],
            ["--plan", "plan.json"],
            ["--type", "tag"],
            ["--closed-context"],
            ["--context", "a=b"],
            ["--requests", "many.jsonl"],
        ],
    )
    def test_it_is_about_an_account_alone(self, program: Program, more: list[str]) -> None:
        ran = program("explain", "shop", *more, "--who")
        assert ran.code == 64
        assert "--who is about an account alone" in ran.err

    def test_it_needs_an_account_that_there_is(self, program: Program) -> None:
        assert program("explain", "--who").code == 64
        assert "did you mean shop?" in program("explain", "shp", "--who").err


class TestPermissionSet:
    def ask(self, program: Program, action: str, *more: str, of: str = "Deploy") -> dict[str, Any]:
        ran = program("explain", "shop", action, "--permission-set", of, "--output", "json", *more)
        assert ran.code == 0, ran.err
        return ran.json

    def test_it_has_to_allow(self, program: Program) -> None:
        found = self.ask(program, "ec2:RunInstances")
        assert (found["decision"], found["missing_allow_at"]) == ("denied", ["permission_set:Deploy"])
        assert self.ask(program, "s3:GetObject")["decision"] == "allowed"

    def test_its_deny_is_named_with_the_line_of_the_set(self, program: Program) -> None:
        assert self.ask(program, "s3:PutBucketPolicy")["blocked_by"] == {
            "policy": "inline policy", "statement": "Never", "level": "permission_set:Deploy",
            "file": "org.yaml", "line": 30,
        }  # fmt: skip

    def test_an_scp_denies_what_it_allows_unless_its_role_is_exempt(self, program: Program) -> None:
        found = self.ask(program, "s3:DeleteObject")
        assert (found["decision"], found["blocked_by"]["policy"]) == ("denied", "no-s3-delete")
        assert self.ask(program, "s3:DeleteObject", of="Admin")["decision"] == "allowed"

    def test_text(self, program: Program) -> None:
        found = program("explain", "shop", "ec2:RunInstances", "--permission-set", "Deploy").out
        assert "No policy of permission_set:Deploy allows it. It has: inline policy." in found
        found = program("explain", "shop", "s3:GetObject", "--permission-set", "Deploy").out
        assert "Every level allows it and no policy denies it.\n" in found

    def test_markdown(self, program: Program) -> None:
        args = ("explain", "shop", "s3:GetObject", "--permission-set", "Deploy", "--output", "markdown")
        assert "| `permission_set:Deploy` |  |  | `inline policy` | passes |" in program(*args).out

    def test_parts_that_the_spec_does_not_manage_are_named(self, program: Program) -> None:
        found = self.ask(program, "s3:GetObject", of="Admin")
        assert "permission_set/inline" in found["not_managed"]
        made = program("explain", "shop", "s3:GetObject", "--permission-set", "Admin").out
        assert "inline policy of the permission set" in " ".join(made.split())

    def test_what_is_not_known_makes_the_answer_unknown(self, program: Program) -> None:
        file = snapshot(admin=("ReadOnlyAccess",))
        found = self.ask(program, "s3:GetObject", "--snapshot", file, of="Admin")
        assert found["decision"] == "unknown"
        (unknown,) = found["unknown"]
        assert (unknown["kind"], unknown["addresses"]) == ("identity_policy", ["permission_set:Admin"])
        args = ("explain", "shop", "s3:GetObject", "--permission-set", "Admin", "--snapshot", file)
        assert "Not known: the identity policies at permission_set:Admin were not read" in program(*args).out

    def test_a_warning_where_nobody_has_it(self, program: Program) -> None:
        ran = program("explain", "lab", "s3:GetObject", "--permission-set", "Deploy")
        assert "Warning: nobody has the permission set Deploy in account:lab" in ran.out

    def test_a_snapshot_without_permission_sets_is_refused(self, program: Program) -> None:
        file = snapshot(parts=("trusted_access",))
        ran = program("explain", "shop", "s3:GetObject", "--permission-set", "Admin", "--snapshot", file)
        assert ran.code == 1
        assert "the snapshot does not have permission_sets" in ran.err

    def test_a_wrong_name(self, program: Program) -> None:
        ran = program("explain", "shop", "s3:GetObject", "--permission-set", "Deplo")
        assert ran.code == 64
        assert "did you mean Deploy?" in ran.err

    @pytest.mark.parametrize(
        "more",
        [["--principal", "root"], ["--plan", "p.json"], ["--online"], ["--requests", "r"], ["--identity-policy", "i"]],
    )
    def test_it_says_who_calls(self, program: Program, more: list[str]) -> None:
        ran = program("explain", "shop", "s3:GetObject", "--permission-set", "Admin", *more)
        assert ran.code == 64
        assert "--permission-set" in ran.err
