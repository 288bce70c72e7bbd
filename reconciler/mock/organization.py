"""The mocked organization as an `Api`.

The steps of a call: validate its parameters (`shapes`), check the rules of the service (`rules`), carry it out (moto
through `engine`, or the mock's own implementation), and complete the answer (`paths`, `pages`). A refused call changes
nothing, a read sees all earlier writes, and one lock makes calls from several threads safe.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from pathlib import Path

from reconciler.errors import ServiceError
from reconciler.mock import other_services, pages, rules, shapes, statefile
from reconciler.mock.backend import Backend
from reconciler.mock.engine import Engine, input_shape
from reconciler.mock.from_snapshot import Timing, from_seed, from_snapshot
from reconciler.mock.identity_center import DEFAULT_REGION
from reconciler.mock.other_services import cloudtrail, identity_center
from reconciler.mock.paths import add_paths
from reconciler.mock.refusal import Refusal
from reconciler.mock.rules import handshakes
from reconciler.mock.seed import Seed
from reconciler.mock.to_snapshot import to_snapshot
from reconciler.model.api import REGION, Params, Response


class MockOrganization:
    """An organization in memory, which `save` writes to the file at `path`.

    `creation_polls` is the number of status reads that return IN_PROGRESS before an account exists; `closure_seconds`,
    by `clock`, is how long a closed account is PENDING_CLOSURE; `agent` is the user agent of each call.
    """

    def __init__(self, backend: Backend, path: Path | None = None, agent: Callable[[], str] = lambda: AGENT) -> None:
        self._backend = backend
        self._agent = agent
        self._engine = Engine(backend)
        self._path = path
        self._lock = threading.Lock()
        self._calls = 0

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        seed: Seed,
        clock: Callable[[], float] = time.time,
        creation_polls: int = 2,
        closure_seconds: float = 2.0,
        agent: Callable[[], str] = lambda: AGENT,
    ) -> MockOrganization:
        """The organization in the state file or, where there is none, a new one from `seed`.

        Raises `ReconcilerError` where the file is not an organization; the file is left unchanged.
        """
        timing = Timing(clock, creation_polls, closure_seconds)
        if not path.exists():
            return cls(from_seed(seed, timing), path, agent)
        file = statefile.read(path)
        try:
            return cls(from_snapshot(file, timing), path, agent)
        except Exception as error:  # any error here comes from the content of the file
            raise statefile.unusable(path, error) from error

    @classmethod
    def in_memory(
        cls,
        seed: Seed | None = None,
        *,
        clock: Callable[[], float] = time.time,
        creation_polls: int = 2,
        closure_seconds: float = 2.0,
    ) -> MockOrganization:
        """A new organization without a file."""
        return cls(from_seed(seed or Seed(), Timing(clock, creation_polls, closure_seconds)))

    def save(self) -> None:
        """Write the state file, atomically, if a call has written since it was opened or saved."""
        with self._lock:
            if self._path and self._backend.changed:
                statefile.write(to_snapshot(self._backend), self._path)
                self._backend.changed = False

    def snapshot(self) -> statefile.StateFile:
        """The organization as its state file has it."""
        with self._lock:
            return to_snapshot(self._backend)

    def call(self, operation: str, params: Params, *, caller: str | None = None) -> Response:
        """Make one call, as the management account unless another `caller` is named, by id. Raises `ServiceError` where
        the service refuses it, and with the code `NotImplemented` where the mock does not implement the operation."""
        with self._lock:
            self._calls += 1
            self._backend.caller = caller or self._backend.account_id
            self._backend.region = params.get(REGION) or DEFAULT_REGION
            sent = {name: value for name, value in params.items() if name != REGION}
            try:
                answer = self._answer(operation, sent)
            except Refusal as refusal:
                error = self._error(operation, refusal)
                self._record(operation, sent, error)
                raise error from None
            self._record(operation, sent, answer)
            return answer

    def _record(self, operation: str, params: Params, outcome: Response | ServiceError) -> None:
        """Adds a write that was made or refused to the event history."""
        if _is_write(operation) and not (isinstance(outcome, ServiceError) and outcome.code == "NotImplemented"):
            cloudtrail.record(self._backend, operation, params, outcome, self._agent())

    def _answer(self, operation: str, params: Params) -> Response:
        self._backend.complete_closures()
        handshakes.pass_time(self._backend)
        identity_center.pass_time(self._backend)
        _validate(operation, params)
        for rule in (*rules.rules_of(operation), *other_services.rules_of(operation)):
            rule(self._backend, params)
        if ":" in operation:
            answer = other_services.answered(self._backend, operation, params)
        else:
            answer = self._organizations(operation, params)
        self._backend.changed |= _is_write(operation)
        return answer

    def _organizations(self, operation: str, params: Params) -> Response:
        own = rules.ANSWERS.get(operation)
        if own is not None:
            answer = own(self._backend, params)
        else:
            answer = self._engine.call(operation, pages.with_offset(operation, params))
            add_paths(self._backend, answer)
        return pages.paged(operation, params, answer)

    def _error(self, operation: str, refusal: Refusal) -> ServiceError:
        service = other_services.SERVICES.get(operation.partition(":")[0])
        code = service.invalid if service and refusal.code == "InvalidInputException" else refusal.code
        digest = hashlib.sha256(f"{self._backend.organization.id} {self._calls}".encode()).hexdigest()
        request_id = "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
        statuses = {**_STATUS, **(service.statuses if service else {})}
        return ServiceError(
            operation, code, refusal.text, detail=refusal.reason, request_id=request_id, status=statuses.get(code, 400)
        )


def _is_write(operation: str) -> bool:
    """Whether an operation changes the organization or its services: a notification does not."""
    return operation.partition(":")[0] not in ("sns", "events") and not operation.rpartition(":")[2].startswith(
        ("Get", "Describe", "List", "Lookup")
    )


def _validate(operation: str, params: Params) -> None:
    if operation not in rules.OPERATIONS and operation not in other_services.ANSWERS:
        raise Refusal("NotImplemented", "The mocked organization does not have this operation (see docs/mock.md).")
    prefix, _, name = operation.rpartition(":")
    shape = input_shape(other_services.SERVICES[prefix].model if prefix else "organizations", name)
    if shape is not None:
        shapes.check(shape, params, "input")
    elif params:
        raise Refusal("ParamValidationError", f"{operation} takes no parameters.")


AGENT = "aws-cli"
"""The user agent of calls that are not the program's."""

_STATUS = {"NotImplemented": 501, "AccessDeniedException": 403}
