"""`plan`, `drift` and `show` as one HTML page."""

from __future__ import annotations

import re
from pathlib import Path

from tests.e2e.conftest import Program


def summary(page: str) -> str:
    """The first section of a page, as text."""
    match = re.search(r'<section id="summary".*?</section>', page, re.DOTALL)
    assert match
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", match[0]))


def test_a_plan(program: Program) -> None:
    ran = program("plan", "--mock", "--output", "html", "--out", "plan.html")
    assert (ran.code, ran.out) == (0, "")
    page = Path("plan.html").read_text("utf-8")
    assert page.startswith("<!doctype html>\n")
    assert "7 to create" in summary(page)
    assert "reconciler apply --mock" in summary(page)
    assert program("plan", "--mock", "--output", "json").json["digest"] in page


def test_a_blocked_plan_names_what_to_type(program: Program) -> None:
    Path("org.yaml").write_text(Path("org.yaml").read_text() + "guards: {max_account_creations: 1}\n")
    text = summary(program("plan", "--mock", "--output", "html").out)
    assert "BLOCKED by 1 guard" in text
    assert "--allow account_creations=2" in text


def test_statements_have_their_place_in_the_spec(program: Program) -> None:
    page = program("show", "--output", "html").out
    assert '"n":"DenyLeaving","f":1,"a":["organizations:LeaveOrganization"],"r":1,"at":"org.yaml:' in page


def test_drift(program: Program) -> None:
    assert program("apply", "--mock", "--auto-approve").code == 0
    spec = Path("org.yaml").read_text()
    Path("org.yaml").write_text(spec.replace("tags: {stage: all}", "tags: {stage: none}"))
    ran = program("drift", "--mock", "--output", "html")
    assert ran.code == 2
    assert "1 changed" in summary(ran.out)


def test_the_live_organization_and_the_declared_one(program: Program) -> None:
    program("apply", "--mock", "--auto-approve")
    declared, live = (program("show", *where, "--output", "html").out for where in ((), ("--mock",)))
    assert "As org.yaml declares it" in summary(declared)
    assert "As it is live" in summary(live)
    assert "shop-prod@example.com" in declared
    assert "shop-prod@example.com" in live
