"""The progress of an apply: in place on a terminal, else a line for each failure and one every ten seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from reconciler.commands.options import Options

if TYPE_CHECKING:
    from rich.console import Console, Group

    from reconciler.model.inventory import Inventory
    from reconciler.model.plan import Change, Plan
    from reconciler.model.progress import Outcome, Progress

HEARTBEAT = 10.0
"""Seconds after which a line is written, where a terminal is none."""
LONG = 1.0
"""Seconds after which a change is named on a terminal: most take less."""
MOST_IN_FLIGHT = 6
"""Changes in flight that are shown by name."""


class InFlight(NamedTuple):
    """A change that was begun, and for how many seconds that is."""

    text: str
    seconds: float


@dataclass
class Tally:
    """What is done of a plan, and what is in flight; `show` names a change, `now` is a clock in seconds."""

    total: int
    show: Callable[[Change], str]
    now: Callable[[], float] = time.monotonic
    done: int = 0
    failed: int = 0
    begun: dict[int, tuple[Change, float]] = field(default_factory=dict)
    """By the identity of the change, which has the same address as another one where one is temporary."""

    def __post_init__(self) -> None:
        self.start = self.now()

    def started(self, change: Change) -> None:
        self.begun[id(change)] = (change, self.now())

    def ended(self, change: Change, outcome: Outcome) -> None:
        self.begun.pop(id(change), None)
        self.done += outcome == "done"
        self.failed += outcome == "failed"

    def in_flight(self) -> list[InFlight]:
        """The longest first."""
        now = self.now()
        return [InFlight(self.show(change), now - since) for change, since in list(self.begun.values())]

    def counts(self) -> str:
        """`45 of 119 done, 1 failed`."""
        return f"{self.done:,} of {self.total:,} done{f', {self.failed:,} failed' if self.failed else ''}"


@dataclass
class Lines:
    """Progress where nobody watches: what fails, and what takes long."""

    tally: Tally
    write: Callable[[str], None]

    def __post_init__(self) -> None:
        self._last = self.tally.start

    def started(self, change: Change) -> None:
        self.tally.started(change)
        self.waiting()

    def ended(self, change: Change, outcome: Outcome, why: str = "") -> None:
        self.tally.ended(change, outcome)
        if outcome == "failed":
            self.write(f"failed: {self.tally.show(change)}: {why}")
        self.waiting()

    def waiting(self) -> None:
        now = self.tally.now()
        if now - self._last < HEARTBEAT:
            return
        self._last = now
        found = self.tally.in_flight()
        if not found:
            self.write(self.tally.counts())
            return
        more = f", and {len(found) - 1:,} more" if len(found) > 1 else ""
        self.write(f"still {found[0].text}, {found[0].seconds:.0f} s{more} ({self.tally.counts()})")


@dataclass
class InPlace:
    """Progress on a terminal: how much is done, and what is in flight for how long. What fails is written above."""

    tally: Tally
    console: Console

    def started(self, change: Change) -> None:
        self.tally.started(change)

    def ended(self, change: Change, outcome: Outcome, why: str = "") -> None:
        from rich.text import Text

        self.tally.ended(change, outcome)
        if outcome == "failed":
            with suppress(OSError):
                self.console.print(Text.assemble(("FAILED ", "bold red"), f"{self.tally.show(change)}: {_safe(why)}"))

    def waiting(self) -> None:
        pass

    def __rich__(self) -> Group:
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        tally = self.tally
        head = Table.grid(padding=(0, 1))
        bar = ProgressBar(
            total=max(1, tally.total), completed=tally.done, width=30, complete_style="green", finished_style="green"
        )
        head.add_row("Applying", bar, tally.counts(), Text(_duration(tally.now() - tally.start), "dim"))
        found = [each for each in tally.in_flight() if each.seconds >= LONG]
        rows = [Text(f"  {each.text}  {_duration(each.seconds)}") for each in found[:MOST_IN_FLIGHT]]
        if len(found) > MOST_IN_FLIGHT:
            rows.append(Text(f"  and {len(found) - MOST_IN_FLIGHT:,} more", "dim"))
        return Group(head, *rows)


def _duration(seconds: float) -> str:
    """`40 s`, `2 min 05 s`."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def _safe(text: str) -> str:
    from reconciler.render.safe import safe

    return safe(text)


def namer(plan: Plan, tree: Inventory) -> Callable[[Change], str]:
    """Names a change as what is going on: `creating account shop-prod`."""
    from reconciler.render.words import Names

    names = Names.of(plan, tree)
    return lambda change: _safe(f"{change.action.removesuffix('e')}ing {names.display(change.address)}")


@contextmanager
def progress_of(plan: Plan, tree: Inventory, options: Options) -> Iterator[Progress]:
    """The progress of applying the plan, shown until it ends; `tree` is the organization as it will be."""
    tally = Tally(len(plan.changes), namer(plan, tree))
    if options.quiet or not sys.stderr.isatty():
        yield Lines(tally, options.info)
        return
    from rich.console import Console
    from rich.live import Live

    console = Console(stderr=True, no_color=not options.colored(), highlight=False)
    shown = InPlace(tally, console)
    live = Live(shown, console=console, transient=True, redirect_stdout=False)
    with suppress(OSError):
        live.start()
    try:
        yield shown
    finally:
        with suppress(OSError):
            live.stop()
