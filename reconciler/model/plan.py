"""A plan is data: what would be done, in which order, why, and which live values it relies on.

It can be saved, compared, reviewed, rendered in several ways and carried out by another process. Nothing in it is a
closure, and the same input gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Self

from pydantic import Field, SerializeAsAny, computed_field

from reconciler.model.address import Address
from reconciler.model.base import Frozen, Json, Source, validated
from reconciler.model.drift import ChangedBy, Exposure, Severity, by_severity
from reconciler.model.impact import AccessEntry, Claim, Impact
from reconciler.model.resources import Resource
from reconciler.model.scope import Coverage, Scope

FORMAT_VERSION = "1.0"

Action = Literal[
    "enable",
    "disable",
    "create",
    "replace",
    "rename",
    "invite",
    "update",
    "move",
    "attach",
    "detach",
    "close",
    "remove",
    "delete",
]
Reason = Literal[
    "declared",
    "not_declared",
    "differs",
    "renamed",
    "new_parent",
    "replaced",
    "disabled",
    "closed",
    "removed",
    "default",
    "no_gap",
    "name_taken",
]
DESTRUCTIVE: frozenset[str] = frozenset({"disable", "detach", "close", "remove", "delete"})


ChangeKey = tuple[Address, str, bool]


class Change(Frozen):
    """One step: `before` is the resource when it is this change's turn (`None`: it does not exist), `after` what the
    change makes of it (`None`: it goes).

    `fields` names the fields that differ, `depends_on` the addresses of earlier changes that must have succeeded,
    `source` the place in the spec that asks for it, `accounts` how many accounts it reaches. A `temporary` change is
    not asked for by the spec: it keeps a Deny in force while others are carried out, and is undone later in the plan.
    Of drift, `severity` is what the difference means, and `changed_by` who made it, where that was looked up.
    """

    address: Address
    kind: str
    action: Action
    reason: Reason
    before: SerializeAsAny[Resource] | None = None
    after: SerializeAsAny[Resource] | None = None
    fields: tuple[str, ...] = ()
    depends_on: tuple[Address, ...] = ()
    source: Source | None = None
    note: str | None = None
    accounts: int = 0
    temporary: bool = False
    severity: Severity | None = Field(default=None, exclude_if=lambda found: found is None)
    changed_by: ChangedBy | None = Field(default=None, exclude_if=lambda found: found is None)

    @property
    def key(self) -> ChangeKey:
        """What distinguishes this change from every other one of the plan."""
        return (self.address, self.action, self.temporary)

    @property
    def resource(self) -> Resource:
        """The thing that is changed, as it will be, or as it was where it goes."""
        found = self.after or self.before
        assert found is not None
        return found

    def onto(self, current: Resource | None) -> Resource:
        """What the change makes of the resource as it is now: `fields` change, the rest stays as it is. Which tag keys
        are managed belongs to the tags."""
        assert self.after is not None
        if current is None or self.before is None:
            return self.after
        names = (*self.fields, *(("tag_keys",) if "tags" in self.fields else ()))
        changed = {name: getattr(self.after, name) for name in names}
        return current.model_copy(update={**changed, "source": self.after.source})


def change_of(
    action: Action, reason: Reason, *, before: Resource | None = None, after: Resource | None = None, **more: Any
) -> Change:
    """The change of a resource, with its address, kind and, where `more` has no other, its place in the spec."""
    resource = after or before
    assert resource is not None
    fields = {"source": resource.source, **more}
    return Change(
        address=resource.address, kind=resource.kind, action=action, reason=reason, before=before, after=after, **fields
    )


class Precondition(Frozen):
    """A live value that the plan relies on. `fields` are the resource's own (long ones as `sha256:...`) and, where they
    matter, the ids of what is `attached` to it, of its `children`, `targets` and `namesakes`. `None` says that the
    resource must not exist."""

    address: Address
    id: str | None = None
    fields: dict[str, Json] | None = None


class Unmanaged(Frozen):
    """Something live that the spec does not declare, and which is left alone."""

    address: Address
    kind: str
    id: str | None = None
    name: str | None = None
    parent: Address | None = None


BY_HAND = frozenset({"W501", "W502", "W503", "W504", "W505", "W511", "W543"})
"""Codes of warnings about what differs from the spec and has to be corrected by hand: an account that is closed, has
another e-mail, or is not there; and what is to be deleted and cannot be, because something still needs it."""

LEFT_OUT = "I503"
"""The code of the warning that options leave changes out of the plan."""

NOT_COMPARED = "W532"
"""The code of the warning that something was not read, so that it may differ from the spec."""


class Warning_(Frozen):  # noqa: N801  # `Warning` is Python's
    """Something that a reviewer should know and that stops nothing. `code` is stable; one that begins with `I` is only
    information."""

    code: str
    message: str
    address: Address | None = None
    source: Source | None = None
    help: str | None = Field(default=None, exclude_if=lambda found: found is None)
    """What to do, where that is not part of the message."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def severity(self) -> Literal["warning", "info"]:
        return "info" if self.code.startswith("I") else "warning"


