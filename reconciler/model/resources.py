"""The things that are managed, one frozen class a kind; the desired and the live side use the same ones.

A field which is `None` on the desired side is unmanaged: it is neither compared nor changed. References to other
resources are addresses, never ids, so both sides can be compared once they use the same names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, ClassVar, Literal, NamedTuple, Self

from pydantic import Field

from reconciler.model import address as addresses
from reconciler.model.address import Address, policy_type
from reconciler.model.base import Frozen, Json, Source
from reconciler.model.document import Language
from reconciler.model.policy_types import BY_SHORT
from reconciler.model.reference import references_in, resolved

AccountState = Literal["active", "pending_activation", "suspended", "pending_closure", "closed", "removed"]
Tags = dict[str, str]
TagKeys = Annotated[tuple[str, ...] | None, Field(exclude_if=lambda value: value is None)]
"""The keys of the tags that are managed, where others are left alone; `None`: `tags` are all that there are."""
MAX_OU_DEPTH = 5
"""Levels of OUs below the root (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html)."""


class Label(NamedTuple):
    """What people call a kind in texts: one thing, several, and what happens to one that goes (`OUs are deleted`)."""

    one: str
    many: str
    removed: str = "deleted"


class Resource(Frozen):
    """One managed thing. `plural` is what a spec calls all of its kind, `prefix` how its addresses begin, `label` its
    name in texts, `identified` whether the service gives it an id; `id` is that, `None` while it does not exist."""

    kind: ClassVar[str]
    plural: ClassVar[str]
    prefix: ClassVar[str]
    label: ClassVar[Label]
    identified: ClassVar[bool] = True
    identity: ClassVar[frozenset[str]] = frozenset({"address", "id", "source", "previously", "tag_keys"})
    """Fields that say which thing this is, not how it is; they are never compared."""

    address: Address
    id: str | None = None
    source: Source | None = Field(default=None, exclude=True)

    def references(self) -> tuple[Address, ...]:
        """The resources that must exist for this one to exist."""
        return ()

    def follows(self) -> tuple[Address, ...]:
        """The resources after whose changes this one is made, and before which it is removed, where a plan has both."""
        return ()

    def releases(self) -> tuple[Address, ...]:
        """The resources that need not exist any more once this one is made, which takes over from them."""
        return ()

    def is_fulfilled(self, live: Iterable[Resource]) -> bool:
        """True where the live resources show that it led to what it is made for, after which it need not exist."""
        return False

    def unique_key(self) -> tuple[str, ...] | None:
        """What makes it unique to the service besides its id, `None` where nothing but its address does."""
        return None

    def readdressed(self, names: Mapping[Address, Address]) -> Self:
        """The same with other addresses, for itself and for what it refers to."""
        return self.model_copy(update={"address": names.get(self.address, self.address)})

    @property
    def language(self) -> Language | None:
        """The language of its document (`content`), where it has one."""
        return None

    def with_ids(self, id_of: Callable[[Address], str | None]) -> Self:
        """The same with every reference in its document replaced whose id is known."""
        return self

    @property
    def display_name(self) -> str:
        """How it is named in texts, after its label."""
        return addresses.local(self.address)

    def fields(self) -> dict[str, Json]:
        """What is compared and shown: the managed fields, as JSON."""
        return self.model_dump(mode="json", exclude=set(self.identity), exclude_none=True)


def tags_of(resource: Resource | None) -> Tags | None:
    """The tags of a resource; `None` for a kind that has none, too."""
    found: Tags | None = resource.__dict__.get("tags") if resource is not None else None
    return found


class Root(Resource):
    """The root of the tree."""

    kind: ClassVar[str] = "root"
    plural: ClassVar[str] = "roots"
    prefix: ClassVar[str] = "root"
    label: ClassVar[Label] = Label("root", "roots")
    tags: Tags | None = None
    tag_keys: TagKeys = None


class PolicyType(Resource):
    """A policy type that is enabled in the root. `type` is its short name (`scp`)."""

    kind: ClassVar[str] = "policy_type"
    plural: ClassVar[str] = "policy_types"
    prefix: ClassVar[str] = "policy_type"
    label: ClassVar[Label] = Label("policy type", "policy types", "disabled")
    identified: ClassVar[bool] = False
    type: str

    def follows(self) -> tuple[Address, ...]:
        row = BY_SHORT.get(self.type)
        return (addresses.FEATURE_SET, *([addresses.trusted_access(row.service)] if row and row.service else []))


class OrganizationalUnit(Resource):
    """An OU. `previously` has earlier addresses of it (the spec's `previously:`). Because the service cannot move an
    OU, one with another parent is replaced: the wanted one `replaces` the live one, which is `replaced_by` it."""

    kind: ClassVar[str] = "organizational_unit"
    plural: ClassVar[str] = "organizational_units"
    prefix: ClassVar[str] = "ou"
    label: ClassVar[Label] = Label("OU", "OUs")
    identity: ClassVar[frozenset[str]] = Resource.identity | {"replaces", "replaced_by"}
    name: str
    parent: Address
    tags: Tags | None = None
    tag_keys: TagKeys = None
    previously: tuple[Address, ...] = ()
    replaces: Address | None = None
    replaced_by: Address | None = None

    def unique_key(self) -> tuple[str, ...]:
        return (self.prefix, self.parent, self.name)

    def references(self) -> tuple[Address, ...]:
        return (self.parent,)

    def readdressed(self, names: Mapping[Address, Address]) -> Self:
        return super().readdressed(names).model_copy(update={"parent": names.get(self.parent, self.parent)})


class Account(Resource):
    """An account. `email` identifies it where the id is not known; `name` `None` on the desired side means that an
    existing name is kept. `create_name`, `create_email`, `role_name` and `iam_user_access_to_billing` matter only when
    it is created, and `gov_cloud` then gives it a counterpart; with `invite` it joins when it accepts.
    `stays_until` is the day (RFC 3339) before which the live account cannot be removed, `None` where there is none."""

    kind: ClassVar[str] = "account"
    plural: ClassVar[str] = "accounts"
    prefix: ClassVar[str] = "account"
    label: ClassVar[Label] = Label("account", "accounts", "closed")
    identity: ClassVar[frozenset[str]] = Resource.identity | {
        "create_name", "create_email", "role_name", "iam_user_access_to_billing", "invite", "gov_cloud",
        "stays_until",
    }  # fmt: skip
    name: str | None = None
    email: str | None = None
    parent: Address
    state: AccountState = "active"
    tags: Tags | None = None
    tag_keys: TagKeys = None
    create_name: str | None = None
    create_email: str | None = None
    role_name: str | None = None
    iam_user_access_to_billing: Literal["allow", "deny"] | None = None
    invite: bool = Field(default=False, exclude=True)
    gov_cloud: bool = Field(default=False, exclude_if=lambda value: not value)
    stays_until: str | None = Field(default=None, exclude=True)

    @property
    def is_closed(self) -> bool:
        """True for an account that nobody can use and that keeps its place until it is gone."""
        return self.state in ("suspended", "pending_closure", "closed")

    def unique_key(self) -> tuple[str, ...] | None:
        email = self.email or self.create_email
        return (self.prefix, email.lower()) if email else None

    def references(self) -> tuple[Address, ...]:
        return (self.parent,)

    def readdressed(self, names: Mapping[Address, Address]) -> Self:
        return super().readdressed(names).model_copy(update={"parent": names.get(self.parent, self.parent)})


class Policy(Resource):
    """A policy. `content` is the canonical document; strings in it may hold references to ids that are known only
    after apply (see `model.reference`). `content` is `None` where a live document was not read."""

    kind: ClassVar[str] = "policy"
    plural: ClassVar[str] = "policies"
    prefix: ClassVar[str] = "policy"
    label: ClassVar[Label] = Label("policy", "policies")
    type: str
    name: str
    description: str | None = None
    content: Json = None
    tags: Tags | None = None
    tag_keys: TagKeys = None
    aws_managed: bool = False
    previously: tuple[str, ...] = ()

    @property
    def language(self) -> Language:
        return BY_SHORT[self.type].language

    def unique_key(self) -> tuple[str, ...]:
        return (self.prefix, self.type, self.name)

    def references(self) -> tuple[Address, ...]:
        return (policy_type(self.type), *references_in(self.content))

    def with_ids(self, id_of: Callable[[Address], str | None]) -> Self:
        return self.model_copy(update={"content": resolved(self.content, id_of)})


class Attachment(Resource):
    """A policy attached to a node. It has no id of its own. `position` orders the attachments of a node: on the desired
    side that of the list in the spec, counting from 1; `None` on the live side, where the order is not known."""

    kind: ClassVar[str] = "attachment"
    plural: ClassVar[str] = "attachments"
    prefix: ClassVar[str] = "attachment"
    label: ClassVar[Label] = Label("attachment", "attachments", "detached")
    identified: ClassVar[bool] = False
    identity: ClassVar[frozenset[str]] = Resource.identity | {"position"}
    policy: Address
    target: Address
    position: int | None = Field(default=None, exclude=True)

    def references(self) -> tuple[Address, ...]:
        return (self.policy, self.target)

    def readdressed(self, names: Mapping[Address, Address]) -> Self:
        policy, target = (names.get(each, each) for each in self.references())
        address = addresses.attachment(policy, target)
        return self.model_copy(update={"address": address, "policy": policy, "target": target})
