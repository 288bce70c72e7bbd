"""An apply that loses its lock, or runs out of time, makes no further write and says why; the next one goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reconciler.aws.layers import Deadline, Fenced
from reconciler.aws.operations import OPERATIONS
from reconciler.errors import LockLost, ReadFailed, ServiceError
from reconciler.mock import MockOrganization
from reconciler.mock.clock import VirtualClock
from reconciler.model.api import Params, Response
from reconciler.model.plan import Change
from reconciler.model.progress import Untold
from reconciler.model.report import Report
from reconciler.planning.planner import PlanRequest
from reconciler.use_cases.apply import ApplyOptions, apply_plan
from reconciler.use_cases.connection import ConnectionOptions, connect
from reconciler.use_cases.load_spec import load_spec
from reconciler.use_cases.plan import make_plan
from tests.e2e.conftest import SPEC


@dataclass
class Fence:
    """A lock that is lost as soon as `holds` says no; counts how often it was asked."""

    holds: Callable[[], bool] = lambda: True
    asked: int = 0
    name: str = "s3://locks/org"

    def lost(self) -> str | None:
        self.asked += 1
        return None if self.holds() else "it was taken over by somebody"


@dataclass
class Calls:
    """An `Api` that notes what it is asked for."""

    made: list[str] = field(default_factory=list)

    def call(self, operation: str, params: Params) -> Response:
        self.made.append(operation)
        return {}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The writes that reach the mocked organization, in a directory with a spec."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "org.yaml").write_text(SPEC)
    found: list[str] = []
    real = MockOrganization.call

    def noted(self: MockOrganization, operation: str, params: Params) -> Response:
        if OPERATIONS[operation].writes:
            found.append(operation)
        return real(self, operation, params)

    monkeypatch.setattr(MockOrganization, "call", noted)
    return found


def applied(lock: Any = None, timeout: float | None = None, stopped: Callable[[], bool] = lambda: False) -> Report:
    desired = load_spec(Path("org.yaml"))
    where = ConnectionOptions(mock_state=Path("mock.json"))
    with connect(where, desired, timeout=timeout, lock=lock) as connection:
        plan = make_plan(desired, connection, PlanRequest()).plan
        return apply_plan(plan, connection, ApplyOptions(stopped=stopped))


def test_a_write_is_refused_once_the_lock_is_lost_and_a_read_is_not() -> None:
    behind, fence = Calls(), Fence(holds=lambda: len(behind.made) < 2)
    api = Fenced(behind, fence.name, fence.lost)
    api.call("TagResource", {})
    api.call("ListRoots", {})
    with pytest.raises(LockLost, match="s3://locks/org was lost: it was taken over by somebody"):
        api.call("TagResource", {})
    api.call("ListRoots", {})
    assert behind.made == ["TagResource", "ListRoots", "ListRoots"]
    assert fence.asked == 4, "a read keeps the lock alive as well"


@pytest.mark.parametrize("writes", [1, 4, 9])
def test_nothing_is_written_after_the_lock_is_lost_and_the_next_run_goes_on(made: list[str], writes: int) -> None:
    report = applied(Fence(holds=lambda: len(made) < writes))
    assert len(made) == writes
    assert report.skipped
    assert {each.because for each in report.skipped} == {"lock lost"}
    assert not report.failed
    assert (report.exit.code, report.exit.reason) == (7, "lock.lost")
    rest = applied(Fence())
    assert (rest.exit.code, rest.failed, rest.skipped) == (0, (), ())
    assert made.count("CreateAccount") == 2
    assert applied().calls == {}


def test_a_lock_that_is_lost_before_the_first_write_is_as_one_that_was_never_had(made: list[str]) -> None:
    report = applied(Fence(holds=lambda: False))
    assert made == []
    assert (report.exit.code, report.done) == (6, ())
    assert {each.because for each in report.skipped} == {"lock lost"}


def test_a_call_is_not_tried_again_once_the_lock_is_lost(made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def throttled(self: MockOrganization, operation: str, params: Params) -> Response:
        tried.append(operation)
        raise ServiceError(operation, "TooManyRequestsException", "slow down")

    with connect(
        ConnectionOptions(mock_state=Path("mock.json")), None, lock=Fence(lambda: len(tried) < 3)
    ) as connection:
        monkeypatch.setattr(MockOrganization, "call", throttled)
        assert connection.writes is not None
        with pytest.raises(LockLost):
            connection.writes.call("TagResource", {})
    assert tried == ["TagResource"] * 3


def test_a_lock_that_is_lost_after_the_last_write_changes_nothing(made: list[str]) -> None:
    everything = len(applied().done)
    Path("mock.json").unlink()
    done: list[Any] = []

    class Told(Untold):
        def ended(self, change: Change, outcome: str, why: str = "") -> None:
            done.append(change)

    real = ApplyOptions(progress=Told())
    desired = load_spec(Path("org.yaml"))
    fence = Fence(holds=lambda: len(done) < everything)
    with connect(ConnectionOptions(mock_state=Path("mock.json")), desired, lock=fence) as connection:
        report = apply_plan(make_plan(desired, connection, PlanRequest()).plan, connection, real)
    assert (report.exit.code, len(report.done)) == (0, everything)


def test_when_the_time_is_over_no_further_change_is_started(made: list[str]) -> None:
    report = applied(timeout=0.1)
    assert report.done
    assert {each.because for each in report.skipped} <= {"timeout"}
    assert {each.address for each in report.in_progress} == {"account:sandbox-a", "account:shop-prod"}
    assert (report.exit.code, report.exit.reason) == (7, "timeout")
    writes = len(made)
    assert applied(timeout=3600.0).exit.code == 0
    assert len(made) > writes
    assert made.count("CreateAccount") == 2


def test_an_interruption_is_still_one(made: list[str]) -> None:
    report = applied(Fence(), 3600.0, stopped=lambda: len(made) >= 3)
    assert (report.exit.code, {each.because for each in report.skipped}) == (130, {"interrupted"})


def test_no_read_begins_after_the_deadline() -> None:
    clock, behind = VirtualClock(), Calls()
    api = Deadline(behind, clock, end=10.0)
    clock.sleep(9.9)
    api.call("ListRoots", {})
    clock.sleep(0.1)
    with pytest.raises(ReadFailed, match="the time was over") as refused:
        api.call("ListRoots", {})
    assert "--timeout" in str(refused.value.help)
    assert len(behind.made) == 1


def test_the_time_of_a_run_bounds_the_tries_of_one_call(made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def throttled(self: MockOrganization, operation: str, params: Params) -> Response:
        raise ServiceError(operation, "TooManyRequestsException", "slow down")

    monkeypatch.setattr(MockOrganization, "call", throttled)
    with connect(ConnectionOptions(mock_state=Path("mock.json")), None, timeout=7.0) as connection:
        assert connection.reads is not None
        with pytest.raises(ServiceError):
            connection.reads.call("ListRoots", {})
        assert connection.clock.now() == pytest.approx(7.0)
