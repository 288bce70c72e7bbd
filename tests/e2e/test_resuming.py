"""A reviewed plan through the command line: killed, refused, run again; continued by its file, or by its digest."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.aws.boto_errors import denied
from reconciler.aws.operations import OPERATIONS
from reconciler.mock import MockOrganization
from tests.e2e.conftest import Program, Ran
from tests.e2e.test_staleness import STATE, Hand

SPEC = """\
version: 1
policies:
  deny-leaving:
    type: scp
    content:
      Version: "2012-10-17"
      Statement: [{Effect: Deny, Action: "organizations:LeaveOrganization", Resource: "*"}]
root:
  policies: [deny-leaving]
  organizational_units:
    A: {}
    Old: {organizational_units: {X: {accounts: {shop: {email: shop@example.com, tags: {t: "1"}}}}}}
"""

AFTER = """\
version: 1
policies:
  deny-leaving:
    type: scp
    content:
      Version: "2012-10-17"
      Statement: [{Effect: Deny, Action: ["organizations:LeaveOrganization", "s3:x"], Resource: "*"}]
  deny-s3:
    type: scp
    content: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "s3:y", Resource: "*"}]}
root:
  policies: [deny-leaving]
  organizational_units:
    A: {policies: [deny-s3], accounts: {new: {email: new@example.com, tags: {t: "1"}}}}
    Old: {}
    X: {previously: [Old/X], policies: [deny-s3], accounts: {shop: {email: shop@example.com, tags: {t: "2"}}}}
"""


class Killed(BaseException):
    """The process is gone."""


class Writes:
    """Counts the writes of a command, and stops or refuses one of them, counted from 0."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made = 0
        self._at: int | None = None
        self._fail: Callable[[str], BaseException] = lambda operation: Killed()
        self._after = False
        original = MockOrganization.call

        def call(mock: MockOrganization, operation: str, params: Any) -> Any:
            if not OPERATIONS[operation].writes:
                return original(mock, operation, params)
            mine = self.made == self._at
            self.made += 1
            if mine and not self._after:
                raise self._fail(operation)
            answer = original(mock, operation, params)
            if mine:
                raise self._fail(operation)
            return answer

        monkeypatch.setattr(MockOrganization, "call", call)

    def fail(self, at: int | None, *, after: bool = False, how: Callable[[str], BaseException] | None = None) -> None:
        self.made, self._at, self._after = 0, at, after
        self._fail = how or (lambda operation: Killed())


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> Writes:
    return Writes(monkeypatch)


@pytest.fixture
def digest(program: Program) -> str:
    """The digest of the plan in plan.json, which leads from SPEC, applied, to AFTER."""
    Path("org.yaml").write_text(SPEC)
    assert program("apply", "--mock", "--auto-approve").code == 0
    Path("org.yaml").write_text(AFTER)
    saved = program("plan", "--mock", "--save", "plan.json", "--output", "json")
    shutil.rmtree(".reconciler/plans")
    shutil.copy(STATE, "before.json")
    return str(saved.json["digest"])


def by_file(program: Program, digest: str) -> Ran:
    """On a fresh runner: nothing there but the plan."""
    state = STATE.resolve()
    fresh = Path("fresh")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    shutil.copy("plan.json", fresh)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(fresh)
        return program("apply", "plan.json", "--mock-state", str(state), "--output", "json")


def by_digest(program: Program, digest: str) -> Ran:
    return program("apply", "--mock", "--auto-approve", "--expect-digest", digest, "--output", "json")


def by_both(program: Program, digest: str) -> Ran:
    return program("apply", "plan.json", "--expect-digest", digest, "--mock", "--output", "json")


WAYS = (by_file, by_digest, by_both)


def start_again() -> None:
    shutil.copy("before.json", STATE)
    shutil.rmtree(".reconciler/plans", ignore_errors=True)


@pytest.mark.parametrize("way", WAYS)
def test_killed_before_or_after_any_write_it_is_continued(
    program: Program, digest: str, writes: Writes, way: Callable[[Program, str], Ran]
) -> None:
    writes.fail(None)
    assert way(program, digest).code == 0
    total = writes.made
    assert total >= 8
    for at in range(total):
        for after in (False, True):
            start_again()
            writes.fail(at, after=after)
            with pytest.raises(Killed):
                way(program, digest)
            writes.fail(None)
            again = way(program, digest)
            assert again.code == 0, (at, after, again.err)
            assert writes.made <= total - at
            writes.fail(None)
            nothing = way(program, digest)
            assert (nothing.code, writes.made) == (0, 0), nothing.err
            assert nothing.json["done"] == []
            assert len(nothing.json["done_before"]) == len(json.loads(Path("plan.json").read_text())["changes"])
            assert program("plan", "--mock", "--detailed-exitcode").code == 0


