"""Effective policies on the command line: explained, in the impact of a plan, and checked after an apply."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.errors import ServiceError
from reconciler.mock import MockOrganization, Seed
from reconciler.model.api import Params, Response
from tests.e2e.conftest import Program

SPEC = """\
version: 1
policies:
  red: {type: tag, content: {tags: {cost: {tag_value: {"@@assign": [red]}}}}}
  blue: {type: tag, content: {tags: {cost: {tag_value: {"@@assign": [blue]}}}}}
root:
  policies: [red]
  organizational_units:
    Work:
      policies: POLICIES
      accounts:
        shop: {email: shop@example.com}
"""
ORDER = "tags.cost.tag_value"


@pytest.fixture
def declare(program: Program) -> None:
    write("[]")


def write(policies: str) -> None:
    Path("org.yaml").write_text(SPEC.replace("POLICIES", policies))


def values(program: Program, *args: str) -> dict[str, object]:
    found = program("explain", "shop", "--type", "tag", "--output", "json", *args)
    assert found.code == 0, found.err
    return {".".join(each["path"]): each["value"] for each in found.json["settings"]}


@pytest.mark.usefixtures("declare")
class TestExplain:
    def test_names_the_policy_and_the_level_of_each_setting(self, program: Program) -> None:
        write("[blue]")
        assert program("explain", "shop", "--type", "tag").out == (
            "Effective tag policy of account:shop\n"
            "  tags.cost.tag_key: cost (the default of the service)\n"
            "  tags.cost.tag_value: blue (by blue at ou:Work, @@assign)\n"
        )
        markdown = program("explain", "shop", "--type", "tag", "--output", "markdown").out
        assert "| `tags.cost.tag_value` | blue | `by blue at ou:Work, @@assign` |" in markdown

    def test_of_the_live_organization_and_before_and_after_a_plan(self, program: Program) -> None:
        program("apply", "--mock", "--auto-approve")
        assert values(program, "--mock")[ORDER] == ["red"]
        write("[blue]")
        assert program("plan", "--mock", "--save", "plan.json").code == 0
        found = program("explain", "shop", "--type", "tag", "--mock", "--plan", "plan.json", "--output", "json").json
        sides = [
            next(each["value"] for each in found[side]["settings"] if each["path"][-1] == "tag_value")
            for side in ("before", "after")
        ]
        assert sides == [["red"], ["blue"]]
        program("snapshot", "--mock", "--out", "live.json")
        assert values(program, "--snapshot", "live.json")[ORDER] == ["red"]

    def test_what_the_order_of_attachments_decides_is_not_known_of_what_is_live(self, program: Program) -> None:
        write("[blue, red]")
        assert values(program)[ORDER] == ["blue"]
        program("apply", "--mock", "--auto-approve")
        assert values(program, "--mock")[ORDER] is None
        shown = program("explain", "shop", "--type", "tag", "--mock").out
        assert "tags.cost.tag_value: not known, blue or red" in shown
        assert "whichever was attached first" in shown

    def test_of_a_type_without_one(self, program: Program) -> None:
        assert program("explain", "shop", "--type", "scp").code == 64
        assert program("explain", "shop", "s3:GetObject", "--type", "tag").code == 64
        assert "did you mean backup?" in program("explain", "shop", "--type", "backp").err


@pytest.mark.usefixtures("declare")
def test_the_mock_keeps_the_order_of_attachments_from_one_command_to_the_next(program: Program) -> None:
    write("[red, blue]")
    program("apply", "--mock", "--auto-approve")
    mock = MockOrganization.open(Path(".reconciler") / "mock.json", seed=Seed())
    account = next(each["Id"] for each in mock.call("ListAccounts", {})["Accounts"] if each["Name"] == "shop")
    answer = mock.call("DescribeEffectivePolicy", {"PolicyType": "TAG_POLICY", "TargetId": account})
    document = json.loads(answer["EffectivePolicy"]["PolicyContent"])
    assert document["tags"]["cost"]["tag_value"] == ["red"]


@pytest.mark.usefixtures("declare")
class TestAfterApply:
    def test_one_call_a_changed_type(self, program: Program) -> None:
        program("apply", "--mock", "--auto-approve")
        write("[blue]")
        report = program("apply", "--mock", "--auto-approve", "--output", "json").json
        assert report["calls"]["ListAccountsWithInvalidEffectivePolicy"] == 1
        assert "warnings" not in report

    def test_what_cannot_be_merged_is_a_warning(self, program: Program) -> None:
        required = [f"k{each}: {{report_required_tag_for: {{'@@assign': ['ec2:instance']}}}}" for each in range(51)]
        many = [f"  {name}: {{type: tag, content: {{tags: {{{', '.join(half)}}}}}}}\n"
                for name, half in (("first", required[:26]), ("second", required[26:]))]  # fmt: skip
        spec = SPEC.replace("root:\n", f"{''.join(many)}root:\n", 1)
        Path("org.yaml").write_text(spec.replace("POLICIES", "[first]"))
        program("apply", "--mock", "--auto-approve")
        Path("org.yaml").write_text(Path("org.yaml").read_text().replace("[first]", "[first, second]"))
        found = program("apply", "--mock", "--auto-approve")
        assert found.code == 0
        shown = " ".join(found.out.split())
        assert (
            "! W552 the tag policy documents above shop (51 tag keys are required for ec2:instance, and 50 at most are "
            "allowed) cannot be merged: the last valid effective policy stays in force there"
        ) in shown

    def test_what_may_not_be_read_is_a_note(self, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
        program("apply", "--mock", "--auto-approve")
        answered = MockOrganization.call

        def refusing(self: MockOrganization, operation: str, params: Params) -> Response:
            if operation == "ListAccountsWithInvalidEffectivePolicy":
                raise ServiceError(operation, "AccessDeniedException", "not authorized", status=400)
            return answered(self, operation, params)

        monkeypatch.setattr(MockOrganization, "call", refusing)
        write("[blue]")
        found = program("apply", "--mock", "--auto-approve", "--output", "json")
        assert found.code == 0
        assert [(each["code"], each["severity"]) for each in found.json["warnings"]] == [("I553", "info")]

    def test_nothing_is_read_where_no_declarative_policy_changes(self, program: Program) -> None:
        program("apply", "--mock", "--auto-approve")
        Path("org.yaml").write_text(Path("org.yaml").read_text().replace("    Work:", "    Play: {}\n    Work:"))
        report = program("apply", "--mock", "--auto-approve", "--output", "json").json
        assert "ListAccountsWithInvalidEffectivePolicy" not in report["calls"]