class Pending(Frozen):
    """What another party has to do before the organization can be as declared; nothing can be applied until then.
    `state` is the service's own, in lower case; `since` and `expires` are times (RFC 3339), `None` where unknown."""

    address: Address
    state: str
    since: str | None = None
    expires: str | None = None
    detail: str = ""


class Violation(Frozen):
    """A guard that refuses. `allow` is the exact option that lets this plan pass; `None`: none does."""

    guard: str
    message: str
    addresses: tuple[Address, ...] = ()
    allow: str | None = None
    source: Source | None = None


class Gap(Frozen):
    """An account that is without a Deny, which it has before and after the plan, from just after the change `opened_by`
    until just after `closed_by`; `steps` changes lie between."""

    account: Address
    opened_by: Address
    closed_by: Address
    steps: int


class Proof(Frozen):
    """The order of a plan, checked for each of its `steps` changes: where an account would lose a Deny for a while, and
    what the service would refuse. Both are empty in a plan that is safe at every step."""

    steps: int = 0
    gaps: tuple[Gap, ...] = ()
    refused: tuple[Address, ...] = ()


class Guards(Frozen):
    """The verdict of the guards on a plan."""

    violations: tuple[Violation, ...] = ()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def blocked(self) -> bool:
        return bool(self.violations)


class Allowances(Frozen):
    """What the caller let pass when the plan was made: `numbers` by guard (`--allow GUARD=N`), and `--allow-close`."""

    numbers: dict[str, int] = Field(default_factory=dict)
    close: bool = False

    @property
    def options(self) -> tuple[str, ...]:
        """The options that gave it, as they are typed."""
        typed = (f"--allow {shlex.quote(f'{guard}={number}')}" for guard, number in sorted(self.numbers.items()))
        return (*(["--allow-close"] if self.close else []), *typed)


class GuardSettings(Frozen):
    """What the guards were set to when the plan was made, for an apply without the spec at hand: the `limits`, how many
    of each kind the spec `declared`, and what may not happen to the accounts in an OU (`impact`). `quotas` has the
    attachments per node by policy type, `most` how many of a kind there may be; `None` is not known."""

    limits: dict[str, Json] = Field(default_factory=dict)
    quotas: dict[str, int | None] = Field(default_factory=dict)
    most: dict[str, int | None] = Field(default_factory=dict)
    declared: dict[str, int] = Field(default_factory=dict)
    impact: dict[str, Claim] = Field(default_factory=dict)


class Organization(Frozen):
    """The organization that a plan is for."""

    id: str
    management_account_id: str
    root_id: str


class Exit(Frozen):
    """How the command ends: the process's exit code and the reason in one word."""

    code: int = 0
    reason: str = "ok"


_NOT_COVERED = {"source", "note", "accounts", "severity", "changed_by"}
"""Fields of a change that say nothing about what is done."""


