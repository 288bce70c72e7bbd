"""A policy described for the users of an account: its purpose, what it denies, who is exempt, and where it applies."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from reconciler.model.address import Address
from reconciler.model.base import Frozen, Source
from reconciler.model.scope import Unread

Anchor = Annotated[str, Field(pattern=r"^[a-z0-9_-]+$")]
"""The fragment of a link, safe in every format."""


class GuardrailStatement(Frozen):
    """One statement as text. It is about `actions` (about all others, with `all_but_actions`) on `resources` (empty:
    on any; on all others, with `all_but_resources`), and holds if all of `conditions` hold. Callers in one of
    `exempt` are exempt. `name` is the Sid, or the number counting from 1."""

    name: str
    effect: Literal["Allow", "Deny"]
    actions: tuple[str, ...] = ()
    all_but_actions: bool = False
    resources: tuple[str, ...] = ()
    all_but_resources: bool = False
    conditions: tuple[str, ...] = ()
    exempt: tuple[str, ...] = ()
    source: Source | None = None


class Setting(Frozen):
    """One value, or list of values, that a declarative policy sets, at the path to it: `tags.team.tag_key`."""

    path: str
    values: tuple[str, ...]


class Guardrail(Frozen):
    """One policy of an organization, of any type.

    `anchors` name it in a page for as long as it has its name, and its id where it has one (AWS writes the id into the
    message of an AccessDenied): the first is the one to link to. `attached_to` are the nodes that it is attached to,
    `units` and `accounts` everything at and below them that it applies to. `size` and `max_size` are characters.
    """

    key: str
    id: str | None = None
    type: str
    name: str
    anchors: tuple[Anchor, ...]
    purpose: str | None = None
    statements: tuple[GuardrailStatement, ...] = ()
    settings: tuple[Setting, ...] = ()
    attached_to: tuple[Address, ...] = ()
    units: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    size: int = 0
    max_size: int | None = None
    source: Source | None = None


class Guardrails(Frozen):
    """The policies of one organization, by type in the order of the table of types, then by name. Those that AWS
    manages are left out. Of the types in `unread` there may be others."""

    format_version: str = "1.0"
    organization: str | None = None
    policies: tuple[Guardrail, ...] = ()
    unread: tuple[Unread, ...] = ()
