"""The mocked organization as an `Api`: what callers of AWS Organizations see, without AWS.

Every call passes the same stations: the form of its parameters (`shapes`), the rules of the service (`rulebook`), moto
(`engine`), and what moto's answer lacks (`paths`, `pages`). A refused call has changed nothing; a read sees every
write before it. One lock makes it safe to call from several threads.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from pathlib import Path

from reconciler.errors import ServiceError
from reconciler.mock import pages, rulebook, shapes, statefile
from reconciler.mock.backend import Backend
from reconciler.mock.engine import Engine, input_shape
from reconciler.mock.neighbours import ANSWERS, INVALID, SERVICES
from reconciler.mock.record import recorded
from reconciler.mock.refusal import Refusal
from reconciler.mock.restore import Timing, new, restored
from reconciler.mock.seed import Seed
from reconciler.model.api import Params, Response


class MockOrganization:
    """An organization in memory, carried over in the file at `path` by `save`.

    `creation_polls` is how many status reads say IN_PROGRESS before an account exists; `closure_seconds`, by `clock`,
    how long a closed account is PENDING_CLOSURE.
    """

    def __init__(self, backend: Backend, path: Path | None = None) -> None:
        self._backend = backend
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
    ) -> MockOrganization:
        """The organization in the state file or, where there is none, a new one made from `seed`.

        Raises `ReconcilerError` where the file is not an organization; it is left as it is.
        """
        timing = Timing(clock, creation_polls, closure_seconds)
        if not path.exists():
            return cls(new(seed, timing), path)
        file = statefile.read(path)
        try:
            return cls(restored(file, timing), path)
        except Exception as error:  # whatever goes wrong, the file is what it is made from
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
        return cls(new(seed or Seed(), Timing(clock, creation_polls, closure_seconds)))

    def save(self) -> None:
        """Write the state file, at once or not at all, where anything was written since it was opened or saved."""
        with self._lock:
            if self._path and self._backend.changed:
                statefile.write(recorded(self._backend), self._path)
                self._backend.changed = False

    def call(self, operation: str, params: Params) -> Response:
        """Make one call. Raises `ServiceError` for what the service refuses, and with the code `NotImplemented` for an
        operation that the mock does not have."""
        with self._lock:
            self._calls += 1
            try:
                return self._answer(operation, params)
            except Refusal as refusal:
                raise self._error(operation, refusal) from None

    def _answer(self, operation: str, params: Params) -> Response:
        self._backend.settle()
        _check_form(operation, params)
        for rule in rulebook.rules_of(operation):
            rule(self._backend, params)
        if operation in ANSWERS:
            answer = ANSWERS[operation](self._backend, params)
        else:
            answer = self._engine.call(operation, pages.windowed(operation, params))
            answer = pages.paged(operation, params, answer)
            for correction in rulebook.CORRECTIONS:
                correction(self._backend, answer)
        self._backend.changed |= rulebook.writes(operation)
        return answer

    def _error(self, operation: str, refusal: Refusal) -> ServiceError:
        service = operation.partition(":")[0]
        code = INVALID.get(service, refusal.code) if refusal.code == "InvalidInputException" else refusal.code
        digest = hashlib.sha256(f"{self._backend.organization.id} {self._calls}".encode()).hexdigest()
        request_id = "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
        return ServiceError(
            operation, code, refusal.text, detail=refusal.reason, request_id=request_id, status=_STATUS.get(code, 400)
        )


def _check_form(operation: str, params: Params) -> None:
    if operation not in rulebook.OPERATIONS and operation not in ANSWERS:
        raise Refusal("NotImplemented", "The mocked organization does not have this operation (see docs/mock.md).")
    service, _, name = operation.rpartition(":")
    shape = input_shape(SERVICES.get(service, "organizations"), name)
    if shape is not None:
        shapes.check(shape, params, "input")
    elif params:
        raise Refusal("ParamValidationError", f"{operation} takes no parameters.")


_STATUS = {"NotImplemented": 501, "AccessDeniedException": 403}
