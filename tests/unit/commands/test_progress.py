"""The progress of an apply: lines where nobody watches, in place on a terminal. Time is the test's."""

from __future__ import annotations

import io
import sys

import pytest
from rich.console import Console
from rich.file_proxy import FileProxy

from reconciler.commands.progress import InPlace, Lines, Tally, namer
from reconciler.commands.streams import to_stderr
from reconciler.model.address import ROOT, account, ou
from reconciler.model.inventory import Inventory
from tests.unit.render import samples


class Now:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


SHOP = samples.change("create", "declared", None, samples.account("shop-prod", ou("A"), None))
BLOG = samples.change("create", "declared", None, samples.account("blog", ou("A"), None))
GONE = samples.change("delete", "not_declared", samples.unit("Legacy"), None)


class TestLines:
    def begin(self) -> tuple[Now, list[str], Lines]:
        now, written = Now(), list[str]()
        return now, written, Lines(Tally(3, namer(samples.plan(), Inventory()), now), written.append)

    def test_what_is_quick_and_succeeds_is_not_told(self) -> None:
        now, written, lines = self.begin()
        for change in (SHOP, BLOG, GONE):
            lines.started(change)
            now.seconds += 3
            lines.ended(change, "done")
        assert written == []

    def test_a_failure_is_told_with_its_reason(self) -> None:
        _, written, lines = self.begin()
        lines.started(GONE)
        lines.ended(GONE, "failed", "the OU is not empty")
        lines.ended(SHOP, "skipped")
        assert written == ["failed: deleting OU Legacy: the OU is not empty"]

    def test_a_wait_is_told_every_ten_seconds(self) -> None:
        now, written, lines = self.begin()
        lines.started(GONE)
        lines.ended(GONE, "done")
        lines.started(SHOP)
        now.seconds += 2
        lines.started(BLOG)
        for _ in range(9):
            now.seconds += 5
            lines.waiting()
        assert written == [
            f"still creating account shop-prod, {seconds} s, and 1 more (1 of 3 done)" for seconds in (12, 22, 32, 42)
        ]
        lines.ended(SHOP, "done")
        now.seconds += 10
        lines.waiting()
        assert written[-1] == "still creating account blog, 55 s (2 of 3 done)"

    def test_many_quick_changes_are_a_line_now_and_then(self) -> None:
        now, written, lines = self.begin()
        for _ in range(3):
            now.seconds += 4
            lines.started(GONE)
            lines.ended(GONE, "done")
        assert written == ["still deleting OU Legacy, 0 s (2 of 3 done)"]


class TestInPlace:
    def drawn(self, shown: InPlace, width: int = 80) -> list[str]:
        console = Console(file=io.StringIO(), width=width, color_system=None, force_terminal=False)
        with console.capture() as captured:
            console.print(shown)
        return captured.get().splitlines()

    def begin(self, total: int = 119) -> tuple[Now, io.StringIO, InPlace]:
        now, written = Now(), io.StringIO()
        console = Console(file=written, width=80, color_system=None)
        return now, written, InPlace(Tally(total, namer(samples.plan(), Inventory()), now), console)

    def test_what_is_in_flight_is_shown_with_its_time(self) -> None:
        now, _, shown = self.begin()
        for _ in range(45):
            shown.ended(GONE, "done")
        shown.started(SHOP)
        now.seconds += 85
        shown.started(BLOG)
        now.seconds += 40
        first, *rest = self.drawn(shown)
        assert first.startswith("Applying ")
        assert first.rstrip().endswith("45 of 119 done 2 min 05 s")
        assert rest == ["  creating account shop-prod  2 min 05 s", "  creating account blog  40 s"]

    def test_what_takes_no_time_is_not_named(self) -> None:
        _, _, shown = self.begin()
        shown.started(GONE)
        assert len(self.drawn(shown)) == 1

    def test_of_many_the_first_are_named(self) -> None:
        now, _, shown = self.begin()
        for index in range(20):
            made = samples.account(f"new-{index}", ROOT, None)
            shown.started(samples.change("create", "declared", None, made))
        now.seconds += 2
        assert self.drawn(shown)[-1] == "  and 14 more"

    def test_a_failure_is_written_above_and_counted(self) -> None:
        _, written, shown = self.begin()
        shown.started(SHOP)
        shown.ended(SHOP, "failed", "EMAIL_ALREADY_EXISTS\x1b[2K")
        assert written.getvalue() == "FAILED creating account shop-prod: EMAIL_ALREADY_EXISTS\\x1b[2K\n"
        assert "0 of 119 done, 1 failed" in self.drawn(shown)[0]

    def test_a_terminal_that_is_gone_does_not_matter(self) -> None:
        class Gone(io.StringIO):
            def write(self, text: str) -> int:
                raise OSError(5, "Input/output error")

        shown = InPlace(Tally(1, namer(samples.plan(), Inventory()), Now()), Console(file=Gone()))
        shown.started(SHOP)
        shown.ended(SHOP, "failed", "no")

    def test_no_line_is_wider_than_the_terminal(self) -> None:
        now, _, shown = self.begin()
        long = samples.account("x" * 70, ROOT, None)
        shown.started(samples.change("create", "declared", None, long))
        now.seconds += 2
        assert all(len(line) <= 60 for line in self.drawn(shown, width=60))


def test_what_is_written_meanwhile_goes_above_what_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn, terminal = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", FileProxy(Console(file=drawn, width=80, color_system=None), terminal))
    to_stderr("stopping after the call in flight")
    assert (drawn.getvalue(), terminal.getvalue()) == ("stopping after the call in flight\n", "")


def test_names_are_harmless() -> None:
    unit = samples.unit("Bad\x1b[2K")
    show = namer(samples.plan(), Inventory())
    assert "\x1b" not in show(samples.change("create", "declared", None, unit))
    assert account("shop-prod") == SHOP.address
