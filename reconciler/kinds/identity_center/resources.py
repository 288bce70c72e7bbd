"""What IAM Identity Center consists of, as resources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, Literal, Self

from pydantic import Field

from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.base import Frozen, Json
from reconciler.model.document import Language
from reconciler.model.reference import references_in, resolved
from reconciler.model.resources import Label, Resource, TagKeys, Tags
from reconciler.model.scope import Scope

INSTANCE: Address = "identity_center:/"

BY_PRINCIPAL = "assignments/by_principal"
"""The part of a scope that is read by principal: it lacks the assignments of principals that nobody asked about."""


class IdentityCenter(Resource):
    """The instance. `id` is its Region and its ARN (`eu-west-1/arn:aws:sso:::instance/ssoins-1234567890abcdef`), so
    that what has the id can be called; the Region is empty where it is the configured one. `store` is the id of its
    identity store."""

    kind: ClassVar[str] = "identity_center"
    plural: ClassVar[str] = "identity_center"
    prefix: ClassVar[str] = "identity_center"
    label: ClassVar[Label] = Label("IAM Identity Center", "instances of IAM Identity Center")
    region: str
    store: str = ""

    @property
    def arn(self) -> str:
        return str(self.id).partition("/")[2]

    @property
    def display_name(self) -> str:
        return f"in {self.region}"


class Principal(Resource):
    """A group or a user of the identity store, by its name there; `id` is the store's. One that was deleted and still
    has assignments has its id as its name."""

    name: str

    @property
    def type(self) -> Literal["GROUP", "USER"]:
        """What the API calls it."""
        return "USER" if self.kind == "user" else "GROUP"


class Group(Principal):
    kind: ClassVar[str] = "group"
    plural: ClassVar[str] = "groups"
    prefix: ClassVar[str] = "group"
    label: ClassVar[Label] = Label("group", "groups")


class User(Principal):
    kind: ClassVar[str] = "user"
    plural: ClassVar[str] = "users"
    prefix: ClassVar[str] = "user"
    label: ClassVar[Label] = Label("user", "users")


class CustomerManaged(Frozen):
    """A policy that every account with the permission set has under this name and path."""

    name: str
    path: str = "/"


class Boundary(Frozen):
    """A permissions boundary: a policy of AWS by its name, or one of the accounts. Both `None`: there is none."""

    managed: str | None = None
    customer_managed: CustomerManaged | None = None


class PermissionSet(Resource):
    """A permission set; `id` is its ARN. A part that is `None` on the desired side is not managed.

    - `session` is a duration of ISO 8601 (`PT4H`); an empty `relay_state` or `inline` is none.
    - `managed` names policies of AWS as they are in their ARNs, after `policy/` (`job-function/ViewOnlyAccess`).
    - `outdated` are the ids of the accounts that have an earlier version of it, `accounts` of all that have it.
    - `previously` are earlier names; one that is replaced is `replaced_by` another.
    """

    kind: ClassVar[str] = "permission_set"
    plural: ClassVar[str] = "permission_sets"
    prefix: ClassVar[str] = "permission_set"
    label: ClassVar[Label] = Label("permission set", "permission sets")
    identity: ClassVar[frozenset[str]] = Resource.identity | {"accounts", "replaced_by"}
    name: str
    description: str | None = None
    session: str | None = None
    relay_state: str | None = None
    managed: tuple[str, ...] | None = None
    customer_managed: tuple[CustomerManaged, ...] | None = None
    inline: Json = None
    boundary: Boundary | None = None
    outdated: tuple[str, ...] | None = None
    tags: Tags | None = None
    tag_keys: TagKeys = None
    accounts: tuple[str, ...] = Field(default=(), exclude=True)
    previously: tuple[str, ...] = ()
    replaced_by: Address | None = None

    def unique_key(self) -> tuple[str, ...]:
        return (self.prefix, self.name)

    def references(self) -> tuple[Address, ...]:
        return (INSTANCE, *references_in(self.inline))

    @property
    def language(self) -> Language | None:
        return "identity" if self.inline else None

    def with_ids(self, id_of: Callable[[Address], str | None]) -> Self:
        return self.model_copy(update={"inline": resolved(self.inline, id_of)})

    @property
    def display_name(self) -> str:
        return self.name


class Assignment(Resource):
    """A permission set that a group or a user has in an account. `account_id` is the account's id where it is live.
    `takes_over` is the assignment of a replaced permission set that this one takes the place of."""

    kind: ClassVar[str] = "assignment"
    plural: ClassVar[str] = "assignments"
    prefix: ClassVar[str] = "assignment"
    label: ClassVar[Label] = Label("assignment", "assignments")
    identified: ClassVar[bool] = False
    identity: ClassVar[frozenset[str]] = Resource.identity | {"account_id", "takes_over"}
    permission_set: Address
    principal: Address
    account: Address
    account_id: str = Field(default="", exclude_if=lambda value: not value)
    takes_over: Address | None = Field(default=None, exclude_if=lambda value: value is None)

    def references(self) -> tuple[Address, ...]:
        return (self.permission_set, self.principal, self.account, INSTANCE)

    def follows(self) -> tuple[Address, ...]:
        return (self.permission_set,)

    def releases(self) -> tuple[Address, ...]:
        return (self.takes_over,) if self.takes_over else ()

    def readdressed(self, names: Mapping[Address, Address]) -> Assignment:
        account = names.get(self.account)
        if account is None or account == self.account:
            return self
        return live_assignment(self.permission_set, self.principal, account, self.account_id)

    @property
    def part(self) -> str:
        """The part of a scope that it is in, where assignments are read by pair."""
        return pair(self.permission_set, self.account_id)

    @property
    def display_name(self) -> str:
        permission_set, account = addresses.local(self.permission_set), addresses.local(self.account)
        return f"of {permission_set} to {named(self.principal)} in {account}"


def by_pair(scope: Scope) -> Scope:
    """The scope with assignments read by pair, so that none is missing."""
    if scope.parts is None or BY_PRINCIPAL not in scope.parts:
        return scope
    others = (each for each in scope.parts if each != BY_PRINCIPAL)
    return scope.model_copy(update={"parts": tuple(sorted((*others, Assignment.plural)))})


def live_assignment(permission_set: Address, principal: Address, account: Address, account_id: str) -> Assignment:
    """A live assignment. There can be a hundred thousand, all of them made here, so they are not validated."""
    return Assignment.model_construct(
        _fields_set=_FIELDS,
        address=assignment(permission_set, principal, account),
        permission_set=permission_set,
        principal=principal,
        account=account,
        account_id=account_id,
    )


_FIELDS = {"address", "permission_set", "principal", "account", "account_id"}


def assignment(permission_set: Address, principal: Address, account: Address) -> Address:
    """The address of an assignment."""
    return f"assignment:{addresses.local(permission_set)}@{principal}@{addresses.local(account)}"


def pair(permission_set: Address, account_id: str) -> str:
    """The part of a scope that a permission set is in one account."""
    return f"assignments/{account_id}/{addresses.local(permission_set)}"


def named(principal: Address) -> str:
    """A principal in a sentence: `group Platform`."""
    kind, _, name = principal.partition(":")
    return f"{kind} {name}"
