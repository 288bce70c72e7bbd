"""Each fact is in a plan's text and Markdown once, although warnings, guards and the proof all contain it."""

from __future__ import annotations

import pytest

from reconciler.model.inventory import Inventory
from reconciler.model.plan import Guards, Organization, Plan, Proof, Violation, Warning_
from reconciler.render import markdown, text

ORGANIZATION = Organization(id="o-a1b2c3d4e5", management_account_id="111122223333", root_id="r-a1b2")


def _plan(**values: object) -> Plan:
    return Plan.model_validate({"command": "plan", "organization": ORGANIZATION, "spec_digest": "sha256:0"} | values)


def _shown(plan: Plan) -> tuple[str, str]:
    return text.plan(plan, desired_tree=Inventory(), width=100, color=False), markdown.plan(
        plan, desired_tree=Inventory()
    )


@pytest.mark.parametrize(("code", "guard"), [("W504", "unknown_account"), ("W510", "refused")])
def test_a_warning_is_left_out_where_a_guard_names_the_same_object(code: str, guard: str) -> None:
    warnings = (
        Warning_(code=code, message="first statement", address="account:shop"),
        Warning_(code=code, message="about another account", address="account:other"),
        Warning_(code="W501", message="something else", address="account:shop"),
    )
    violation = Violation(guard=guard, message="second statement", addresses=("account:shop",))
    plan = _plan(
        warnings=warnings,
        guards=Guards(violations=(violation,)),
        proof=Proof(steps=1, refused=("account:shop",) if guard == "refused" else ()),
    )
    for shown in _shown(plan):
        assert "first statement" not in shown
        assert shown.count("second statement") == 1
        assert shown.count("account shop") + shown.count("account `shop`") == 1
        assert "about another account" in shown
        assert "something else" in shown
    assert len(plan.warnings) == 3


def test_what_a_message_names_is_not_listed_below_it() -> None:
    violation = Violation(
        guard="unknown_account", message="no account has the id of shop (1)", addresses=("account:shop", "account:sh")
    )
    as_text, as_markdown = _shown(_plan(guards=Guards(violations=(violation,))))
    assert "\n    account sh\n" in as_text
    assert ": account `sh`. No option" in as_markdown


def test_every_change_that_weakens_what_is_protected_is_listed() -> None:
    violation = Violation(
        guard="protected",
        message="ou:Security is protected, and 2 changes would weaken it",
        addresses=("ou:Security", "attachment:deny@ou:Security"),
        allow="--allow protected:ou:Security=2",
    )
    as_text, as_markdown = _shown(_plan(guards=Guards(violations=(violation,))))
    assert "\n    OU Security, " in as_text
    assert "OU `Security`" in as_markdown


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        (1, "Order checked: every Deny stays in force at the only step."),
        (1_200, "Order checked: every Deny stays in force at each of the 1,200 steps."),
    ],
)
def test_the_checked_order(steps: int, line: str) -> None:
    for shown in _shown(_plan(proof=Proof(steps=steps))):
        assert line in shown
    for shown in _shown(_plan(proof=Proof(steps=steps, refused=("account:shop",)))):
        assert "Order checked" not in shown


def test_the_summary_does_not_point_to_warnings_that_are_left_out() -> None:
    warning = Warning_(code="W504", message="first statement", address="account:shop")
    violation = Violation(guard="unknown_account", message="second statement", addresses=("account:shop",))
    for shown in _shown(_plan(warnings=(warning,), guards=Guards(violations=(violation,)))):
        assert "No changes that apply can make: what is reported here has to be corrected by hand." in shown
        assert "arnings" not in shown
