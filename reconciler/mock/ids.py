"""Ids for created resources: in the service's format, and equal for equal sequences of calls."""

from __future__ import annotations

import hashlib
import string

_LOWER = string.ascii_lowercase + string.digits


def organization_id(management_account_id: str) -> str:
    return "o-" + _letters(f"organization {management_account_id}", 10)


def root_id(organization: str) -> str:
    return "r-" + _letters(f"root {organization}", 4)


class Ids:
    """A generator of ids. `serial` counts them and is kept in the state file, so that ids stay unique."""

    def __init__(self, organization: str, serial: int = 0) -> None:
        self._organization = organization
        self.serial = serial

    def unit(self, root: str) -> str:
        return f"ou-{root.removeprefix('r-')}-{self._next(8)}"

    def policy(self) -> str:
        return f"p-{self._next(10)}"

    def resource_policy(self) -> str:
        return f"rp-{self._next(8)}"

    def account_request(self) -> str:
        return f"car-{self._next(32)}"

    def account(self) -> str:
        self.serial += 1
        number = int.from_bytes(_digest(f"account {self._organization} {self.serial}"), "big")
        return str(10**11 + number % (9 * 10**11))

    def _next(self, length: int) -> str:
        self.serial += 1
        return _letters(f"{self._organization} {self.serial}", length)


def _letters(text: str, length: int) -> str:
    return "".join(_LOWER[byte % len(_LOWER)] for byte in _digest(text)[:length])


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
