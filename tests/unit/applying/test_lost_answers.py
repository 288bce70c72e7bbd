"""What was done without an answer, or by an earlier run, is found and not done again."""

from __future__ import annotations

from reconciler.aws.layers import Counting
from reconciler.aws.retrying import Retrying
from reconciler.model.api import Api, Params, Response
from tests.building import deny, org
from tests.faults.injecting import Fault
from tests.faults.world import World
from tests.unit.applying.executing import DENY, execute, world_with


def test_a_policy_whose_creation_got_no_answer_is_found() -> None:
    world, _, apply = world_with(
        desired=org(["A"], {}, {"deny": DENY}, {"deny": ["A"]}), script={("CreatePolicy", 1): "drop_after"}
    )
    assert apply().exit.code == 0
    assert [each.name for each in world.backend.policies if not each.aws_managed] == ["deny"]
    assert world.counting.calls["CreatePolicy"] == 1


def test_an_existing_policy_of_the_same_name_is_used_only_if_it_is_equal() -> None:
    desired = org(["A"], {}, {"deny": DENY}, {"deny": ["A"]})
    for content, taken in ((DENY, True), (deny("ec2:*"), False)):
        world, plan, apply = world_with(desired=desired)
        other = World()
        other.apply(org([], {}, {"deny": content}))
        policy = next(each for each in other.backend.policies if each.name == "deny")
        world.call("CreatePolicy", Name="deny", Type="SERVICE_CONTROL_POLICY", Description="", Content=policy.content)
        report = apply()
        if taken:
            assert report.exit.code == 0
            assert world.plan(desired).plan.changes == ()
        else:
            assert [each.address for each in report.failed] == ["policy:deny"]
            assert report.failed[0].help == (
                "the name is used by something that is not in the plan: make the plan again"
            )
            assert [each.address for each in report.skipped] == ["attachment:deny@A"]
            assert len(plan.changes) == 3


def test_an_account_whose_creation_got_no_answer_is_found_in_progress() -> None:
    world, _, apply = world_with(desired=org(["A"], {"a": "A"}), script={("CreateAccount", 1): "drop_after"})
    report = apply()
    assert report.exit.code == 0
    assert world.requests() == {"a@example.com": 1}


def test_an_account_that_an_earlier_run_asked_for_is_waited_for_and_taken() -> None:
    world, _, apply = world_with(desired=org(["A"], {"a": "A"}))
    world.call("CreateAccount", AccountName="a", Email="a@example.com")
    assert apply().exit.code == 0
    assert world.requests() == {"a@example.com": 1}
    assert len(world.backend.members()) == 2


def test_an_account_of_the_same_name_and_another_email_is_not_taken() -> None:
    world, _, apply = world_with(desired=org(["A"], {"a": "A"}))
    world.call("CreateAccount", AccountName="a", Email="other@example.com")
    assert apply().exit.code == 0
    assert world.requests() == {"a@example.com": 1, "other@example.com": 1}
    here = {each.email: world.backend.nodes[str(each.parent_id)].name for each in world.backend.members()}
    assert here["a@example.com"] == "A"
    assert here["other@example.com"] == "Root"


def test_a_creation_of_an_earlier_run_is_not_taken_for_another_account_of_its_name() -> None:
    """It is still in progress when this run first looks, for an account of another name."""
    desired = org(["A", "B"], {"a": "A", "one": "A", "two": "B"})
    desired = desired.with_resources(
        each.model_copy(update={"create_name": "Sandbox"}) if each.address in ("account:one", "account:two") else each
        for each in desired.resources
    )
    for email in ("one@example.com", "two@example.com"):
        world, _, apply = world_with(desired=desired)
        world.backend.creation_polls = 8
        world.call("CreateAccount", AccountName="Sandbox", Email=email)
        assert apply().exit.code == 0
        assert set(world.requests().values()) == {1}
        assert world.plan(desired).plan.changes == ()


def test_the_error_of_an_email_in_use_outside_of_the_organization() -> None:
    world, _, _ = world_with(desired=org(["A"], {"a": "A"}))
    plan = world.plan(org(["A"], {"a": "A"})).plan
    api = Refused("DescribeCreateAccountStatus", "EMAIL_ALREADY_EXISTS", world.mock)
    world.api = Retrying(Counting(api), clock=world.clock)
    report = execute(world, plan)
    assert [(each.address, each.help) for each in report.failed] == [
        ("account:a", "the e-mail belongs to an account outside of this organization: use another, or invite it")
    ]


class Refused:
    """The status of every creation is FAILED."""

    def __init__(self, operation: str, reason: str, api: Api) -> None:
        self._operation = operation
        self._reason = reason
        self._api = api

    def call(self, operation: str, params: Params) -> Response:
        if operation != self._operation:
            return self._api.call(operation, params)
        return {"CreateAccountStatus": {"Id": "car-1", "State": "FAILED", "FailureReason": self._reason}}


def test_an_account_that_is_never_finished_is_given_up_and_found_by_the_next_run() -> None:
    world = World()
    plan = world.plan(org(["A"], {"a": "A"})).plan
    world.backend.creation_polls = 10**6
    report = execute(world, plan, patience=600.0)
    assert [(each.address, each.help) for each in report.failed] == [
        ("account:a", "the service continues without this run: run apply again later, which finds the result")
    ]
    assert 600 < world.clock.now() < 620
    assert world.counting.calls["DescribeCreateAccountStatus"] < 200
    (creation,) = world.backend.account_requests.values()
    world.backend.account_requests[creation.id] = creation.model_copy(update={"reads_left": 3})
    world.apply(org(["A"], {"a": "A"}))
    assert world.requests() == {"a@example.com": 1}


def test_a_move_and_a_closure_that_got_no_answer_are_recognised_as_done() -> None:
    before = org(["A", "B"], {"a": "A", "b": "A"})
    moved = org(["A", "B"], {"a": "B", "b": "A"})
    desired = moved.with_resources(
        each.model_copy(update={"state": "closed"}) if each.address == "account:b" else each for each in moved.resources
    )
    script: dict[tuple[str, int], Fault] = {("MoveAccount", 1): "drop_after", ("CloseAccount", 1): "drop_after"}
    world, plan, apply = world_with(before, desired=desired, script=script)
    assert {each.action for each in plan.changes} == {"move", "close"}
    assert apply().exit.code == 0
    assert world.plan(desired).plan.changes == ()


def test_an_account_that_was_moved_meanwhile_is_left_where_it_is() -> None:
    world, _, apply = world_with(org(["A", "B", "C"], {"a": "A"}), desired=org(["A", "B", "C"], {"a": "B"}))
    member = next(each for each in world.backend.members() if each.email == "a@example.com")
    places = {each.name: each.id for each in world.backend.units()}
    world.call("MoveAccount", AccountId=member.id, SourceParentId=places["A"], DestinationParentId=places["C"])
    report = apply()
    assert [each.error for each in report.failed] == [
        f"MoveAccount: ChangedMeanwhile: somebody else moved the account {member.id}, it is in {places['C']} now"
    ]
    assert [each.help for each in report.failed] == [
        "the organization changed after the plan was made: make the plan again"
    ]
    assert member.parent_id == places["C"]
