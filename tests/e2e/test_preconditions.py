"""What a saved plan relies on, beyond the fields of what it changes; and that it holds while nothing changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import Program
from tests.e2e.test_staleness import STATE, Hand

DENY = '{Version: "2012-10-17", Statement: [{Effect: Deny, Action: "s3:*", Resource: "*"}]}'


def spec(root: str, *, policies: str = "", more: str = "") -> None:
    catalogue = f"policies:\n{policies}" if policies else ""
    Path("org.yaml").write_text(f"version: 1\n{catalogue}root:\n  organizational_units:\n{root}{more}")


def saved(program: Program, before: str, after: str, *, policies: str = "", more: str = "") -> None:
    """`before` applied, and a plan that leads to `after` in plan.json."""
    spec(before, policies=policies)
    assert program("apply", "--mock", "--auto-approve").code == 0
    spec(after, policies=policies, more=more)
    made = program("plan", "--mock", "--save", "plan.json")
    assert made.code == 0, made.err


SHOP = "shop: {email: shop@example.com"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"    A: {{accounts: {{{SHOP}, tags: {{t: '1'}}}}}}}}\n    B: {{}}\n",
         f"    A: {{}}\n    B: {{accounts: {{{SHOP}, tags: {{t: '2'}}}}}}}}\n"),
        (f"    A: {{accounts: {{{SHOP}, name: One, tags: {{t: '1'}}}}}}}}\n",
         f"    A: {{}}\n    New: {{accounts: {{{SHOP}, name: Two, tags: {{}}}}}}}}\n"),
        (f"    A: {{organizational_units: {{X: {{tags: {{t: '1'}}, accounts: {{{SHOP}, tags: {{t: '1'}}}}}}}}}}}}\n",
         f"    A: {{}}\n    X: {{previously: [A/X], tags: {{t: '2'}}, accounts: {{{SHOP}, tags: {{t: '2'}}}}}}}}\n"),
        (f"    A: {{tags: {{t: '1'}}, accounts: {{{SHOP}}}}}}}\n",
         f"    B: {{previously: [A], tags: {{t: '2'}}, accounts: {{{SHOP}, tags: {{t: '2'}}}}}}}}\n"),
    ],
    ids=["move-and-tags", "rename-move-and-tags", "replace-and-tags", "renamed-ou-and-tags"],
)  # fmt: skip
def test_a_plan_with_several_changes_of_one_thing_is_applied(program: Program, before: str, after: str) -> None:
    saved(program, before, after)
    applied = program("apply", "plan.json", "--mock", "--allow", "deletes.organizational_units=5")
    assert applied.code == 0, applied.err
    assert program("plan", "--mock", "--detailed-exitcode").code == 0


def refused(program: Program, *named: str) -> None:
    before = STATE.read_bytes()
    ran = program("apply", "plan.json", "--mock", "--output", "json")
    assert ran.code == 5, ran.err
    assert STATE.read_bytes() == before
    text = "\n".join(ran.json["moved"])
    assert all(each in text for each in named), text


OTHER = "    B: {accounts: {other: {email: o@example.com}}}\n"
REPLACED = (
    f"    A: {{organizational_units: {{X: {{accounts: {{{SHOP}}}}}}}}}}}\n{OTHER}",
    f"    A: {{}}\n{OTHER}    X: {{previously: [A/X], accounts: {{{SHOP}}}}}}}\n",
)


def test_an_account_that_was_put_into_a_replaced_ou(program: Program) -> None:
    saved(program, *REPLACED)
    hand = Hand()
    account = hand.id("email:o@example.com")
    hand.call("MoveAccount", AccountId=account, SourceParentId=hand.id("ou:B"), DestinationParentId=hand.id("ou:A/X"))
    refused(program, "ou:A/X: children changed", account)


def test_an_ou_that_was_made_in_a_replaced_ou(program: Program) -> None:
    saved(program, *REPLACED)
    hand = Hand()
    hand.call("CreateOrganizationalUnit", ParentId=hand.id("ou:A/X"), Name="Late")
    refused(program, "ou:A/X: children changed")


def test_a_tag_that_was_put_on_a_replaced_ou(program: Program) -> None:
    saved(program, *REPLACED)
    hand = Hand()
    hand.call("TagResource", ResourceId=hand.id("ou:A/X"), Tags=[{"Key": "k", "Value": "v"}])
    refused(program, "ou:A/X: tags changed")


def test_a_policy_that_was_attached_to_a_replaced_ou(program: Program) -> None:
    policies = f"  deny: {{type: scp, content: {DENY}}}\n"
    saved(program, *(each.replace("    B: {", "    B: {policies: [deny], ") for each in REPLACED), policies=policies)
    hand = Hand()
    hand.call("AttachPolicy", PolicyId=hand.id("policy:deny"), TargetId=hand.id("ou:A/X"))
    refused(program, "ou:A/X: attached changed")


def test_an_account_that_was_put_into_a_deleted_ou(program: Program) -> None:
    saved(
        program,
        f"    A: {{}}\n    B: {{accounts: {{{SHOP}}}}}}}\n",
        f"    B: {{accounts: {{{SHOP}}}}}}}\n",
        more="unmanaged: {organizational_units: delete}\n",
    )
    hand = Hand()
    account = hand.id("email:shop@example.com")
    hand.call("MoveAccount", AccountId=account, SourceParentId=hand.id("ou:B"), DestinationParentId=hand.id("ou:A"))
    refused(program, "ou:A: children changed", account)


def test_a_node_that_a_deleted_policy_was_attached_to(program: Program) -> None:
    policies = f"  deny: {{type: scp, content: {DENY}}}\n"
    saved(program, "    A: {policies: [deny]}\n    B: {}\n", "    A: {}\n", policies=policies)
    spec("    A: {}\n", more="organization: {policy_types: [scp]}\nunmanaged: {policies: delete}\n")
    assert program("plan", "--mock", "--save", "plan.json").code == 0
    hand = Hand()
    hand.call("AttachPolicy", PolicyId=hand.id("policy:deny"), TargetId=hand.id("ou:B"))
    refused(program, "policy:deny: targets changed", hand.id("ou:B"))


@pytest.mark.parametrize("path", ["ou:Old", "root:/"])
def test_a_policy_above_a_new_ou(program: Program, path: str) -> None:
    policies = f"  deny: {{type: scp, content: {DENY}}}\n"
    attached = "policies: [deny], " if path == "ou:Old" else ""
    before = f"    Old: {{{attached}organizational_units: {{}}}}\n    Else: {{policies: [deny]}}\n"
    new = before.replace("organizational_units: {}", "organizational_units: {N: {organizational_units: {M: {}}}}")
    saved(program, before, new, policies=policies)
    hand = Hand()
    change = "DetachPolicy" if attached else "AttachPolicy"
    hand.call(change, PolicyId=hand.id("policy:deny"), TargetId=hand.id(path))
    refused(program, f"{path}: attached changed")


def test_a_name_that_somebody_else_took(program: Program) -> None:
    saved(program, "    A: {}\n", "    B: {previously: [A]}\n")
    hand = Hand()
    hand.call("CreateOrganizationalUnit", ParentId=hand.id("root:/"), Name="B")
    refused(program, "ou:B: namesakes changed")
