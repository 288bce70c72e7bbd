"""Every kind of thing that is managed, in the order in which they are aligned and compared."""

from __future__ import annotations

from reconciler.kinds.account import AccountKind
from reconciler.kinds.attachment import AttachmentKind
from reconciler.kinds.base import Kind
from reconciler.kinds.organizational_unit import OrganizationalUnitKind
from reconciler.kinds.policy import PolicyKind
from reconciler.kinds.policy_type import PolicyTypeKind
from reconciler.kinds.root import RootKind

KINDS: tuple[Kind, ...] = (
    PolicyTypeKind(),
    RootKind(),
    PolicyKind(),
    AccountKind(),
    OrganizationalUnitKind(),
    AttachmentKind(),
)
"""Accounts and policies before OUs (what is undeclared in a replaced OU is known by its final name), attachments last
(they name all of the others)."""
