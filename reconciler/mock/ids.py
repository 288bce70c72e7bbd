"""Ids for created resources: in the service's format, and equal for equal sequences of calls."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Callable, Collection
from uuid import UUID

_LOWER = string.ascii_lowercase + string.digits


def organization_id(management_account_id: str) -> str:
    return "o-" + _letters(f"organization {management_account_id}", 10)


def root_id(organization: str) -> str:
    return "r-" + _letters(f"root {organization}", 4)


def instance_arn(organization: str) -> str:
    """The ARN of the organization's instance of IAM Identity Center."""
    return f"arn:aws:sso:::instance/ssoins-{_hex(f'instance {organization}', 16)}"


def identity_store_id(organization: str) -> str:
    return f"d-{_hex(f'identity store {organization}', 10)}"


class Ids:
    """A generator of ids. `serial` counts them and is kept in the state file, so that ids stay unique. A snapshot
    has no count: the ids in it are `taken`."""

    def __init__(self, organization: str, serial: int = 0, taken: Collection[str] = ()) -> None:
        self._organization = organization
        self._taken = taken
        self.serial = serial

    def unit(self, root: str) -> str:
        return self._next(lambda text: f"ou-{root.removeprefix('r-')}-{_letters(text, 8)}")

    def policy(self) -> str:
        return self._next(lambda text: f"p-{_letters(text, 10)}")

    def resource_policy(self) -> str:
        return self._next(lambda text: f"rp-{_letters(text, 8)}")

    def account_request(self) -> str:
        return self._next(lambda text: f"car-{_letters(text, 32)}")

    def handshake(self) -> str:
        return self._next(lambda text: f"h-{_letters(text, 10)}")

    def cost_category(self, account: str) -> str:
        def arn(text: str) -> str:
            digits = _digest(text).hex()
            parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32])
            return f"arn:aws:ce::{account}:costcategory/{'-'.join(parts)}"

        return self._next(arn)

    def account(self) -> str:
        return self._next(lambda text: str(10**11 + int.from_bytes(_digest(f"account {text}"), "big") % (9 * 10**11)))

    def permission_set(self, instance_arn: str) -> str:
        """The ARN of a permission set of the instance."""
        instance = instance_arn.partition("/")[2]
        return self._next(lambda text: f"arn:aws:sso:::permissionSet/{instance}/ps-{_hex(text, 16)}")

    def of_store(self, store: str) -> str:
        """The id of a group, a user or a membership."""
        return self._next(lambda text: f"{store.removeprefix('d-')}-{_uuid(text)}")

    def role_request(self) -> str:
        return self._next(_uuid)

    def _next(self, made_of: Callable[[str], str]) -> str:
        while True:
            self.serial += 1
            id = made_of(f"{self._organization} {self.serial}")
            if id not in self._taken:
                return id


def _letters(text: str, length: int) -> str:
    return "".join(_LOWER[byte % len(_LOWER)] for byte in _digest(text)[:length])


def _hex(text: str, length: int) -> str:
    return _digest(text).hex()[:length]


def _uuid(text: str) -> str:
    return str(UUID(bytes=_digest(text)[:16]))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