class Summary(Frozen):
    """How many changes of each action and, of drift, of each severity, the worst first."""

    enable: int = 0
    disable: int = 0
    create: int = 0
    replace: int = 0
    rename: int = 0
    update: int = 0
    move: int = 0
    attach: int = 0
    detach: int = 0
    close: int = 0
    remove: int = 0
    invite: int = 0
    delete: int = 0
    total: int = 0
    severity: dict[str, int] | None = Field(default=None, exclude_if=lambda found: found is None)

    @classmethod
    def of(cls, changes: Sequence[Change]) -> Self:
        counts = Counter(change.action for change in changes)
        rated = any(change.severity for change in changes)
        severity = by_severity(change.severity for change in changes) if rated else None
        return cls.model_validate({**counts, "total": counts.total(), "severity": severity})


class Plan(Frozen):
    """Everything that a reviewer reads and that `apply` carries out. `changes` are in the order of execution."""

    format_version: str = FORMAT_VERSION
    command: Literal["plan", "drift", "apply"] = "plan"
    organization: Organization
    spec_digest: str
    changes: tuple[Change, ...] = ()
    pending: tuple[Pending, ...] = ()
    unmanaged: tuple[Unmanaged, ...] = ()
    warnings: tuple[Warning_, ...] = ()
    guards: Guards = Guards()
    allowed: Allowances | None = Field(default=None, exclude_if=lambda found: found is None)
    """What was allowed when the plan was made; whoever approves the digest approves it too."""
    guard_settings: GuardSettings = GuardSettings()
    proof: Proof = Proof()
    impact: tuple[Impact, ...] = ()
    access: tuple[AccessEntry, ...] = Field(default=(), exclude_if=lambda found: not found)
    """Who gains and loses access to which accounts."""
    coverage: Coverage | None = Field(default=None, exclude_if=lambda found: found is None)
    """How assignments were read, where the plan depends on them."""
    exposure: Exposure | None = Field(default=None, exclude_if=lambda found: found is None)
    """Of drift: what accounts may do, compared with what is declared, where anybody may do other things."""
    preconditions: tuple[Precondition, ...] = ()
    ids: dict[Address, str] = Field(default_factory=dict)
    """The ids of everything existing that the changes name."""
    scope: Scope = Scope(policy_types=())
    """What `apply` reads again before it makes the first call."""
    managed: int = 0
    """How many live resources the spec declares."""
    reads: dict[str, int] = Field(default_factory=dict)
    exit: Exit = Exit()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def summary(self) -> Summary:
        return Summary.of(self.changes)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def digest(self) -> str:
        """`sha256:` over the operations, the live values that they assume, and what is allowed; the same on every
        machine and run."""
        covered = {
            "format": FORMAT_VERSION.partition(".")[0],
            "organization": self.organization.model_dump(mode="json"),
            "changes": [each.model_dump(mode="json", exclude=_NOT_COVERED, exclude_none=True) for each in self.changes],
            "preconditions": [each.model_dump(mode="json", exclude_none=True) for each in self.preconditions],
            "ids": self.ids,
        }
        if self.allowed is not None:
            covered["allowed"] = self.allowed.model_dump(mode="json")
        text = json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return "sha256:" + hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()

    @property
    def digest_without_allowances(self) -> str:
        """The digest of the same plan without anything that was allowed."""
        return self.model_copy(update={"allowed": None}).digest

    @classmethod
    def load(cls, data: Mapping[str, Any], classes: Iterable[type[Resource]]) -> Self:
        """The plan in a parsed plan file. Raises `ValueError` where it is not one."""
        by_kind = {each.kind: each for each in classes}

        def change(raw: Any, place: str) -> Change:
            kind = raw.get("kind") if isinstance(raw, dict) else None
            found = by_kind.get(kind) if isinstance(kind, str) else None
            if found is None:
                raise ValueError(f"{place}.kind: expected a kind of object that is managed")
            sides = {
                side: validated(found, raw[side], f"{place}.{side}")
                for side in ("before", "after")
                if raw.get(side) is not None
            }
            if not sides:
                raise ValueError(f"{place}: it has neither before nor after")
            return validated(Change, {**raw, **sides}, place)

        listed = data.get("changes")
        if not isinstance(listed, list):
            raise ValueError("changes: expected a list")
        changes = [change(each, f"changes[{place}]") for place, each in enumerate(listed)]
        return validated(cls, {**data, "changes": changes}, "")
