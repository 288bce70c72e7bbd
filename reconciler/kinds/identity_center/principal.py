"""Groups and users. The identity provider makes them; here they are looked up by name."""

from __future__ import annotations

from reconciler.kinds.identity_center.resources import Group, User
from reconciler.kinds.read_only import ReadOnlyKind


class GroupKind(ReadOnlyKind):
    resource = Group


class UserKind(ReadOnlyKind):
    resource = User
