"""Carries out a plan, one call at a time, and reports exactly what was done.

- A change starts when everything that it depends on has succeeded; where something failed, what depends on it is
  skipped and names the cause, and the rest continues.
- Calls that are repeated until the service is done (account creation) do not delay the rest.
- An error that means "already so" is success. Where the answer of a creation was lost, its result is looked for until
  lists have settled; then it is made again, for a second one of the same name or e-mail is refused.
- Without credentials that the service accepts no call can succeed: the first such failure ends the run.
- Every failure of one change ends as an entry of the report, a denied call and a bug of this program too.
- The run stops between two calls.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from reconciler.applying import waiting
from reconciler.applying.advice import advice, bug
from reconciler.applying.answer_paths import at, ids_for_journal
from reconciler.applying.known_ids import known_ids
from reconciler.errors import NoCredentials, ReconcilerError, ServiceError
from reconciler.kinds.base import Call, Kind, Read
from reconciler.model.address import Address
from reconciler.model.api import Api
from reconciler.model.base import Json
from reconciler.model.clock import Clock, sleep_unless
from reconciler.model.document import minified_sorted
from reconciler.model.operation import Operation
from reconciler.model.plan import Change, Exit, Plan
from reconciler.model.progress import Progress, Untold
from reconciler.model.report import Done, Failed, InProgress, MadeCall, Report, Skipped
from reconciler.model.service_errors import UNREADABLE

MOST_RESTARTS = 3
"""How often a change is begun again from its first call."""


class Journal(Protocol):
    """Records each call before and after it is made."""

    def record(self, event: str, **details: Json) -> None: ...


@dataclass
class _Running:
    """A change that was started: its calls, the one to make next, and when."""

    index: int
    change: Change
    calls: Iterator[Call]
    call: Call | None = None
    due: float = 0.0
    since: float = 0.0
    created: bool = False
    begun: bool = False  # whether a call was made that changed something
    polls: int = 0
    delays: int = 0
    restarts: int = 0


@dataclass
class Executor:
    """Carries out one plan. `settle` is how many seconds a settling error may last; `patience` how many a creation may
    take; `stopped` is checked before each call; `progress` is told what happens to each change."""

    plan: Plan
    kinds: Mapping[str, Kind]
    operations: Mapping[str, Operation]
    api: Api
    clock: Clock
    journal: Journal
    read: Read
    stopped: Callable[[], bool] = lambda: False
    progress: Progress = field(default_factory=Untold)
    settle: float = 60.0
    patience: float = 1800.0
    done: list[Done] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    in_progress: list[InProgress] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ids = known_ids(self.plan)
        self._waiting: list[int] = list(range(len(self.plan.changes)))
        self._running: list[_Running] = []
        self._ended: dict[int, str | None] = {}
        """By the change's index: `None` where it succeeded, else the address of the change that failed first."""
        self._needed = prerequisites(self.plan.changes)
        self._lists: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self._refused = False
        """Whether the service no longer accepts the credentials."""

    def run(self) -> Report:
        while self._waiting or self._running:
            if self.stopped():
                self._abandon("interrupted")
                break
            running = self._next()
            if running is not None:
                self._advance(running)
        return Report(
            digest=self.plan.digest,
            done=tuple(self.done),
            failed=tuple(self.failed),
            skipped=tuple(self.skipped),
            in_progress=tuple(self.in_progress),
            exit=self._exit(),
        )

    def _exit(self) -> Exit:
        unfinished = bool(self.skipped or self.failed or self.in_progress)
        if self.stopped() and unfinished:
            return Exit(code=130, reason="interrupted")
        if self._refused and not (self.done or self.in_progress):
            return Exit(code=NoCredentials.exit_code, reason=NoCredentials.reason)
        if unfinished:
            return Exit(code=7, reason="partial")
        return Exit()

    def _next(self) -> _Running | None:
        """The change to continue: a running one that is due, else the first waiting one that may start; `None` after a
        wait."""
        now = self.clock.now()
        due = [each for each in self._running if each.due <= now]
        if due:
            return due[0]
        for index in list(self._waiting):
            change = self.plan.changes[index]
            if any(each not in self._ended for each in self._needed[index]):
                continue
            if cause := next(filter(None, map(self._ended.get, self._needed[index])), None):
                self._waiting.remove(index)
                self._skip(index, cause)
                continue
            if not self._has_slots(change):
                continue
            self._waiting.remove(index)
            started = _Running(index, change, self.kinds[change.kind].calls(change, self._ids), since=now)
            self._running.append(started)
            self.progress.started(change)
            return started
        if self._running:
            self.clock.sleep(max(0.0, min(each.due for each in self._running) - now))
        return None

    def _has_slots(self, change: Change) -> bool:
        """Whether the service's quotas allow that the change starts beside those that are running."""
        slots = self.kinds[change.kind].slots(change)
        return all(sum(name in self._slots(each) for each in self._running) < most for name, most in slots)

    def _slots(self, running: _Running) -> dict[str, int]:
        return dict(self.kinds[running.change.kind].slots(running.change))

    def _advance(self, running: _Running) -> None:
        """Makes the change's next calls, until it ends, has to wait, or the run is stopped."""
        while True:
            try:
                answer = self._step(running)
            except ReconcilerError as error:
                if not self._settles(running, error):
                    self._fail(running, error)
                return
            except Exception as error:
                self._note("bug", address=running.change.address, trace=traceback.format_exc())
                self._fail(running, bug(error))
                return
            if running.call is None:
                self._end(running)
                return
            if answer is None:
                return
            self._keep_ids(running, answer)
            running.call = None

    def _step(self, running: _Running) -> dict[str, Any] | None:
        """The answer to the change's next call; `None` where there is none left, it is made later, or not at all."""
        if running.call is None:
            running.call = next(running.calls, None)
            running.since = self.clock.now()
            running.polls = running.delays = 0
        return None if running.call is None or self.stopped() else self._make(running, running.call)

    def _make(self, running: _Running, call: Call) -> dict[str, Any] | None:
        details: dict[str, Json] = {"address": running.change.address, "action": running.change.action}
        if call.find_first and (found := self._found_earlier(running, call)) is not None:
            return found
        self.journal.record("call", operation=call.operation, params=dict(call.params), **details)
        try:
            answer = self._answer(call)
        except ServiceError as error:
            self._note("error", operation=call.operation, code=error.code, detail=error.detail, **details)
            return self._recover(running, call, error)
        except ReconcilerError as error:
            self._note("error", operation=call.operation, code=error.reason, **details)
            raise
        self._note("answer", operation=call.operation, answer=ids_for_journal(call, answer), **details)
        if call.until is not None and not call.until(answer):
            if self.clock.now() - running.since > self.patience:
                raise ServiceError(call.operation, "Unfinished", f"not done after {self.patience:.0f} seconds")
            running.due = self.clock.now() + min(call.every, 0.5 * 2 ** min(running.polls, 10))
            running.polls += 1
            return None
        if call.refusal is not None and (reason := call.refusal(answer)):
            return self._recover(running, call, ServiceError(call.operation, reason, "the service refused it"))
        if call.id_at and at(answer, call.id_at) is None:
            lost = ServiceError(call.operation, UNREADABLE, f"the answer has no {'.'.join(call.id_at)}")
            return self._recover(running, call, lost)
        running.begun |= self.operations[call.operation].writes
        return answer

    def _note(self, event: str, **details: Json) -> None:
        """Records what happened already; an error of the journal does not undo it."""
        with suppress(ReconcilerError):
            self.journal.record(event, **details)

    def _recover(self, running: _Running, call: Call, error: ServiceError) -> dict[str, Any]:
        """The answer of a call that failed although the wanted state is there; raises the error where it is not."""
        if call.already.intersection((error.code, error.detail)) or (error.code in call.gone and not self._new(call)):
            return {}
        for seconds in waiting.looks(call, self.operations[call.operation], error):
            if not sleep_unless(self.stopped, self.clock, seconds):
                break
            if (found := self._found(running, call)) is not None:
                return found
        raise error

    def _new(self, call: Call) -> bool:
        """Whether the call is about something that this run made, and which may not be seen yet."""
        return any(isinstance(each, str) and self._ids.is_new(each) for each in call.params.values())

    def _answer(self, call: Call) -> dict[str, Any]:
        if call.member:
            return {call.member: list(self.read(call.operation, call.params, call.member))}
        return self.api.call(call.operation, call.params)

    def _cached_list(self, operation: str, params: dict[str, Any], member: str) -> Iterator[dict[str, Any]]:
        """A list as this run first read it: what earlier runs made is in it."""
        key = (operation, minified_sorted(params))
        if key not in self._lists:
            self._lists[key] = list(self.read(operation, params, member))
        return iter(self._lists[key])

    def _found_earlier(self, running: _Running, call: Call) -> dict[str, Any] | None:
        """What an earlier run made: looked for in the cached lists, then in the current ones. Before the call is made
        again it is looked for in those alone: it may have come meanwhile."""
        if running.delays:
            return self._found(running, call)
        cached = call.find(self._cached_list) if call.find else None
        return None if cached is None else self._found(running, call)

    def _found(self, running: _Running, call: Call) -> dict[str, Any] | None:
        """What an earlier call made; something that the plan knows as another thing (its name may lag) is not it."""
        try:
            answer = call.find(self.read) if call.find else None
        except ServiceError as error:
            if self.operations[error.operation].writes or not error.code.endswith("NotFoundException"):
                raise
            answer = None
        if answer is None or at(answer, call.id_at or call.request_at) in self._ids.known.values():
            return None
        running.begun = True
        self._note(
            "found", operation=call.operation, answer=ids_for_journal(call, answer), address=running.change.address
        )
        return answer

    def _settles(self, running: _Running, error: ReconcilerError) -> bool:
        """Delays the call where its error passes by itself, or where it is safe to make it again."""
        call, now = running.call, self.clock.now()
        if call is None or self.stopped() or not isinstance(error, ServiceError):
            return False
        if error.code in call.restart and running.restarts < MOST_RESTARTS:
            running.calls, running.call = self.kinds[running.change.kind].calls(running.change, self._ids), None
            running.due = now + 10.0 * 2**running.restarts
            running.restarts += 1
            return True
        operation, new = self.operations[call.operation], self._new(call)
        limit = waiting.limit(call, operation, error, new=new, settle=self.settle, patience=self.patience)
        left = running.since + limit - now
        if left <= 0:
            return False
        running.due = now + min(waiting.wait(error, running.delays), left)
        running.delays += 1
        return True

    def _keep_ids(self, running: _Running, answer: dict[str, Any]) -> None:
        call = running.call
        assert call is not None
        if (id := at(answer, call.id_at)) is not None:
            self._ids.known[running.change.address] = str(id)
            self._ids.made.add(str(id))
            running.created = True
        if (request := at(answer, call.request_at)) is not None:
            self._ids.known[f"request:{running.change.address}"] = str(request)

    def _end(self, running: _Running) -> None:
        change = running.change
        self._running.remove(running)
        self._ended[running.index] = None
        created = self._ids.known[change.address] if running.created else None
        self.done.append(Done(address=change.address, action=change.action, id=created))
        self.progress.ended(change, "done")

    def _fail(self, running: _Running, error: ReconcilerError) -> None:
        change, refused = running.change, isinstance(error, NoCredentials)
        self._running.remove(running)
        self._ended[running.index] = change.address
        self.failed.append(
            Failed(
                address=change.address,
                action=change.action,
                error=f"{error.message}; {self._state(running)}" if refused and running.begun else error.message,
                request_id=error.request_id if isinstance(error, ServiceError) else None,
                help=advice(running.call, error),
            )
        )
        self.progress.ended(change, "failed", error.message)
        if refused:
            self._refused = True
            self._abandon("credentials")

    def _skip(self, index: int, cause: str) -> None:
        change = self.plan.changes[index]
        self._ended[index] = cause
        self.skipped.append(Skipped(address=change.address, action=change.action, because=cause))
        self.progress.ended(change, "skipped")

    def _abandon(self, cause: str) -> None:
        for running in list(self._running):
            self._running.remove(running)
            if running.begun:
                self._leave(running)
            else:
                self._skip(running.index, cause)
        for index in self._waiting:
            self._skip(index, cause)
        self._waiting.clear()

    def _leave(self, running: _Running) -> None:
        """Reports a change that was begun and is not finished by this run."""
        change = running.change
        self._ended[running.index] = change.address
        request = None if running.created else self._ids.known.get(f"request:{change.address}")
        state = self._state(running)
        self.in_progress.append(
            InProgress(address=change.address, action=change.action, request_id=request, detail=state)
        )
        self.progress.ended(change, "in progress")

    def _state(self, running: _Running) -> str:
        """What exists of a change that was begun."""
        address = running.change.address
        if running.created:
            return f"{self._ids.known[address]} was created: the next apply does the rest"
        if request := self._ids.known.get(f"request:{address}"):
            return f"the account was requested, and its creation continues ({request}): the next apply finds it"
        return "part of it was done: the next apply does the rest"


def dry_run(plan: Plan, kinds: Mapping[str, Kind]) -> tuple[MadeCall, ...]:
    """Every call that an apply of the plan would make, without making any."""
    ids = known_ids(plan)
    ids.dry = True
    return tuple(
        MadeCall(operation=call.operation, params=dict(call.params), address=change.address)
        for change in plan.changes
        for call in kinds[change.kind].calls(change, ids)
        if call.until is None
    )


def prerequisites(changes: Sequence[Change]) -> list[list[int]]:
    """For each change the indexes of the earlier changes that it depends on."""
    earlier: dict[Address, list[int]] = {}
    needed = []
    for index, change in enumerate(changes):
        names = dict.fromkeys((*change.depends_on, change.address))
        needed.append([each for address in names for each in earlier.get(address, ())])
        earlier.setdefault(change.address, []).append(index)
    return needed
