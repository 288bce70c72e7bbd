"""Opening an organization: the service's, a mocked one, or a snapshot, with the layers that every call passes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.aws.layers import Checked, Counting, Deadline, ReadOnly
from reconciler.aws.retrying import Paced, Retrying, SystemClock
from reconciler.errors import PlanningTimeout, ReconcilerError
from reconciler.model.address import kind_of, local
from reconciler.model.api import Api
from reconciler.model.clock import Clock
from reconciler.model.inventory import Inventory
from reconciler.model.user_agent import UserAgent
from reconciler.use_cases import files

if TYPE_CHECKING:
    from reconciler.applying.locks.base import Lock
    from reconciler.mock import Seed
    from reconciler.spec import Desired

STATE_FOLDER = ".reconciler"
"""Beside the spec: the mocked organization, the lock and the journals, where nothing else is said."""

_TIME_TO_PLAN = 5.0
"""Seconds."""


Notice = Callable[[str], None]
"""Gets a message about a retry or a wait."""


@dataclass(frozen=True)
class ConnectionOptions:
    """Which organization: the service's, a mocked one in `mock_state`, or a `snapshot` in a file."""

    profile: str | None = None
    region: str | None = None
    role_arn: str | None = None
    endpoint_url: str | None = None
    mock_state: Path | None = None
    snapshot: Path | None = None

    def aws(self, agent: UserAgent | None = None) -> Api:
        """A client of AWS with these credentials, without the layers of `connect`."""
        from reconciler.aws.boto import BotoApi
        from reconciler.aws.sessions import AwsOptions

        return BotoApi(AwsOptions(self.profile, self.region, self.role_arn, self.endpoint_url), agent)


@dataclass(frozen=True)
class Connection:
    """An open organization. `reads` cannot write; `writes` is `None` where the live state is a snapshot, and writes
    only while `lock` is held. Every request names `agent`. `deadline` is when the run has to end, on `clock`; `ends`
    when planning has to end where that clock does not show how long the program computes, on `time.monotonic`."""

    reads: Api | None
    writes: Retrying | None
    counting: Counting | None
    clock: Clock
    snapshot: Inventory | None = None
    lock: Lock | None = None
    deadline: float | None = None
    ends: float | None = None
    agent: UserAgent = field(default_factory=UserAgent)

    @cached_property
    def caller(self) -> str | None:
        """The ARN of who runs this; `None` where it is not known, for a snapshot or an endpoint that does not
        answer."""
        if self.reads is None:
            return None
        try:
            return str(self.reads.call("sts:GetCallerIdentity", {})["Arn"])
        except ReconcilerError:
            return None

    def check_time(self) -> None:
        """Raises `PlanningTimeout` where the run has no time left to compute anything."""
        over = self.deadline is not None and self.clock.now() >= self.deadline
        if over or (self.ends is not None and time.monotonic() >= self.ends):
            raise PlanningTimeout(
                "the time was over before the plan was made; nothing was changed",
                help="give it more with --timeout SECONDS, or plan a part of the changes with --target ADDRESS",
            )

    @property
    def from_snapshot(self) -> Inventory:
        """The snapshot, where that is what is read."""
        assert self.snapshot is not None
        return self.snapshot

    @property
    def calls(self) -> dict[str, int]:
        return dict(sorted(self.counting.calls.items())) if self.counting else {}


