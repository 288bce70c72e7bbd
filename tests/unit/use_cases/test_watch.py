"""Checking again and again: what is new, failures, and how long it waits; on a clock without real time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest

from reconciler.errors import Blocked, ReadFailed, ReconcilerError, SpecInvalid, UsageError
from reconciler.mock.clock import VirtualClock
from reconciler.use_cases.watch import Round, interval_of, watch

FAILURE = ReadFailed("no answer")


def watched(outcomes: Sequence[str | ReconcilerError], interval: float = 60.0) -> tuple[list[Round[str]], list[float]]:
    """The checks with these outcomes, and when each was made."""
    clock, left, at = VirtualClock(), list(outcomes), []

    def check() -> str:
        at.append(clock.now())
        outcome = left.pop(0)
        if isinstance(outcome, ReconcilerError):
            raise outcome
        return outcome

    return list(watch(check, str, interval, lambda: not left, clock)), at


def test_only_what_differs_from_the_check_before_is_new() -> None:
    rounds, at = watched(["a", "a", "b", "a"])
    assert [(each.result, each.is_new) for each in rounds] == [("a", True), ("a", False), ("b", True), ("a", True)]
    assert at == [0.0, 60.0, 120.0, 180.0]


def test_a_failure_is_survived_and_new_once() -> None:
    rounds, _ = watched(["a", FAILURE, FAILURE, "a", "a"])
    assert [(each.result, each.error, each.is_new) for each in rounds] == [
        ("a", None, True),
        (None, FAILURE, True),
        (None, FAILURE, False),
        ("a", None, True),
        ("a", None, False),
    ]


def test_the_wait_doubles_with_each_failure_up_to_an_hour() -> None:
    _, at = watched(["a", *[FAILURE] * 8, "b", "c"])
    waits = [later - earlier for earlier, later in pairwise(at)]
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 60]


def test_or_up_to_the_interval_where_that_is_longer() -> None:
    _, at = watched(["a", FAILURE, "b"], interval=7200.0)
    assert at == [0.0, 7200.0, 14400.0]


@pytest.mark.parametrize("error", [SpecInvalid(()), Blocked("another organization"), UsageError("wrong")])
def test_what_is_wrong_from_the_beginning_ends_it(error: ReconcilerError) -> None:
    with pytest.raises(type(error)):
        watched([error, "a"])


def test_a_read_that_fails_from_the_beginning_does_not() -> None:
    assert [each.error for each in watched([FAILURE, "a"])[0]] == [FAILURE, None]


def test_a_spec_that_becomes_invalid_is_a_failure() -> None:
    invalid = SpecInvalid(())
    assert [each.error for each in watched(["a", invalid, "a"])[0]] == [None, invalid, None]


@pytest.mark.parametrize(("written", "seconds"), [("30s", 30), ("15m", 900), ("1h", 3600), ("1d", 86400)])
def test_intervals(written: str, seconds: float) -> None:
    assert interval_of(written) == seconds


@pytest.mark.parametrize("written", ["", "15", "m", "0m", "-1m", "1.5h", "15 m", "25h", "2d", "1w", "٣m"])
def test_what_is_no_interval(written: str) -> None:
    with pytest.raises(UsageError, match="--watch"):
        interval_of(written)
