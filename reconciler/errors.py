"""Everything that `reconciler` raises on purpose.

    ReconcilerError                      exit 1
    ├── UsageError                       exit 64  the command line is wrong
    ├── SpecInvalid                      exit 3   the spec or a policy document is wrong (carries diagnostics)
    ├── WarningsFound                    exit 3   there are warnings, and --strict makes them fail
    ├── Blocked                          exit 4   a guard refuses to apply
    ├── PlanRefused                      exit 5   the plan is stale, tampered with, or for another organization
    ├── Locked                           exit 6   another apply holds the lock
    │   └── LockLost                     exit 6   the lock was lost while it was needed: the call was not made
    ├── NotAllowed                       exit 8   a call was denied
    │   ├── NoCredentials                exit 8   no credentials, or no longer any: no call will succeed
    │   └── AccessDenied                 exit 8   the credentials are valid, and a policy denies the call
    ├── ReadFailed                       exit 1   the live state could not be read (never an empty organization)
    ├── NotificationFailed               exit 1   a notification was not sent
    ├── PlanningTimeout                  exit 1   the time for the run was over before the plan was made
    └── ServiceError                     exit 1   one call failed; the error of the service

Each class carries data, not only a sentence; `help` says what to do next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.diagnostic import Diagnostic


class ReconcilerError(Exception):
    """The root of the tree. `message` is one sentence; `help` what to do next."""

    exit_code: ClassVar[int] = 1
    reason: ClassVar[str] = "error"

    def __init__(self, message: str, *, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.help = help


class UsageError(ReconcilerError):
    """The command line is wrong: an unknown option, options that exclude each other, a missing file."""

    exit_code = 64
    reason = "usage"


class SpecInvalid(ReconcilerError):
    """The spec has at least one error; `diagnostics` has all of them, warnings included."""

    exit_code = 3
    reason = "spec.invalid"

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        errors = sum(1 for each in diagnostics if each.severity == "error")
        super().__init__(f"{errors} error{'s' if errors != 1 else ''} in the spec")
        self.diagnostics = tuple(diagnostics)


class WarningsFound(ReconcilerError):
    """There are `count` warnings, and `--strict` makes them fail."""

    exit_code = 3
    reason = "warnings"

    def __init__(self, count: int) -> None:
        text = f"{count} warning{'s' * (count != 1)}, and --strict makes warnings fail"
        super().__init__(text, help="correct what they are about, switch them off in the spec, or leave out --strict")


class Blocked(ReconcilerError):
    """A guard refuses to apply; the plan itself was rendered before."""

    exit_code = 4
    reason = "guard.blocked"


class PlanRefused(ReconcilerError):
    """A saved plan cannot be applied as it was reviewed; `moved` names what changed, one line each."""

    exit_code = 5
    reason = "plan.refused"

    def __init__(self, message: str, *, moved: Sequence[str] = (), help: str | None = None) -> None:
        super().__init__(message, help=help)
        self.moved = tuple(moved)


class Locked(ReconcilerError):
    """Another apply holds the lock."""

    exit_code = 6
    reason = "locked"


class LockLost(Locked):
    """The lock was lost while it was needed: the call was not made."""

    reason = "lock.lost"


class NotAllowed(ReconcilerError):
    """The credentials do not allow the call."""

    exit_code = 8
    reason = "not_allowed"


class NoCredentials(NotAllowed):
    """There are no credentials that the service accepts, so no call will succeed."""


class AccessDenied(NotAllowed):
    """The caller is known and may not make one call; others may still be made."""


class ReadFailed(ReconcilerError):
    """The live state could not be read whole, so nothing is concluded from it."""

    reason = "read.failed"


class NotificationFailed(ReconcilerError):
    """A notification was not sent. The message never has the address of a webhook."""

    reason = "notification.failed"


class PlanningTimeout(ReconcilerError):
    """The time for the run was over before the plan was made."""

    reason = "timeout"


class ServiceError(ReconcilerError):
    """One call failed: `code` is the exception's name (`ConstraintViolationException`), `detail` the `Reason`
    member of the modelled shape where the service sent one."""

    reason = "service"

    def __init__(
        self,
        operation: str,
        code: str,
        text: str,
        *,
        detail: str | None = None,
        request_id: str | None = None,
        status: int | None = None,
        help: str | None = None,
    ) -> None:
        where = f"{code} ({detail})" if detail else code
        super().__init__(f"{operation}: {where}: {text}", help=help)
        self.operation = operation
        self.code = code
        self.text = text
        self.detail = detail
        self.request_id = request_id
        self.status = status
