"""The severity of differences: what accounts may do by them, and who has access."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.drift.severity import severities
from reconciler.kinds.base import UnmanagedRules
from reconciler.kinds.delegated_administrator import DelegatedAdministrator
from reconciler.kinds.identity_center.resources import PermissionSet
from reconciler.kinds.resource_policy import ResourcePolicy
from reconciler.kinds.trusted_access import TrustedAccess
from reconciler.model.impact import AccessEntry
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Organization, Plan, change_of
from reconciler.model.scope import Scope
from reconciler.planning.planner import PlannerSettings, PlanRequest, PlanResult, plan
from reconciler.render.text import drift as drift_text
from reconciler.use_cases.drift import with_severity
from tests.building import ALLOW_ALL, EVERY_TYPE, deny
from tests.unit.use_cases.sample import changed, organization

RULES = PlannerSettings(
    policies=UnmanagedRules(unmanaged={"policies": "delete", "attachments": "delete", "organizational_units": "delete"})
)


def drift(declared: Inventory, live: Inventory) -> PlanResult:
    """What differs, with its severity."""
    declared = declared.model_copy(update={"scope": EVERY_TYPE})
    return with_severity(plan(declared, live, RULES, PlanRequest("drift")))


def rated(result: PlanResult) -> dict[str, str]:
    return {f"{each.action} {each.address}": str(each.severity) for each in result.plan.changes if not each.temporary}


def of(attached: Mapping[str, Any], policies: Mapping[str, Any] | None = None, **more: Any) -> Inventory:
    return organization(policies or {"lock": deny("ec2:*"), "other": deny("sqs:*")}, attached, **more)


class TestExposure:
    def test_a_deny_that_is_declared_and_not_attached(self) -> None:
        found = drift(of({"lock": ["Workloads"]}), of({}))
        assert rated(found) == {"attach attachment:lock@Workloads": "exposure"}
        assert found.plan.exposure is not None
        assert found.plan.exposure.less_restricted == ("account:shop",)
        assert found.plan.exposure.more_restricted == ()

    def test_a_deny_that_lets_more_pass_than_declared(self) -> None:
        live = of({"lock": ["Workloads"]}, {"lock": deny("ec2:RunInstances"), "other": deny("sqs:*")})
        assert rated(drift(of({"lock": ["Workloads"]}), live)) == {"update policy:lock": "exposure"}

    def test_a_deny_that_has_a_condition_it_should_not_have(self) -> None:
        condition = {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}
        live = of({"lock": ["Workloads"]}, {"lock": deny("ec2:*", **condition), "other": deny("sqs:*")})
        assert rated(drift(of({"lock": ["Workloads"]}), live)) == {"update policy:lock": "exposure"}

    def test_an_account_in_an_ou_without_the_deny(self) -> None:
        declared = of({"lock": ["Workloads"]})
        found = drift(declared, changed(declared, "account:shop", parent="ou:Sandbox"))
        assert rated(found) == {"move account:shop": "exposure"}

    def test_a_policy_type_that_is_not_enabled(self) -> None:
        declared = of({"lock": ["Workloads"]}, types=("scp", "rcp"))
        rcp = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}],
        }
        declared = organization({"tls": rcp}, {"tls": ["Workloads"]}, types=("scp", "rcp"), policy_types={"tls": "rcp"})
        found = rated(drift(declared, organization({}, {})))
        assert found["enable policy_type:rcp"] == found["attach attachment:tls@Workloads"] == "exposure"

    def test_an_allow_that_is_not_declared(self) -> None:
        lists = {"few": allow("s3:*"), "all": ALLOW_ALL}
        declared = organization(lists, {"few": ["Workloads"]}, no_full_access=["Workloads"])
        live = organization(lists, {"few": ["Workloads"], "all": ["Workloads"]}, no_full_access=["Workloads"])
        assert rated(drift(declared, live)) == {"detach attachment:all@Workloads": "exposure"}

    def test_only_the_differences_that_are_why(self) -> None:
        """Of two differences above the same account, one lets more pass and one less."""
        found = drift(of({"lock": ["Workloads"]}), of({"other": ["Workloads"]}))
        assert rated(found) == {
            "attach attachment:lock@Workloads": "exposure",
            "detach attachment:other@Workloads": "outage",
        }

    def test_a_move_that_changes_nothing_is_not_why(self) -> None:
        declared = of({"lock": ["/"]})
        live = changed(of({}), "account:shop", parent="ou:Sandbox")
        assert rated(drift(declared, live)) == {"attach attachment:lock@/": "exposure", "move account:shop": "other"}

    def test_a_deny_that_another_one_covers_makes_no_difference(self) -> None:
        attached = {"all": ["Workloads"]}
        policies = {"all": deny("ec2:*"), "lock": deny("ec2:RunInstances")}
        declared = organization(policies, {**attached, "lock": ["Workloads"]})
        assert rated(drift(declared, organization(policies, attached))) == {"attach attachment:lock@Workloads": "other"}


class TestOutage:
    def test_a_deny_that_is_not_declared(self) -> None:
        found = drift(of({}), of({"lock": ["Sandbox"]}))
        assert rated(found) == {"detach attachment:lock@Sandbox": "outage"}
        assert found.plan.exposure is not None
        assert (found.plan.exposure.less_restricted, found.plan.exposure.more_restricted) == ((), ("account:lab",))

    def test_an_allow_that_is_missing(self) -> None:
        lists = {"few": allow("s3:*"), "more": allow("ec2:*")}
        declared = organization(lists, {"few": ["Workloads"], "more": ["Workloads"]}, no_full_access=["Workloads"])
        live = organization(lists, {"few": ["Workloads"]}, no_full_access=["Workloads"])
        assert rated(drift(declared, live)) == {"attach attachment:more@Workloads": "outage"}


class TestOther:
    def test_names_and_tags_change_nothing_for_anybody(self) -> None:
        declared = of({"lock": ["Workloads"]})
        found = drift(
            changed(declared, "policy:lock", description="text"), changed(declared, "policy:lock", description="old")
        )
        assert rated(found) == {"update policy:lock": "other"}
        assert found.plan.exposure is None

    def test_a_policy_that_is_attached_nowhere(self) -> None:
        declared, live = of({}), of({}, {"lock": deny("s3:*"), "other": deny("sqs:*")})
        assert rated(drift(declared, live)) == {"update policy:lock": "other"}


class TestNotKnown:
    def test_accounts_that_move_where_policies_were_not_read(self) -> None:
        """What the SCPs do was not read, so neither "exposed" nor "not exposed" is true."""
        declared = organization()
        live = changed(declared, "account:shop", parent="ou:Sandbox").limited_to((), "not allowed")
        declared = declared.limited_to((), "not allowed").model_copy(update={"scope": Scope(policy_types=())})
        found = with_severity(plan(declared, live, RULES, PlanRequest("drift")))
        assert rated(found) == {"move account:shop": "unknown"}
        assert found.plan.exposure is not None
        assert found.plan.exposure.less_restricted == ()
        assert found.plan.exposure.not_known == ("account:shop",)
        text = drift_text(found.plan, desired_tree=found.after, width=200, color=False)
        assert "Of 1 account it is not known whether they are less restricted than declared: SCPs were not read" in text


def allow(*actions: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


class TestAccess:
    TRUST = TrustedAccess(address="trusted_access:x.amazonaws.com", principal="x.amazonaws.com")
    ADMIN = DelegatedAdministrator(
        address="delegated_administrator:x.amazonaws.com@shop", principal="x.amazonaws.com", account="account:shop"
    )

    @pytest.mark.parametrize("resource", [TRUST, ADMIN], ids=["trusted access", "delegated administrator"])
    def test_what_a_service_or_an_account_may_do_is_access(self, resource: Any) -> None:
        empty = organization()
        extra = change_of("delete", "not_declared", before=resource)
        missing = change_of("create", "declared", after=resource)
        assert list(severities([extra], (), (), (empty, empty)).values()) == ["access"]
        assert list(severities([missing], (), (), (empty, empty)).values()) == ["outage"]

    def test_a_resource_policy_that_differs_delegates_something_else(self) -> None:
        one = ResourcePolicy(address="resource_policy:organization", content={"Statement": []})
        change = change_of("update", "differs", before=one, after=one, fields=("content",))
        assert list(severities([change], (), (), (organization(), organization())).values()) == ["access"]

    def test_a_permission_set_matters_where_somebody_has_it(self) -> None:
        one = PermissionSet(address="permission_set:Admin", name="Admin")
        change = change_of("update", "differs", before=one, after=one, fields=("managed",))
        entry = AccessEntry(principal="group:A", permission_set=one.address, effect="changes", accounts=(), text="...")
        sides = (organization(), organization())
        assert list(severities([change], (), (), sides).values()) == ["other"]
        assert list(severities([change], (), (entry,), sides).values()) == ["access"]


class TestPlan:
    def test_the_summary_counts_by_severity_the_worst_first(self) -> None:
        found = drift(of({"lock": ["Workloads"]}), of({"other": ["Workloads"]}))
        assert found.plan.model_dump(mode="json")["summary"]["severity"] == {"exposure": 1, "outage": 1}

    def test_the_digest_is_that_of_the_plan_without_severities(self) -> None:
        found = drift(of({"lock": ["Workloads"]}), of({}))
        bare = tuple(each.model_copy(update={"severity": None}) for each in found.plan.changes)
        assert found.plan.digest == found.plan.model_copy(update={"changes": bare}).digest

    def test_a_plan_has_neither_severities_nor_exposure(self) -> None:
        dumped = Plan(
            organization=Organization(id="o-1", management_account_id="1", root_id="r-1"),
            spec_digest="",
            changes=(change_of("delete", "not_declared", before=TestAccess.TRUST),),
        ).model_dump(mode="json")
        assert "severity" not in dumped["summary"]
        assert "severity" not in dumped["changes"][0]
        assert "exposure" not in dumped
