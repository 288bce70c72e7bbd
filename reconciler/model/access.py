"""Who can enter an account: the assignments of IAM Identity Center in it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reconciler.model.address import Address
from reconciler.model.base import Frozen
from reconciler.model.scope import Coverage


class Access(Frozen):
    """A group or a user that can enter the account with a permission set. `file` and `line` are where the spec names
    it for that; both are `None` where it does not."""

    principal: Address
    permission_set: Address
    declared: bool
    file: str | None = None
    line: int | None = None


class AccountAccess(Frozen):
    """All that can enter an account, as the spec declares it or as it is live: then `coverage` says how the assignments
    were read. `managed` is whether the spec, where there is one, declares assignments at all."""

    account: Address
    id: str | None = None
    side: Literal["spec", "live"]
    access: tuple[Access, ...] = ()
    coverage: Coverage | None = Field(default=None, exclude_if=lambda found: found is None)
    managed: bool
