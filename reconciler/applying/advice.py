"""What to do about a change that failed."""

from __future__ import annotations

from reconciler.errors import ReconcilerError, ServiceError
from reconciler.kinds.base import Call
from reconciler.model.service_errors import ambiguous

_REPLAN = "the organization changed after the plan was made: make the plan again"
_TAKEN = "the name is used by something that is not in the plan: make the plan again"
_SIGN_UP = "the account has to finish its own sign-up first: contact, payment method, phone number, agreement"
_BY_ERROR = {
    "ACCOUNT_CANNOT_LEAVE_WITHOUT_EULA": _SIGN_UP,
    "ACCOUNT_CANNOT_LEAVE_WITHOUT_PHONE_VERIFICATION": _SIGN_UP,
    "MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED": _SIGN_UP,
    "WAIT_PERIOD_ACTIVE": "a created account can be removed four days after its creation",
    "ALREADY_IN_AN_ORGANIZATION": "the account is a member already: make the plan again",
    "MANAGEMENT_ACCOUNT_EMAIL_NOT_VERIFIED": "verify the e-mail of the management account first",
    "AccountNotFoundException": "the account left the organization, or was never in it: make the plan again",
    "DestinationParentNotFoundException": _REPLAN,
    "DuplicateOrganizationalUnitException": _TAKEN,
    "DuplicatePolicyException": _TAKEN,
    "EMAIL_ALREADY_EXISTS": "the e-mail belongs to an account outside of this organization: use another, or invite it",
    "OrganizationalUnitNotFoundException": _REPLAN,
    "ParentNotFoundException": _REPLAN,
    "PolicyNotFoundException": _REPLAN,
    "SourceParentNotFoundException": "the account was moved after the plan was made: make the plan again",
    "TargetNotFoundException": _REPLAN,
    "Unfinished": "the service continues without this run: run apply again later, which finds the result",
}
_UNKNOWN = "whether it took effect is unknown: run apply again, which reads the live state and continues"
_UNKNOWN_ACCOUNT = (
    "whether the account is being created is unknown: run apply again in a few minutes, which finds it by its name "
    "and its e-mail, or requests it if there is none"
)


def advice(call: Call | None, error: ReconcilerError) -> str | None:
    """What to do next, `None` where the error needs no advice."""
    if error.help or not isinstance(error, ServiceError):
        return error.help
    if ambiguous(error):
        return _UNKNOWN_ACCOUNT if call and call.find_first else _UNKNOWN
    return _BY_ERROR.get(error.detail or "") or _BY_ERROR.get(error.code)


def bug(error: Exception) -> ReconcilerError:
    """The failure of a change because of a bug of this program."""
    return ReconcilerError(
        f"unexpected {type(error).__name__}: {error}",
        help="this is a bug: please report it with the journal; to go on, run apply again",
    )
