"""Ctrl-C and SIGTERM in the middle of an apply: the call in flight is finished, and there is a report and a journal."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from reconciler.aws.layers import ReadOnly
from reconciler.commands.running import Stop
from reconciler.model.api import Api, Params, Response
from reconciler.use_cases.apply import ApplyOptions, apply_plan
from reconciler.use_cases.connection import Connection
from tests.building import org
from tests.faults.world import World

DESIRED = org(["A", "B", "C", "D"], {"a": "B"})


class Signalling:
    """Sends a signal to this process while the nth OU is being made."""

    def __init__(self, api: Api, at: int, *numbers: int) -> None:
        self._api = api
        self._at = at
        self._numbers = numbers

    def call(self, operation: str, params: Params) -> Response:
        if operation == "CreateOrganizationalUnit":
            self._at -= 1
            if self._at == 0:
                for number in self._numbers:
                    os.kill(os.getpid(), number)
        return self._api.call(operation, params)


def connected(*numbers: int) -> tuple[World, Connection]:
    world = World(lambda api, clock: Signalling(api, 2, *numbers))
    return world, Connection(ReadOnly(world.api), world.api, world.counting, world.clock)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_finishes_the_call_in_flight_and_ends_with_a_report(number: int, tmp_path: Path) -> None:
    world, connection = connected(number)
    plan = world.plan(DESIRED).plan
    said: list[str] = []
    with Stop(said.append).watching() as stop:
        report = apply_plan(plan, connection, ApplyOptions(journal=tmp_path / "journal.jsonl", stopped=stop))
    assert (report.exit.code, report.exit.reason) == (130, "interrupted")
    assert [each.name for each in world.backend.units()] == ["A", "B"]
    assert [each.address for each in report.done] == ["ou:A", "ou:B"]
    assert {each.because for each in report.skipped} == {"interrupted"}
    assert [each.address for each in report.skipped] == ["ou:C", "ou:D", "account:a"]
    assert said == ["stopping after the call in flight; once more to stop at once"]
    lines = [json.loads(line) for line in Path(str(report.journal)).read_text("utf-8").splitlines()]
    assert [each["event"] for each in lines] == ["apply", "call", "answer", "call", "answer", "end"]
    world.apply(DESIRED)
    assert world.plan(DESIRED).plan.changes == ()


def test_a_second_signal_stops_at_once_and_the_journal_shows_what_was_under_way(tmp_path: Path) -> None:
    world, connection = connected(signal.SIGINT, signal.SIGTERM)
    plan = world.plan(DESIRED).plan
    journal = tmp_path / "journal.jsonl"
    with pytest.raises(KeyboardInterrupt), Stop(lambda text: None).watching() as stop:
        apply_plan(plan, connection, ApplyOptions(journal=journal, stopped=stop))
    last = json.loads(journal.read_text("utf-8").splitlines()[-1])
    assert (last["event"], last["operation"], last["address"]) == ("call", "CreateOrganizationalUnit", "ou:B")
    world.reach()
    world.apply(DESIRED)
    assert world.plan(DESIRED).plan.changes == ()


def test_the_handlers_that_were_there_before_are_put_back() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with Stop(lambda text: None).watching():
        assert signal.getsignal(signal.SIGTERM) != before[signal.SIGTERM]
    assert {number: signal.getsignal(number) for number in before} == before
