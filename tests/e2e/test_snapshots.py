"""A snapshot holds the whole organization; a plan looks only at what its spec manages."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.conftest import Program


def test_policy_types_that_the_spec_does_not_manage_are_left_alone(program: Program) -> None:
    assert program("apply", "--mock", "--auto-approve").code == 0
    assert program("snapshot", "--mock", "--out", "live.json").code == 0
    text = Path("org.yaml").read_text()
    start = text.index("  deny-leaving:")
    Path("tags.yaml").write_text(
        (text[:start] + text[text.index("  team-tag:") :]).replace("  policies: [deny-leaving]\n", "")
    )
    for where in (("--snapshot", "live.json"), ("--mock",)):
        planned = program("plan", "--spec", "tags.yaml", *where, "--output", "json")
        assert planned.code == 0, planned.err
        assert planned.json["changes"] == []


def test_the_management_account_is_not_reached_by_an_scp(program: Program) -> None:
    planned = program("plan", "--mock", "--output", "json")
    reach = {each["address"]: each["accounts"] for each in planned.json["changes"]}
    assert reach["attachment:deny-leaving@/"] == 2
