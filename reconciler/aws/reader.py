"""The live organization, read with the fewest calls the service allows, or an error; never a part of it.

1. Organization, root, all accounts (with their place in the tree), the OUs of each container that can have any.
2. For each policy type that is wanted and enabled: its policies, their documents, and the targets of each policy
   (policies by target would cost a call for each node and type).
3. Tags from the tag index in bulk. The index may lag, so where it differs from what the spec wants,
   `confirmed_tags` asks the resource itself.

The parts run beside each other, in a pool for each bucket of the service (`aws.pools`), so that a read takes as long
as its slowest bucket: the document and the targets of a policy are asked for as soon as it is listed. Pages of one
list cannot run beside each other. A list ends where no token comes back: the service sends empty pages too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from reconciler.aws.callers import in_no_organization, not_allowed
from reconciler.aws.converting import (
    addressed,
    attachment,
    described_organization,
    document_of,
    is_everywhere,
    path_of,
    state_of,
    stays_until,
)
from reconciler.aws.pages import items
from reconciler.aws.parts import Parts
from reconciler.aws.pools import Pools, Task
from reconciler.aws.tag_index import by_key, is_taggable, tag_index, tagged
from reconciler.errors import AccessDenied, NoCredentials, NotAllowed, ReadFailed, ReconcilerError, ServiceError
from reconciler.kinds import ACCOUNT_PARTS, PARTS
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.api import Api
from reconciler.model.base import Json
from reconciler.model.inventory import Inventory, Organization
from reconciler.model.policy_types import BY_SHORT, POLICY_TYPES
from reconciler.model.resources import (
    MAX_OU_DEPTH,
    Account,
    Attachment,
    OrganizationalUnit,
    Policy,
    PolicyType,
    Resource,
    Root,
    Tags,
)
from reconciler.model.scope import Scope, Unread

A = TypeVar("A")

WHOLE = Scope(parts=None)
"""Everything that there is."""

_AGAIN = "nothing was changed; run it again"
_ON = frozenset({"ENABLED", "PENDING_ENABLE"})


def read(
    api: Api, scope: Scope = WHOLE, progress: Callable[[str, int, int], None] = lambda what, done, total: None
) -> Inventory:
    """The live organization as far as the scope goes. Where that is whole, tags are read until they are certain.
    `progress` gets what is read, how much is done and how much there is.

    Raises `ReadFailed` where any call fails for good, `NotAllowed` where one is denied."""
    with _reading(api, scope, progress) as reading:
        return reading.run()


def with_types(
    api: Api,
    live: Inventory,
    policy_types: Iterable[str],
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Inventory:
    """What `read` would have brought with these policy types too, for the calls that are missing. A type that the
    caller may not read stays unknown, with the reason in the scope. `live` is as it was read, by its own names."""
    asked = sorted({each.kind for each in live.unread()} & set(policy_types), key=list(BY_SHORT).index)
    for short in asked:
        with _reading(api, Scope(policy_types=(short,), tags=False), progress) as reading:
            try:
                live = reading.added(live, short)
            except AccessDenied as error:
                scope = live.scope.with_unread([Unread(kind=short, reason=error.message)])
                live = live.model_copy(update={"scope": scope})
    return live


def with_parts(api: Api, live: Inventory, parts: Iterable[str], *, optional: bool = True) -> Inventory:
    """What `read` would have brought with these parts too. Where they are `optional`, one that the caller may not read
    stays unknown, with the reason in the scope. `live` is as it was read, by its own names."""
    with _reading(api, Scope(policy_types=(), parts=tuple(sorted(parts))), lambda what, done, total: None) as reading:
        return reading.with_parts(live, optional=optional)


def with_tags(api: Api, live: Inventory) -> Inventory:
    """What `read` would have brought with tags too, for the calls that are missing."""
    with _reading(api, Scope(policy_types=()), lambda what, done, total: None) as reading:
        return reading.with_tags(live)


@contextmanager
def _reading(api: Api, scope: Scope, progress: Callable[[str, int, int], None]) -> Iterator[_Reading]:
    pools = Pools(api)
    try:
        yield _Reading(pools, scope, progress)
    except NoCredentials:
        raise
    except NotAllowed as error:
        raise not_allowed(api, error) from error
    except ServiceError as error:
        if error.code == "AWSOrganizationsNotInUseException":
            raise in_no_organization(api) from error
        raise _read_failed(error) from error
    except KeyError as error:
        raise ReadFailed(f"the service answered without {error}, which it always sends", help=_AGAIN) from error
    finally:
        pools.close()


def _read_failed(error: ServiceError) -> ReconcilerError:
    return ReadFailed(
        f"the organization could not be read: {error.message}"
        + (f" (request {error.request_id})" if error.request_id else ""),
        help=_AGAIN,
    )


class _Asked(NamedTuple):
    """A policy as it was listed, with what is asked about it meanwhile: its document and, where it can be `attached`,
    its targets."""

    policy: Policy
    content: Task[Json] | None
    targets: Task[list[dict[str, Any]]] | None
    attached: bool


class _Reading:
    """One read: what is known so far, shared by its steps."""

    def __init__(self, pools: Pools, scope: Scope, progress: Callable[[str, int, int], None]) -> None:
        self._pools = pools
        self._scope = scope
        self._progress = progress

    def run(self) -> Inventory:
        organization = self._pools.submit("DescribeOrganization", self._described)
        accounts = self._list("ListAccounts", "Accounts")
        tags = self._pools.submit("tagging:GetResources", tag_index, self._pools) if self._scope.tags else None
        parts = Parts(self._pools, self._scope.only_parts(PARTS), organization)
        roots = self._pools.result(self._list("ListRoots", "Roots"))
        if len(roots) != 1:
            raise ReadFailed(f"the service answered {len(roots)} roots, there is always one")
        on = {each["Type"] for each in roots[0]["PolicyTypes"] if each["Status"] in _ON}
        enabled = [row.short for row in POLICY_TYPES if row.api in on]
        types = [each for each in enabled if self._scope.selects(each)]
        asked = self._ask_policies([*types, *sorted(set(self._scope.disabled_types) - set(enabled))], set(enabled))
        units = self._units(roots[0]["Id"])
        resources: list[Resource] = [Root(address=addresses.ROOT, id=roots[0]["Id"]), *units]
        resources += [PolicyType(address=addresses.policy_type(each), type=each) for each in enabled]
        described = self._pools.result(organization)
        listed = self._pools.result(accounts)
        if described.management_account_id not in {each["Id"] for each in listed}:
            raise ReadFailed("ListAccounts was answered without the management account, so not whole", help=_AGAIN)
        resources += self._accounts(listed, resources)
        policies, targets = self._policies(asked)
        resources += policies
        resources += self._attachments(policies, targets, resources)
        if tags is not None:
            resources = tagged(resources, self._tags(resources, self._pools.result(tags)))
        own = Parts(self._pools, self._of_accounts(), organization).found()
        found = parts.found().and_of(own)
        unread = tuple(Unread(kind=each) for each in sorted(set(enabled) - set(types)))
        scope = Scope(tags=self._scope.tags, parts=found.parts, unread=(*unread, *found.unread))
        return Inventory(organization=described, scope=scope).with_resources([*resources, *found.resources])

    def added(self, live: Inventory, policy_type: str) -> Inventory:
        """The inventory with the policies of one more type; all policies get the addresses of a read of all of them."""
        known, (found, targets) = (
            list(live.of(Policy)),
            self._policies(self._ask_policies([policy_type], {policy_type})),
        )
        policies = addressed([*known, *found])
        address_of = {each.id: each.address for each in policies}

        def renamed(attachments: Iterable[Attachment], held: Sequence[Policy]) -> Iterator[Attachment]:
            names = {each.address: address_of[each.id] for each in held}
            return (attachment(names[each.policy], each.target) for each in attachments)

        nodes = [each for each in live.resources if not isinstance(each, Policy | Attachment)]
        attachments = (
            *renamed(live.of(Attachment), known),
            *renamed(self._attachments(found, targets, nodes), found),
        )
        scope = live.scope.without({policy_type})
        return live.model_copy(update={"scope": scope}).with_resources([*nodes, *policies, *attachments])

    def _described(self) -> Organization:
        return described_organization(self._pools.call("DescribeOrganization", {}))

    def _of_accounts(self) -> Scope:
        """The parts that belong to single accounts; of a whole scope none, for each costs a call."""
        return Scope(parts=()) if self._scope.parts is None else self._scope.only_parts(ACCOUNT_PARTS)

    def with_parts(self, live: Inventory, *, optional: bool) -> Inventory:
        """The inventory with the parts of the scope, as far as they can be read."""
        organization = self._pools.submit("DescribeOrganization", lambda: live.organization)
        found = Parts(self._pools, self._scope, organization, live.resources, optional=optional).found()
        scope = live.scope.with_parts(found.parts).with_unread(found.unread)
        resources = {**live.by_address(), **{each.address: each for each in found.resources}}
        return live.model_copy(update={"scope": scope}).with_resources(resources.values())

    def with_tags(self, live: Inventory) -> Inventory:
        """The inventory with the tags of everything in it."""
        resources = tagged(live.resources, self._tags(live.resources, tag_index(self._pools)))
        return live.model_copy(update={"scope": live.scope.model_copy(update={"tags": True})}).with_resources(resources)

    def _list(self, operation: str, member: str, **params: Any) -> Task[list[dict[str, Any]]]:
        return self._pools.submit(operation, lambda: list(items(self._pools, operation, params, member)))

    def _answers(self, what: str, tasks: Sequence[Task[A]]) -> list[A]:
        """The answers in the order of the tasks."""
        answers = []
        for done, task in enumerate(tasks, 1):
            answers.append(self._pools.result(task))
            self._progress(what, done, len(tasks))
        return answers

    def _units(self, root: str) -> list[OrganizationalUnit]:
        """The tree, level by level; OUs of the deepest level cannot have children and are not asked."""
        units: list[OrganizationalUnit] = []
        level: list[tuple[str, Address]] = [(root, addresses.ROOT)]
        for _ in range(MAX_OU_DEPTH):
            listed = self._answers(
                "organizational units",
                [
                    self._list("ListOrganizationalUnitsForParent", "OrganizationalUnits", ParentId=parent)
                    for parent, _ in level
                ],
            )
            below = []
            for (_, parent), found in zip(level, listed, strict=True):
                for each in found:
                    address = addresses.child(parent, each["Name"])
                    units.append(OrganizationalUnit(address=address, id=each["Id"], name=each["Name"], parent=parent))
                    below.append((each["Id"], address))
            level = below
            if not level:
                break
        return units

    def _accounts(self, listed: list[dict[str, Any]], nodes: Sequence[Resource]) -> list[Account]:
        address_of = {each.id: each.address for each in nodes if isinstance(each, Root | OrganizationalUnit)}
        parents = {each["Id"]: path[-2] for each in listed if (path := path_of(each))}
        if len(parents) < len(listed):
            containers = [each for each in address_of if each]
            children = self._answers(
                "accounts by parent",
                [self._list("ListAccountsForParent", "Accounts", ParentId=parent) for parent in containers],
            )
            for container, found in zip(containers, children, strict=True):
                for each in found:
                    parents.setdefault(each["Id"], container)
        accounts = []
        now = datetime.now(UTC)
        for each in listed:
            parent = parents.get(each["Id"])
            if parent not in address_of:
                raise ReadFailed(
                    f"account {each['Id']} is in no OU that was listed: the organization changed during the read",
                    help="run it again",
                )
            accounts.append(
                Account(
                    address=addresses.account(each["Id"]),
                    id=each["Id"],
                    name=each["Name"],
                    email=each["Email"],
                    parent=address_of[parent],
                    state=state_of(each),
                    stays_until=stays_until(each, now),
                )
            )
        return accounts

    def _ask_policies(self, types: Sequence[str], enabled: Collection[str]) -> list[Task[list[_Asked]]]:
        return [self._pools.submit("ListPolicies", self._ask_policies_of, each, each in enabled) for each in types]

    def _ask_policies_of(self, short: str, enabled: bool) -> list[_Asked]:
        """Lists the policies of a type, and asks about each as soon as it is listed. AWS's own have no document of
        interest; one that cannot be detached is everywhere, and needs no call, nor does one of a type that is not
        enabled, which is attached nowhere."""
        asked = []
        for each in items(self._pools, "ListPolicies", {"Filter": BY_SHORT[short].api}, "Policies"):
            policy = Policy(
                address=addresses.policy(each["Name"]),
                id=each["Id"],
                type=short,
                name=each["Name"],
                description=each.get("Description") or "",
                aws_managed=each["AwsManaged"],
            )
            content = None if policy.aws_managed else self._pools.submit("DescribePolicy", self._content, policy)
            targets = (
                None
                if is_everywhere(policy) or not enabled
                else self._list("ListTargetsForPolicy", "Targets", PolicyId=str(policy.id))
            )
            asked.append(_Asked(policy, content, targets, enabled))
        return asked

    def _policies(self, asked: Sequence[Task[list[_Asked]]]) -> tuple[list[Policy], list[list[dict[str, Any]] | None]]:
        """The policies with their documents, and the targets of each; `None` for one that is everywhere."""
        found = [each for task in asked for each in self._pools.result(task)]
        self._answers("policies", [each.content for each in found if each.content is not None])
        self._answers("attachments", [each.targets for each in found if each.targets is not None])
        policies = addressed(
            each.policy.model_copy(update={"content": each.content.answer if each.content else None}) for each in found
        )
        targets = {
            each.policy.id: each.targets.answer if each.targets else None if each.attached else [] for each in found
        }
        return policies, [targets[each.id] for each in policies]

    def _content(self, policy: Policy) -> Json:
        answer = self._pools.call("DescribePolicy", {"PolicyId": policy.id})
        return document_of(f"{policy.name} ({policy.id})", answer["Policy"]["Content"])

    def _attachments(
        self, policies: Sequence[Policy], targets: Sequence[list[dict[str, Any]] | None], nodes: Sequence[Resource]
    ) -> list[Attachment]:
        """The attachments of each policy, whose targets are beside it; `None` stands for all nodes."""
        places = [each for each in nodes if isinstance(each, Root | OrganizationalUnit | Account)]
        address_of = {str(each.id): each.address for each in places}
        return [
            attachment(policy.address, address_of[target])
            for policy, listed in zip(policies, targets, strict=True)
            for target in (address_of if listed is None else [each["TargetId"] for each in listed])
            if target in address_of
        ]

    def _tags(self, resources: Sequence[Resource], indexed: dict[str, Tags] | None) -> dict[str, Tags]:
        """The tags by id. Of kinds that the index does not list at all, each is asked where they have to be certain:
        the index lists nothing that has no tags, and need not know the kind."""
        if indexed is None:
            return self._tags_one_by_one(resources)
        if not self._scope.whole:
            return indexed
        listed = {each.kind for each in resources if each.id in indexed}
        return indexed | self._tags_one_by_one([each for each in resources if each.kind not in listed])

    def _tags_one_by_one(self, resources: Sequence[Resource]) -> dict[str, Tags]:
        own = [each for each in resources if is_taggable(each)]
        tasks = [self._pools.submit("ListTagsForResource", tags_of, self._pools, str(each.id)) for each in own]
        answers = self._answers("tags", tasks)
        return {str(each.id): tags for each, tags in zip(own, answers, strict=True)}


def tags_of(api: Api, resource_id: str) -> Tags:
    """The tags of one resource, from the resource itself."""
    params = {"ResourceId": resource_id}
    return by_key(items(api, "ListTagsForResource", params, "Tags"))


def confirmed_tags(api: Api, live: Inventory, suspects: Iterable[Address]) -> Inventory:
    """The inventory with the tags of the suspects read from the resources themselves."""
    by_address = live.by_address()
    asked = sorted(each for each in suspects if (found := by_address.get(each)) and is_taggable(found))
    pools = Pools(api)
    try:
        tasks = [pools.submit("ListTagsForResource", tags_of, pools, str(by_address[each].id)) for each in asked]
        answers = [pools.result(each) for each in tasks]
    except NotAllowed:
        raise
    except ServiceError as error:
        raise _read_failed(error) from error
    finally:
        pools.close()
    for address, tags in zip(asked, answers, strict=True):
        by_address[address] = by_address[address].model_copy(update={"tags": tags})
    return live.with_resources(by_address.values())
