"""A mocked organization that can be copied, compared as text, and reached through a layer of faults."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable

from reconciler.aws.layers import Checked, Counting
from reconciler.aws.retrying import Retrying
from reconciler.mock import MockOrganization, Seed
from reconciler.mock.backend import Backend
from reconciler.mock.clock import VirtualClock
from reconciler.mock.from_snapshot import Timing, from_seed, from_snapshot
from reconciler.mock.statefile import StateFile
from reconciler.mock.to_snapshot import to_snapshot
from reconciler.model.api import Api, Params, Response
from reconciler.model.clock import Clock
from reconciler.model.resources import Account, Policy
from tests.harness import Organization

Layer = Callable[[Api, Clock], Api]
A_DAY = 86_400.0


class World(Organization):
    """A mocked organization on a virtual clock. `state` is what it begins with, `layer` what stands before it, `lag` by
    how many seconds its lists are late; `notices` is every decision of the retries."""

    def __init__(
        self, layer: Layer = lambda api, clock: api, *, state: StateFile | None = None, lag: float = 0.0
    ) -> None:
        self.clock = VirtualClock()
        timing = Timing(self.clock.now, 2, 2.0)
        self.backend = from_snapshot(state, timing) if state else from_seed(Seed(), timing)
        self.mock = MockOrganization(self.backend)
        self.lag = lag
        self._service = Stale(self.mock, self.backend, self.clock, lag) if lag else self.mock
        self.reach(layer)

    def reach(self, layer: Layer = lambda api, clock: api, budget: float = 300.0) -> None:
        """Begins a new process: another client, on the organization as it is."""
        self.notices: list[str] = []
        self.counting = Counting(layer(self._service, self.clock))
        self.api = Retrying(
            Checked(self.counting),
            clock=self.clock,
            budget=budget,
            jitter=random.Random(0).uniform,
            notice=self.notices.append,
        )

    @property
    def state(self) -> StateFile:
        return to_snapshot(self.backend)

    def picture(self) -> str:
        """The organization as text, once everything has settled: names in the place of ids, so that two organizations
        which came about in different ways can be compared."""
        self.clock.sleep(A_DAY)
        self.backend.complete_closures()
        return picture(self.state)

    def requests(self) -> Counter[str]:
        """How many accounts were asked for, by e-mail."""
        return Counter(each.email for each in self.backend.account_requests.values())


def picture(state: StateFile) -> str:
    """The resources of a state as text, without ids."""
    names = {str(each.id): str(each.email) for each in state.of(Account)}
    ids = {each.id: f"<{each.address}>" for each in state.resources if each.id and not isinstance(each, Account)}
    lines = []
    for each in state.resources:
        if isinstance(each, Policy) and each.aws_managed:
            continue
        line = json.dumps(each.model_dump(mode="json", exclude={"id"}), sort_keys=True)
        for id, name in {**ids, **names}.items():
            line = line.replace(str(id), name)
        lines.append(line)
    return "\n".join(sorted(lines))


class Watched:
    """An `Api` that calls `watch(backend)` after each write that took effect, whatever its caller gets to hear."""

    def __init__(self, api: Api, backend: Backend, watch: Callable[[str, Backend], None]) -> None:
        self._api = api
        self._backend = backend
        self._watch = watch

    def call(self, operation: str, params: Params) -> Response:
        answer = self._api.call(operation, params)
        if not operation.rpartition(":")[2].startswith(("List", "Describe", "Get")):
            self._watch(operation, self._backend)
        return answer


class Stale:
    """An `Api` whose lists and descriptions are `lag` seconds old, as a service that is eventually consistent. Writes
    are carried out and answered at once. Account creation goes on by itself, and is seen late as well."""

    def __init__(self, api: Api, backend: Backend, clock: Clock, lag: float) -> None:
        self._api = api
        self._backend = backend
        self._clock = clock
        self._lag = lag
        self._versions: list[tuple[float, StateFile]] = [(float("-inf"), to_snapshot(backend))]
        self._shown: tuple[StateFile, MockOrganization] | None = None

    def call(self, operation: str, params: Params) -> Response:
        reads = operation.rpartition(":")[2].startswith(("List", "Describe", "Get"))
        if not reads or operation == "DescribeCreateAccountStatus":
            answer = self._api.call(operation, params)
            self._remember()
            return answer
        if operation == "ListCreateAccountStatus":
            self._api.call(operation, {})
            self._remember()
        return self._as_it_was().call(operation, params)

    def _remember(self) -> None:
        self._versions.append((self._clock.now(), to_snapshot(self._backend)))

    def _as_it_was(self) -> MockOrganization:
        until = self._clock.now() - self._lag
        state = next(state for at, state in reversed(self._versions) if at <= until)
        if self._shown is None or self._shown[0] is not state:
            self._shown = (state, MockOrganization(from_snapshot(state, Timing(self._clock.now, 10**6, 2.0))))
        return self._shown[1]
