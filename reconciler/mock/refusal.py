"""Errors of the mocked service, as the rules raise them."""

from __future__ import annotations


class Refusal(Exception):
    """A call that the service refuses: `code` is the exception's name, `reason` its `Reason` member, if any.

    Used inside the mock only; `MockOrganization.call` converts it to a `ServiceError` with the operation's name.
    """

    def __init__(self, code: str, text: str, reason: str | None = None) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.reason = reason


def invalid(reason: str, text: str) -> Refusal:
    return Refusal("InvalidInputException", text, reason)


def violates(reason: str, text: str) -> Refusal:
    return Refusal("ConstraintViolationException", text, reason)
