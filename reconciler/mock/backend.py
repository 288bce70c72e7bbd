"""moto's Organizations backend, with overrides where moto differs from the service.

It carries out calls that the rules have allowed, and checks nothing itself. Lists are sliced before their items are
described, so that a page costs the same in a large organization; `NextToken` is an offset here, which `pages` makes
into an opaque token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, cast

from moto.organizations.exceptions import AccountNotFoundException
from moto.organizations.models import FakePolicy, OrganizationsBackend

from reconciler.kinds.billing.budget_action import BudgetAction
from reconciler.mock.account_requests import AccountRequest, failure_of
from reconciler.mock.events import History
from reconciler.mock.handshakes import Handshake
from reconciler.mock.identity_center import DEFAULT_REGION, IdentityCenter
from reconciler.mock.ids import Ids
from reconciler.mock.objects import (
    MANAGED,
    MANAGED_IDS,
    Account,
    Budget,
    Container,
    CostCategory,
    Node,
    Organization,
    Policy,
    RegionSwitch,
    ResourcePolicy,
    Root,
    Unit,
)
from reconciler.model.policy_types import BY_API

T = TypeVar("T")
Listing = tuple[list[T], str | None]


class Backend(OrganizationsBackend):
    """One organization. `closures` has the time of each closure by account, `trusted_access` the time since when a
    service has access, `delegated_administrators` the same by account and service, all in seconds since 1970;
    `activated` has the services that their own operation enabled, `root_features` those of centralised root access;
    `alternate_contacts`, `contacts` and `regions` have what was set of each account; `cost_categories` are by their
    ARNs, `allocation_tags` has the statuses that were set by keys, `budgets` are by their names; `account_quota` is how
    many accounts there may be, `None` for the default; `identity_center` is `None` where the organization has no
    instance of IAM Identity Center; `caller` is the account that makes the call at hand, and `region` the Region that
    it calls; `history` has the recorded writes; `changed` is true while the state differs from its file."""

    def __init__(
        self,
        organization: Organization,
        *,
        ids: Ids,
        clock: Callable[[], float],
        creation_polls: int,
        closure_seconds: float,
        root_tags: Mapping[str, str],
    ) -> None:
        super().__init__("aws", organization.master_account_id)
        self.org = self.organization = organization
        self.ids = ids
        self.clock = clock
        self.creation_polls = creation_polls
        self.closure_seconds = closure_seconds
        self.account_requests: dict[str, AccountRequest] = {}
        self.closures: dict[str, float] = {}
        self.trusted_access: dict[str, float] = {}
        self.resource_policy: ResourcePolicy | None = None
        self.activated: set[str] = set()
        self.root_features: set[str] = set()
        self.alternate_contacts: dict[str, dict[str, dict[str, str]]] = {}
        self.contacts: dict[str, dict[str, str]] = {}
        self.regions: dict[str, dict[str, RegionSwitch]] = {}
        self.cost_categories: dict[str, CostCategory] = {}
        self.allocation_tags: dict[str, str] = {}
        self.budgets: dict[str, Budget] = {}
        self.budget_actions: dict[str, BudgetAction] = {}
        self.account_quota: int | None = None
        self.delegated_administrators: dict[str, dict[str, float]] = {}
        self.handshakes: dict[str, Handshake] = {}
        self.identity_center: IdentityCenter | None = None
        self.caller = organization.master_account_id
        self.region = DEFAULT_REGION
        self.history = History()
        self.changed = False
        self.root = Root(organization, root_tags)
        self.nodes: dict[str, Node] = {self.root.id: self.root}
        self.catalogue: dict[str, Policy] = {}
        self.ou.append(self.root)

    # ---- reading -----------------------------------------------------------------------------------------------

    @property
    def enabled_types(self) -> frozenset[str]:
        """The enabled policy types, by API name."""
        return frozenset(each["Type"] for each in self.root.policy_types)

    def units(self) -> list[Unit]:
        return [each for each in self.ou if isinstance(each, Unit)]

    def members(self) -> list[Account]:
        """All accounts, the management account included."""
        return [each for each in self.accounts if isinstance(each, Account)]

    def container(self, id: str) -> Container | None:
        node = self.nodes.get(id)
        return None if isinstance(node, Account) else node

    def account(self, id: str) -> Account | None:
        node = self.nodes.get(id)
        return node if isinstance(node, Account) else None

    def chain(self, id: str) -> list[str]:
        """The ids from the root down to `id`, which is the last one."""
        node: Node | None = self.nodes[id]
        steps: list[str] = []
        while node is not None:
            steps.append(node.id)
            node = self.nodes[node.parent_id] if node.parent_id else None
        return steps[::-1]

    def administrators(self, principal: str | None = None) -> list[str]:
        """The accounts that are delegated administrators of the service, or of any service."""
        delegated = self.delegated_administrators.items()
        return [id for id, services in delegated if principal is None or principal in services]

    def attached(self, node: Node, type: str) -> list[FakePolicy]:
        return [each for each in node.attached_policies if each.type == type]

    # ---- inserting ---------------------------------------------------------------------------------------------

    def add_unit(self, unit: Unit) -> None:
        self.ou.append(unit)
        self.nodes[unit.id] = unit

    def add_account(self, account: Account) -> None:
        self.accounts.append(account)
        self.nodes[account.id] = account

    def add_policy(self, policy: Policy) -> None:
        self.policies.append(policy)
        self.catalogue[policy.id] = policy

    def enable(self, type: str) -> None:
        """Enable a policy type and create its managed policy, without attaching it."""
        self.root.policy_types.append({"Type": type, "Status": "ENABLED"})
        name = BY_API[type].default
        if name and MANAGED_IDS[name] not in self.catalogue:
            description, content = MANAGED[name]
            policy = Policy(
                self.organization,
                id=MANAGED_IDS[name],
                type=type,
                name=name,
                content=content,
                description=description,
                aws_managed=True,
            )
            self.add_policy(policy)

    def attach_defaults(self, nodes: Iterable[Node], types: Iterable[str] | None = None) -> None:
        """Attach the managed policy of each enabled type.

        https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
        """
        names = [BY_API[each].default for each in (self.enabled_types if types is None else types)]
        policies = [self.catalogue[MANAGED_IDS[name]] for name in sorted(each for each in names if each)]
        for node in nodes:
            for policy in policies:
                self.attach(policy, node)

    @staticmethod
    def attach(policy: FakePolicy, node: Node) -> None:
        node.attached_policies.append(policy)
        policy.attachments.append(node)

    @staticmethod
    def detach(policy: FakePolicy, node: Node) -> None:
        node.attached_policies.remove(policy)
        policy.attachments.remove(node)

    # ---- time --------------------------------------------------------------------------------------------------

    def complete_closures(self) -> None:
        """Close the accounts whose closure was requested `closure_seconds` ago or earlier."""
        for id in self.closing():
            account = self.account(id)
            if account and self.clock() - self.closures[id] >= self.closure_seconds:
                account.set_state("CLOSED")

    def closing(self) -> list[str]:
        """The ids of the accounts that are PENDING_CLOSURE."""
        return [id for id in self.closures if (each := self.account(id)) and each.state == "PENDING_CLOSURE"]

    def progress(self, ids: Iterable[str]) -> None:
        """Count one status read of the account requests `ids`, and complete those with no reads left."""
        for request in [self.account_requests[id] for id in ids]:
            if request.state != "IN_PROGRESS":
                continue
            self.changed = True
            left = request.reads_left
            self.account_requests[request.id] = (
                request.model_copy(update={"reads_left": left - 1}) if left else self._completed(request)
            )

    def _completed(self, request: AccountRequest) -> AccountRequest:
        done: dict[str, Any] = {"completed": round(self.clock(), 3)}
        failure = failure_of(request, [each.email for each in self.members()])
        if failure:
            return request.model_copy(update={**done, "state": "FAILED", "failure": failure})
        account = Account(
            self.organization,
            id=self.ids.account(),
            name=request.name,
            email=request.email,
            parent_id=self.root.id,
            joined=done["completed"],
            method="CREATED",
            tags=request.tags,
        )
        self.add_account(account)
        self.attach_defaults([account])
        if self.account_id in self.contacts:  # copied (observed against the live service, September 2026)
            self.contacts[account.id] = {**self.contacts[self.account_id], "FullName": request.name}
        if request.gov_cloud:
            done["gov_cloud_account_id"] = self.ids.account()
        return request.model_copy(update={**done, "state": "SUCCEEDED", "account_id": account.id})

    # ---- moto's own operations, where moto differs --------------------------------------------------------------

    def get_organizational_unit_by_id(self, ou_id: str) -> Container:
        return cast("Container", self.nodes[ou_id])

    def get_account_by_id(self, account_id: str) -> Account:
        account = self.account(account_id)
        if account is None:
            raise AccountNotFoundException
        return account

    def get_policy_by_id(self, policy_id: str) -> Policy:
        return self.catalogue[policy_id]

    def taggable(self, id: str) -> Node | Policy | ResourcePolicy | None:
        """What has the id, `None` where nothing that can have tags does."""
        policy = self.resource_policy
        return policy if policy and policy.id == id else self.nodes.get(id) or self.catalogue.get(id)

    def _get_resource_for_tagging(self, resource_id: str) -> Node | Policy | ResourcePolicy | None:
        return self.taggable(resource_id)

    def create_organizational_unit(self, **kwargs: Any) -> dict[str, Any]:
        tags = {each["Key"]: each["Value"] for each in kwargs.get("Tags", ())}
        unit = Unit(
            self.organization,
            id=self.ids.unit(self.root.id),
            name=kwargs["Name"],
            parent_id=kwargs["ParentId"],
            tags=tags,
        )
        self.add_unit(unit)
        self.attach_defaults([unit])
        return unit.describe()

    def update_organizational_unit(self, **kwargs: Any) -> dict[str, Any]:
        unit = self.get_organizational_unit_by_id(kwargs["OrganizationalUnitId"])
        unit.name = kwargs.get("Name", unit.name)
        return unit.describe()

    def delete_organizational_unit(self, **kwargs: Any) -> None:
        unit = self.get_organizational_unit_by_id(kwargs["OrganizationalUnitId"])
        self._remove_attachments(unit)
        self.ou.remove(unit)
        del self.nodes[unit.id]

    def create_account(self, **kwargs: Any) -> dict[str, Any]:
        request = AccountRequest(
            id=self.ids.account_request(),
            name=kwargs["AccountName"],
            email=kwargs["Email"],
            tags={each["Key"]: each["Value"] for each in kwargs.get("Tags", ())},
            requested=round(self.clock(), 3),
            reads_left=self.creation_polls,
        )
        self.account_requests[request.id] = request
        return {"CreateAccountStatus": request.describe()}

    def describe_create_account_status(self, **kwargs: Any) -> dict[str, Any]:
        id = kwargs["CreateAccountRequestId"]
        self.progress([id])
        return {"CreateAccountStatus": self.account_requests[id].describe()}

    def list_create_account_status(self, **kwargs: Any) -> dict[str, Any]:
        if not int(kwargs.get("NextToken", 0)):
            self.progress(list(self.account_requests))
        states = kwargs.get("States") or ("IN_PROGRESS", "SUCCEEDED", "FAILED")
        page, token = _page([each for each in self.account_requests.values() if each.state in states], kwargs)
        return {"CreateAccountStatuses": [each.describe() for each in page], "NextToken": token}

    def close_account(self, **kwargs: Any) -> None:
        super().close_account(**kwargs)
        self.closures[kwargs["AccountId"]] = round(self.clock(), 3)

    def remove_account_from_organization(self, **kwargs: str) -> None:
        account = self.get_account_by_id(kwargs["AccountId"])
        self._remove_attachments(account)
        self.accounts.remove(account)
        del self.nodes[account.id]
        if self.identity_center is not None:
            self.identity_center.forget_account(account.id)

    def create_policy(self, **kwargs: Any) -> dict[str, Any]:
        policy = Policy(
            self.organization,
            id=self.ids.policy(),
            type=kwargs["Type"],
            name=kwargs["Name"],
            content=kwargs["Content"],
            description=kwargs["Description"],
            tags={each["Key"]: each["Value"] for each in kwargs.get("Tags", ())},
        )
        self.add_policy(policy)
        return policy.describe()

    def describe_policy(self, **kwargs: Any) -> dict[str, Any]:
        return self.get_policy_by_id(kwargs["PolicyId"]).describe()

    def delete_policy(self, **kwargs: Any) -> None:
        self.policies.remove(self.catalogue.pop(kwargs["PolicyId"]))

    def attach_policy(self, **kwargs: Any) -> None:
        self.attach(self.catalogue[kwargs["PolicyId"]], self.nodes[kwargs["TargetId"]])

    def detach_policy(self, **kwargs: str) -> None:
        self.detach(self.catalogue[kwargs["PolicyId"]], self.nodes[kwargs["TargetId"]])

    def enable_policy_type(self, **kwargs: str) -> dict[str, Any]:
        self.enable(kwargs["PolicyType"])
        self.attach_defaults(self.nodes.values(), [kwargs["PolicyType"]])
        return {"Root": self.root.describe()}

    def disable_policy_type(self, **kwargs: str) -> dict[str, Any]:
        """https://docs.aws.amazon.com/organizations/latest/userguide/disable-policy-type.html"""
        self.root.policy_types.remove({"Type": kwargs["PolicyType"], "Status": "ENABLED"})
        for policy in self.policies:
            if policy.type == kwargs["PolicyType"]:
                for node in list(policy.attachments):
                    self.detach(policy, node)
        return {"Root": self.root.describe()}

    def _remove_attachments(self, node: Node) -> None:
        for policy in list(node.attached_policies):
            self.detach(policy, node)

    # ---- lists -------------------------------------------------------------------------------------------------

    def list_accounts(self, **kwargs: Any) -> Listing[dict[str, Any]]:  # type: ignore[override]
        page, token = _page(self.members(), kwargs)
        return [each.describe() for each in page], token

    def list_accounts_for_parent(self, parent_id: str, **kwargs: Any) -> Listing[Account]:  # type: ignore[override]
        return _page([each for each in self.members() if each.parent_id == parent_id], kwargs)

    def list_organizational_units_for_parent(self, parent_id: str, **kwargs: Any) -> Listing[Unit]:  # type: ignore[override]
        return _page([each for each in self.units() if each.parent_id == parent_id], kwargs)

    def list_children(self, **kwargs: Any) -> dict[str, Any]:
        children, token = _page(super().list_children(**kwargs)["Children"], kwargs)
        return {"Children": children, "NextToken": token}

    def list_policies(self, policy_type: str, **kwargs: Any) -> Listing[dict[str, Any]]:  # type: ignore[override]
        page, token = _page([each for each in self.policies if each.type == policy_type], kwargs)
        return [each.describe()["Policy"]["PolicySummary"] for each in page], token

    def list_policies_for_target(self, target_id: str, policy_type: str, **kwargs: Any) -> Listing[dict[str, Any]]:  # type: ignore[override]
        page, token = _page(self.attached(self.nodes[target_id], policy_type), kwargs)
        return [each.describe()["Policy"]["PolicySummary"] for each in page], token

    def list_targets_for_policy(self, **kwargs: Any) -> dict[str, Any]:
        page, token = _page(self.get_policy_by_id(kwargs["PolicyId"]).attachments, kwargs)
        targets = [{"TargetId": each.id, "Arn": each.arn, "Name": each.name, "Type": each.type} for each in page]
        return {"Targets": targets, "NextToken": token}


def _page(items: list[T], window: Mapping[str, Any]) -> Listing[T]:
    """The part of `items` that begins at the offset; the token is the offset of the next part."""
    start = int(window.get("next_token") or window.get("NextToken") or 0)
    end = start + int(window.get("max_results") or window.get("MaxResults") or len(items))
    return items[start:end], str(end) if end < len(items) else None