@contextmanager
def connect(
    options: ConnectionOptions,
    desired: Desired | None,
    notice: Notice = lambda text: None,
    *,
    timeout: float | None = None,
    lock: Lock | None = None,
) -> Iterator[Connection]:
    """Opens the organization, for `timeout` seconds where that is given; without a `lock` none is checked. A mocked
    organization is carried over to its file at the end, whatever happens."""
    if options.snapshot is not None:
        snapshot = files.load_snapshot(options.snapshot)
        yield Connection(None, None, None, SystemClock(), snapshot=snapshot, ends=_ends(timeout))
    elif options.mock_state is not None:
        from reconciler.aws.denials import WithDenials
        from reconciler.mock import MockOrganization
        from reconciler.mock.clock import VirtualClock

        opened, clock, agent = time.time(), VirtualClock(), UserAgent()
        mock = MockOrganization.open(
            options.mock_state, seed=_seed(desired), clock=lambda: opened + clock.now(), agent=lambda: str(agent)
        )
        counting = Counting(WithDenials(mock))
        api = Retrying(_fenced(Checked(counting), lock), clock=clock, budget=_budget(timeout), notice=notice)
        try:
            yield replace(_connection(api, counting, clock, timeout, lock), ends=_ends(timeout), agent=agent)
        finally:
            mock.save()
    else:
        from reconciler.aws.sessions import own_endpoint

        own, agent = own_endpoint(options.endpoint_url), UserAgent()
        counting = Counting(options.aws(agent))
        paced = Paced(_fenced(Checked(counting), lock), from_start=not own)
        api = Retrying(paced, budget=_budget(timeout), notice=notice)
        yield replace(_connection(api, counting, SystemClock(), timeout, lock), agent=agent)


def _fenced(api: Api, lock: Lock | None) -> Api:
    """Innermost, so that nothing waits between the check of the lock and the call."""
    from reconciler.aws.layers import Fenced

    return Fenced(api, lock.name, lock.lost) if lock else api


def _budget(timeout: float | None) -> float:
    """The seconds that one call may take with all its tries."""
    return Retrying.budget if timeout is None else min(Retrying.budget, timeout)


def _connection(
    api: Retrying, counting: Counting, clock: Clock, timeout: float | None, lock: Lock | None
) -> Connection:
    deadline = None if timeout is None else clock.now() + timeout
    reads = ReadOnly(api if deadline is None else Deadline(api, clock, deadline))
    return Connection(reads, api, counting, clock, lock=lock, deadline=deadline)


def _ends(timeout: float | None) -> float | None:
    """The end of planning where the clock is virtual, or there is none: a short virtual time leaves time to plan."""
    return None if timeout is None else time.monotonic() + max(timeout, _TIME_TO_PLAN)


def _seed(desired: Desired | None) -> Seed:
    """What a new mocked organization begins with: what exists already, because the spec names its id, or because it
    cannot be made here (groups and users); and a quota of twice the accounts of the spec."""
    from reconciler.kinds.identity_center.resources import Assignment, Group, IdentityCenter, User
    from reconciler.mock import Seed
    from reconciler.mock.other_services.servicequotas import DEFAULT_ACCOUNTS
    from reconciler.model.resources import Account

    seed = Seed()
    if desired is None:
        return seed
    wanted = desired.inventory.organization
    accounts = [each for each in desired.inventory.of(Account) if each.id and not each.invite]
    twice_the_accounts = 2 * sum(1 for _ in desired.inventory.of(Account))
    management_id = wanted.management_account_id or seed.management_account_id
    if wanted.management_account_id is None:
        at_root = [each for each in accounts if each.parent == "root:/"]
        management_id = str(at_root[0].id) if at_root else management_id
    management = next((each for each in accounts if each.id == management_id), None)
    principals = sorted({each.principal for each in desired.inventory.of(Assignment)})
    regions = (each.region for each in desired.inventory.of(IdentityCenter))
    return Seed(
        management_account_id=management_id,
        organization_id=wanted.id,
        management_email=(management and management.email) or seed.management_email,
        accounts=tuple(
            (str(each.id), each.name or local(each.address), each.email or f"{local(each.address)}@example.com")
            for each in accounts
        ),
        account_quota=max(DEFAULT_ACCOUNTS, twice_the_accounts),
        region=next(regions, seed.region),
        groups=tuple(local(each) for each in principals if kind_of(each) == Group.prefix),
        users=tuple(local(each) for each in principals if kind_of(each) == User.prefix),
    )
