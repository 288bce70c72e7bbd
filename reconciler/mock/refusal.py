"""How a rule says no."""

from __future__ import annotations


class Refusal(Exception):
    """The service refuses a call: `code` is the exception's name, `reason` the `Reason` member where it has one.

    Inside the mock only; `MockOrganization.call` turns it into a `ServiceError` that names the operation.
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
