"""What another party has to do: invitations are accepted or declined, all features are approved."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.mock.handshakes import DAY
from reconciler.mock.statefile import Membership
from reconciler.model.resources import Account, Attachment, Policy, PolicyType
from tests.kinds.world import World

pytestmark = pytest.mark.slow

OTHER = "555566667777"
ACQUIRED = f'acquired: {{id: "{OTHER}", invite: true, tags: {{a: b}}}}'
INVITED = f"root: {{organizational_units: {{Base: {{accounts: {{{ACQUIRED}}}}}}}}}"
READ = "ListHandshakesForOrganization"


def steps(plan: dict[str, Any]) -> list[str]:
    return [f"{each['action']} {each['address']}" for each in plan["changes"]]


def codes(plan: dict[str, Any]) -> set[str]:
    return {each["code"] for each in plan["warnings"]}


def as_if_invited(world: World, days: int) -> None:
    """Every handshake was requested so many days ago."""
    state = world.backend.state()
    older = [each.model_copy(update={"requested": each.requested - days * DAY}) for each in state.mock.handshakes]
    extra = state.mock.model_copy(update={"handshakes": tuple(older)})
    world.backend.restore(state.model_copy(update={"mock": extra}))


def test_an_accepted_invitation_is_moved_and_tagged_by_the_next_plan(world: World) -> None:
    world.declare(INVITED)
    assert steps(world.plan()) == ["invite invitation:acquired"]
    world.apply()
    (pending,) = world.plan()["pending"]
    assert (pending["address"], pending["state"]) == ("invitation:acquired", "open")
    assert pending["since"] < pending["expires"]
    ran = world.run("drift", "--output", "json")
    assert (ran.code, ran.json["pending"]) == (0, [pending])

    world.by_hand("AcceptHandshake", {"HandshakeId": f"invitation:{OTHER}"}, caller=OTHER)

    plan = world.plan()
    assert steps(plan) == ["update account:acquired", "move account:acquired"]
    assert plan["pending"] == []
    assert READ not in world.calls.made
    world.apply()
    world.assert_applied()


@pytest.mark.parametrize("known_by", [f'id: "{OTHER}"', "email: acquired@example.com"])
def test_a_reviewed_plan_does_not_invite_a_member_again(world: World, known_by: str) -> None:
    world.declare(f"root: {{accounts: {{acquired: {{{known_by}, invite: true}}}}}}")
    world.run("plan", "--save", "plan.json")
    world.apply("plan.json")
    target = OTHER if OTHER in known_by else "acquired@example.com"
    world.by_hand("AcceptHandshake", {"HandshakeId": f"invitation:{target}"}, caller=OTHER)
    world.apply("plan.json")
    assert world.calls.writes == []


def test_a_pending_invitation_is_in_text_and_markdown(world: World) -> None:
    world.declare(INVITED)
    world.apply()
    for output in ("text", "markdown"):
        text = world.run("plan", "--output", output).out
        assert "Pending" in text
        assert "has not accepted the invitation yet" in text.replace("\n    ", " ")


def test_what_ended_is_sent_again_and_says_so(world: World) -> None:
    world.declare(INVITED)
    world.apply()
    world.by_hand("DeclineHandshake", {"HandshakeId": f"invitation:{OTHER}"}, caller=OTHER)
    (change,) = world.plan()["changes"]
    assert change["action"] == "invite"
    assert "was declined" in change["note"]
    world.run("plan", "--save", "plan.json")
    world.apply("plan.json")
    world.apply("plan.json")
    assert world.calls.writes == []
    as_if_invited(world, 16)
    (change,) = world.plan()["changes"]
    assert "has expired" in change["note"]
    world.apply()
    world.assert_applied()


def test_invitations_are_read_only_where_one_is_to_be_sent(world: World) -> None:
    world.plan()
    assert READ not in world.calls.made
    world.declare(INVITED)
    world.plan()
    assert world.calls.made.count(READ) == 1


def test_a_member_with_the_same_email_is_not_invited(world: World) -> None:
    world.by_hand("InviteAccountToOrganization", {"Target": {"Id": OTHER, "Type": "ACCOUNT"}})
    world.by_hand("AcceptHandshake", {"HandshakeId": f"invitation:{OTHER}"}, caller=OTHER)
    email = next(each.email for each in world.backend.state().of(Account) if each.id == OTHER)
    world.declare(f"root: {{accounts: {{acquired: {{email: {email}, invite: true}}}}}}")
    assert steps(world.plan()) == []


def test_a_withdrawn_invitation_is_cancelled(world: World) -> None:
    world.declare(INVITED)
    world.apply()
    world.declare(f'root: {{accounts: {{acquired: {{id: "{OTHER}", invite: true, state: removed}}}}}}')
    assert steps(world.plan()) == ["delete invitation:acquired"]
    world.apply()
    world.assert_applied()


def test_more_invitations_than_the_limit_are_blocked(world: World) -> None:
    world.declare(INVITED, "guards: {max_account_invitations: 0}")
    (violation,) = world.plan()["guards"]["violations"]
    assert violation["guard"] == "account_invitations"
    assert world.run("apply", "--auto-approve").code == 4
    world.apply("--allow", "account_invitations=1")


def with_consolidated_billing(world: World, *, invited: bool) -> None:
    """The organization as it was before all features; its members were invited, or created."""
    state = world.backend.state()
    kept = [each for each in state.resources if not isinstance(each, PolicyType | Policy | Attachment)]
    joined = {id: Membership(method="INVITED" if invited else "CREATED") for id in state.mock.accounts}
    organization = state.organization.model_copy(update={"feature_set": "consolidated_billing"})
    extra = state.mock.model_copy(update={"accounts": joined})
    changed = state.model_copy(update={"organization": organization, "mock": extra})
    world.backend.restore(changed.with_resources(kept))


ALL = "organization: {feature_set: all, policy_types: [tag], trusted_access: [config.amazonaws.com]}"


def test_all_features_are_begun_wait_for_the_accounts_and_are_ended(world: World) -> None:
    with_consolidated_billing(world, invited=True)
    world.declare(ALL)
    plan = world.plan()
    assert steps(plan) == ["enable feature_set:/"]
    assert "W542" in codes(plan)
    world.apply()
    assert world.calls.writes == ["EnableAllFeatures"]

    (pending,) = world.plan()["pending"]
    assert pending["detail"] == "0 of 2 accounts have answered the request for all features"
    world.apply()
    assert world.calls.writes == []

    for each in world.backend.state().mock.handshakes:
        if each.parent is not None:
            world.backend.call("AcceptHandshake", {"HandshakeId": each.id}, caller=each.party)
    assert steps(world.plan()) == [
        "enable feature_set:/",
        "enable policy_type:tag",
        "enable trusted_access:config.amazonaws.com",
    ]
    world.apply()
    assert world.calls.writes == ["AcceptHandshake", "EnablePolicyType", "EnableAWSServiceAccess"]
    world.assert_applied()
    assert world.backend.state().organization.feature_set == "all"


def test_where_no_account_was_invited_the_next_apply_ends_it(world: World) -> None:
    with_consolidated_billing(world, invited=False)
    world.declare("organization: {feature_set: all}")
    world.run("plan", "--save", "plan.json")
    world.apply("plan.json")
    world.apply("plan.json")
    assert world.calls.writes == []
    world.apply()
    assert world.calls.writes == ["AcceptHandshake"]
    world.assert_applied()


def test_no_account_is_invited_while_all_features_are_enabled(world: World) -> None:
    world.declare(INVITED)
    world.apply()
    with_consolidated_billing(world, invited=True)
    world.declare(INVITED.replace("root:", "organization: {feature_set: all}\nroot:"))
    world.apply()
    plan = world.plan()
    assert steps(plan) == []
    assert "W542" in codes(plan)
    assert [each["address"] for each in plan["pending"]] == ["feature_set:/"]


def test_unset_the_feature_set_is_left_alone_and_what_needs_all_features_is_refused(world: World) -> None:
    with_consolidated_billing(world, invited=True)
    world.declare("")
    assert steps(world.plan()) == []
    world.declare("organization: {policy_types: [tag]}")
    (violation,) = world.plan()["guards"]["violations"]
    assert violation["guard"] == "refused"
    assert "feature_set: all" in violation["message"]


def test_there_is_no_way_back_from_all_features(world: World) -> None:
    world.declare("organization: {feature_set: consolidated_billing}")
    ran = world.run("plan")
    assert ran.code == 4
    assert "no way back" in ran.err


def test_a_gov_cloud_pair_is_made_at_creation(world: World) -> None:
    world.declare("root: {accounts: {gov: {email: gov@example.com, gov_cloud: true}}}")
    world.apply()
    assert "CreateGovCloudAccount" in world.calls.writes
    (request,) = [each for each in world.backend.state().mock.creations if each.name == "gov"]
    assert request.gov_cloud_account_id not in (None, request.account_id)
    world.assert_applied()
    world.declare("root: {accounts: {gov: {email: gov@example.com, gov_cloud: true, state: closed}}}")
    (closing,) = [each for each in world.plan()["changes"] if each["action"] == "close"]
    assert closing["note"].endswith("its account in GovCloud is closed with it")
