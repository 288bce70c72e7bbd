"""What the errors of a service mean, whichever operation it was; errors of one operation are in its row."""

from __future__ import annotations

from reconciler.errors import ServiceError

UNREADABLE = "UnreadableAnswer"
"""The code of a call that was answered, but not by what the service answers: it may have taken effect."""

THROTTLES = frozenset(
    {"TooManyRequestsException", "ThrottlingException", "ThrottledException", "Throttling", "RequestLimitExceeded"}
)
"""The bucket of the operation or of the account is empty, or another write is in progress."""

_BUSY = frozenset(
    {"ConcurrentModificationException", "PolicyChangesInProgressException", "FinalizingOrganizationException"}
)
"""Another change is in progress; that of a new organization, up to an hour."""

_FAILURES = frozenset(
    {
        *("ServiceException", "InternalFailure", "InternalServerError", "InternalServerException"),
        *("InternalServiceException", "InternalErrorException", "ServiceUnavailable"),
        *("RequestTimeout", "RequestTimeoutException", "ConnectionError"),
    }
)
"""The service failed, or the connection."""

RETRY = THROTTLES | _BUSY | _FAILURES
"""Errors that pass by themselves."""

AMBIGUOUS = _FAILURES | {UNREADABLE}
"""Errors that leave open whether the call took effect; so does every other HTTP 5xx."""

MISSING = frozenset(
    {
        *("DestinationParentNotFoundException", "ParentNotFoundException"),
        *("PolicyNotFoundException", "TargetNotFoundException", "ResourceNotFoundException"),
    }
)
"""Settling errors about something that does not exist: soon final where this run did not make it."""

FULL = frozenset({"ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED", "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED"})
"""Reasons of a refusal that pass once what is under way is done."""


def ambiguous(error: ServiceError) -> bool:
    """True where the call may have taken effect although it failed."""
    fault = error.status is not None and (error.status >= 500 or error.status == 408) and error.code not in THROTTLES
    return fault or error.code in AMBIGUOUS


def failed(error: ServiceError) -> bool:
    """True for a fault of the service (HTTP 5xx, but for 501), and for an answer that is none."""
    return error.code == UNREADABLE or (error.status is not None and error.status >= 500 and error.status != 501)