@pytest.mark.parametrize("way", WAYS)
def test_a_call_that_was_denied_is_made_when_it_is_allowed(
    program: Program, digest: str, writes: Writes, way: Callable[[Program, str], Ran]
) -> None:
    writes.fail(None)
    assert way(program, digest).code == 0
    for at in range(writes.made):
        start_again()
        writes.fail(at, how=lambda operation: denied(operation, "AccessDeniedException", "a policy says no"))
        assert way(program, digest).code == 7
        writes.fail(None)
        assert way(program, digest).code == 0
        assert program("plan", "--mock", "--detailed-exitcode").code == 0


@pytest.fixture
def killed(program: Program, digest: str, writes: Writes) -> str:
    """The plan, killed in the middle."""
    writes.fail(4)
    with pytest.raises(Killed):
        by_digest(program, digest)
    writes.fail(None)
    return digest


@pytest.mark.parametrize("way", WAYS)
def test_what_somebody_else_changed_meanwhile_is_named(
    program: Program, killed: str, writes: Writes, way: Callable[[Program, str], Ran]
) -> None:
    hand = Hand()
    hand.call("DetachPolicy", PolicyId=hand.id("policy:deny-leaving"), TargetId=hand.id("root:/"))
    writes.fail(None)
    refused = way(program, killed)
    assert (refused.code, writes.made) == (5, 0)
    assert any(line.startswith("root:/: attached changed") for line in refused.json["moved"])


@pytest.mark.parametrize("way", WAYS)
def test_what_somebody_else_put_into_an_ou_that_is_being_replaced_is_named(
    program: Program, killed: str, writes: Writes, way: Callable[[Program, str], Ran]
) -> None:
    hand = Hand()
    hand.call("CreateOrganizationalUnit", ParentId=hand.id("ou:Old/X"), Name="Late")
    writes.fail(None)
    refused = way(program, killed)
    assert (refused.code, writes.made) == (5, 0)
    assert any(line.startswith("ou:Old/X: children changed") for line in refused.json["moved"])


def test_without_the_plan_a_digest_of_a_killed_run_is_refused(program: Program, killed: str) -> None:
    shutil.rmtree(".reconciler/plans")
    refused = by_digest(program, killed)
    assert refused.code == 5
    assert "pass the saved plan of the reviewed run" in refused.err


def test_another_store_is_another_store(program: Program, digest: str, writes: Writes) -> None:
    kept = ("--plan-store", "kept")
    writes.fail(4)
    with pytest.raises(Killed):
        program("apply", "--mock", "--auto-approve", "--expect-digest", digest, *kept)
    writes.fail(None)
    assert [each.name for each in Path("kept").iterdir()] == [f"{digest.removeprefix('sha256:')}.json"]
    assert by_digest(program, digest).code == 5
    assert program("apply", "--mock", "--auto-approve", "--expect-digest", digest, *kept).code == 0


def test_a_plan_without_a_digest_is_kept_as_well(program: Program, digest: str, writes: Writes) -> None:
    writes.fail(4)
    with pytest.raises(Killed):
        program("apply", "--mock", "--auto-approve")
    assert by_digest(program, digest).code == 0


def test_a_dry_run_keeps_nothing_and_shows_what_is_left(program: Program, killed: str) -> None:
    shutil.rmtree(".reconciler/plans")
    dry = program("apply", "plan.json", "--mock", "--dry-run", "--output", "json")
    assert dry.code == 0
    assert len(dry.json["done_before"]) == 4
    assert not Path(".reconciler/plans").exists()


def test_content_that_has_another_digest_is_refused(program: Program, killed: str) -> None:
    (kept,) = Path(".reconciler/plans").iterdir()
    data = json.loads(kept.read_text())
    data["changes"] = data["changes"][:-1]
    kept.write_text(json.dumps(data))
    assert by_digest(program, killed).code == 5
    other = "0" * 64
    shutil.copy("plan.json", f".reconciler/plans/{other}.json")
    assert by_digest(program, other).code == 5
    refused = by_both(program, other)
    assert refused.code == 5


def test_a_spec_that_wants_something_new_is_not_gone_on_with_by_digest(program: Program, killed: str) -> None:
    Path("org.yaml").write_text(AFTER.replace("    A: {policies: [deny-s3], ", "    N: {}\n    A: {"))
    refused = by_digest(program, killed)
    assert refused.code == 5
    assert {"ou:N", "attachment:deny-s3@A"} <= {line.partition(": ")[0] for line in refused.json["moved"]}
    Path("org.yaml").write_text("# the same, in other words\n" + AFTER + "guards: {minimum: 11}\n")
    assert by_digest(program, killed).code == 0


def test_the_recipe_of_a_pipeline_can_be_run_again(program: Program, digest: str) -> None:
    for _ in range(2):
        assert by_digest(program, digest).code == 0
        assert by_file(program, digest).code == 0
    planned = program("plan", "--mock", "--save", "plan.json", "--output", "json").json["digest"]
    assert program("apply", "--mock", "--auto-approve", "--expect-digest", planned).code == 0
