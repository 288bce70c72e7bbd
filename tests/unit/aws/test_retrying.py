"""What is tried again, how long, how often, and what is said about it; and how fast the service is asked."""

from __future__ import annotations

import random
from typing import Any

import pytest

from reconciler.aws.operations import OPERATIONS
from reconciler.aws.retrying import Paced, Retrying
from reconciler.errors import NotAllowed, ServiceError
from reconciler.mock.clock import VirtualClock
from reconciler.model.api import Params, Response
from reconciler.model.service_errors import RETRY, THROTTLES, ambiguous


class Failing:
    """Answers with the errors one after another, then with success; notes when it was asked."""

    def __init__(self, clock: VirtualClock, *errors: Exception, takes: float = 0.0) -> None:
        self._clock = clock
        self._errors = list(errors)
        self._takes = takes
        self.at: list[float] = []

    def call(self, operation: str, params: Params) -> Response:
        self.at.append(self._clock.now())
        self._clock.sleep(self._takes)
        if self._errors:
            raise self._errors.pop(0)
        return {"ok": True}


def error(code: str, operation: str = "ListRoots", status: int | None = None) -> ServiceError:
    return ServiceError(operation, code, "no", status=status)


def retrying(api: Failing, clock: VirtualClock, **options: Any) -> Retrying:
    return Retrying(api, clock=clock, **options)


@pytest.mark.parametrize("code", sorted(RETRY))
def test_what_passes_by_itself_is_asked_again(code: str) -> None:
    clock = VirtualClock()
    api = Failing(clock, error(code), error(code))
    assert retrying(api, clock).call("ListRoots", {}) == {"ok": True}
    assert len(api.at) == 3


@pytest.mark.parametrize("operation", ["ce:ListCostCategoryDefinitions", "ce:CreateCostCategoryDefinition"])
def test_a_limit_of_cost_explorer_is_throttling_and_a_quota_is_not(operation: str) -> None:
    clock = VirtualClock()
    throttled = Failing(clock, *(error("LimitExceededException", operation) for _ in range(9)))
    assert retrying(throttled, clock).call(operation, {}) == {"ok": True}
    full = Failing(clock, error("ServiceQuotaExceededException", operation))
    with pytest.raises(ServiceError):
        retrying(full, clock).call(operation, {})
    elsewhere = Failing(clock, error("LimitExceededException", "sso:ListInstances"))
    with pytest.raises(ServiceError):
        retrying(elsewhere, clock).call("sso:ListInstances", {})


@pytest.mark.parametrize(
    "code", ["ConstraintViolationException", "InvalidInputException", "MalformedPolicyDocumentException", "Unheard"]
)
def test_what_cannot_succeed_is_not(code: str) -> None:
    clock = VirtualClock()
    api = Failing(clock, error(code))
    notices: list[str] = []
    with pytest.raises(ServiceError):
        retrying(api, clock, notice=notices.append).call("ListRoots", {})
    assert len(api.at) == 1
    assert notices == [f"ListRoots: {code}, which a retry does not fix"]


def test_a_denied_call_is_not() -> None:
    clock = VirtualClock()
    api = Failing(clock, NotAllowed("no"))
    with pytest.raises(NotAllowed):
        retrying(api, clock).call("ListRoots", {})
    assert len(api.at) == 1


def test_a_server_fault_without_a_name_is_given_five_more_tries() -> None:
    clock = VirtualClock()
    api = Failing(clock, *[error("502", status=502) for _ in range(20)])
    with pytest.raises(ServiceError):
        retrying(api, clock).call("ListRoots", {})
    assert len(api.at) == 6


def test_an_operation_with_a_substitute_is_asked_again_only_when_it_is_throttled() -> None:
    operation = "tagging:GetResources"
    for code, tries in (("ConnectionError", 1), ("InternalServiceException", 1), ("ThrottledException", 2)):
        clock = VirtualClock()
        api = Failing(clock, error(code, operation))
        try:
            retrying(api, clock).call(operation, {})
        except ServiceError:
            assert tries == 1
        assert len(api.at) == tries


def test_waits_are_fully_jittered_and_double_up_to_the_longest() -> None:
    clock = VirtualClock()
    asked: list[tuple[float, float]] = []

    def longest(low: float, high: float) -> float:
        asked.append((low, high))
        return high

    api = Failing(clock, *[error("ServiceException") for _ in range(9)])
    retrying(api, clock, jitter=longest, first_wait=0.2, longest_wait=20.0).call("ListRoots", {})
    assert {low for low, _ in asked} == {0.0}
    assert [high for _, high in asked] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 20.0, 20.0]
    assert [round(after - before, 6) for before, after in zip(api.at, api.at[1:], strict=False)] == [
        high for _, high in asked
    ]


@pytest.mark.parametrize("seed", range(5))
def test_the_budget_is_kept_and_used_to_its_end(seed: int) -> None:
    clock = VirtualClock()
    api = Failing(clock, *[error("TooManyRequestsException") for _ in range(10_000)])
    notices: list[str] = []
    with pytest.raises(ServiceError, match="TooManyRequestsException"):
        retrying(api, clock, budget=60.0, jitter=random.Random(seed).uniform, notice=notices.append).call(
            "ListRoots", {}
        )
    assert clock.now() == pytest.approx(60.0)
    assert api.at[-1] == pytest.approx(60.0)
    assert notices[-1] == f"ListRoots: TooManyRequestsException, given up after {len(api.at)} tries"


def test_slow_answers_count_towards_the_budget() -> None:
    clock = VirtualClock()
    api = Failing(clock, *[error("ServiceException") for _ in range(100)], takes=25.0)
    with pytest.raises(ServiceError):
        retrying(api, clock, budget=60.0).call("ListRoots", {})
    assert len(api.at) <= 4
    assert clock.now() < 60.0 + 2 * 25.0


def test_a_budget_of_nothing_is_one_try() -> None:
    clock = VirtualClock()
    api = Failing(clock, error("ServiceException"))
    with pytest.raises(ServiceError):
        retrying(api, clock, budget=0.0).call("ListRoots", {})
    assert len(api.at) == 1


def test_very_many_tries_are_no_trouble() -> None:
    clock = VirtualClock()
    api = Failing(clock, *[error("FinalizingOrganizationException") for _ in range(2_000)])
    retrying(api, clock, budget=10**6, jitter=lambda low, high: high).call("ListRoots", {})
    assert len(api.at) == 2_001


def test_every_decision_is_reported() -> None:
    clock = VirtualClock()
    notices: list[str] = []
    api = Failing(clock, error("TooManyRequestsException"), error("ConnectionError"))
    retrying(api, clock, jitter=lambda low, high: high, notice=notices.append).call("ListRoots", {})
    assert notices == [
        "ListRoots: TooManyRequestsException, try 2 in 0.2 s",
        "ListRoots: ConnectionError, try 3 in 0.4 s",
    ]


CREATIONS = [
    "CreateAccount",
    "CreateGovCloudAccount",
    "CreateOrganization",
    "CreateOrganizationalUnit",
    "CreatePolicy",
    "InviteAccountToOrganization",
    "budgets:CreateBudget",
    "budgets:CreateNotification",
    "budgets:CreateSubscriber",
    "ce:CreateCostCategoryDefinition",
    "sso:CreateAccountAssignment",
    "sso:CreatePermissionSet",
]


def test_only_creations_are_not_repeatable() -> None:
    once = [name for name, row in OPERATIONS.items() if not row.repeatable]
    assert once == [each for each in OPERATIONS if each.rpartition(":")[2].startswith(("Create", "Invite"))]
    assert sorted(once) == CREATIONS


@pytest.mark.parametrize("operation", CREATIONS)
@pytest.mark.parametrize("code", ["ConnectionError", "ServiceException", "RequestTimeout", "502"])
def test_a_creation_whose_answer_was_lost_is_left_to_the_executor(operation: str, code: str) -> None:
    clock = VirtualClock()
    lost = error(code, operation, status=502 if code == "502" else None)
    notices: list[str] = []
    api = Failing(clock, lost)
    with pytest.raises(ServiceError):
        retrying(api, clock, notice=notices.append).call(operation, {})
    assert len(api.at) == 1
    assert ambiguous(lost)
    assert notices == [f"{operation}: {code}, looking for what it made instead of asking twice"]


NOT_BEGUN = [*sorted(THROTTLES), "ConcurrentModificationException", "FinalizingOrganizationException"]


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (operation, code)
        for operation in CREATIONS
        for code in NOT_BEGUN
        if not (code == "ConcurrentModificationException" and operation.endswith("Account"))
    ],
)
def test_a_creation_that_was_not_begun_is_asked_for_again(operation: str, code: str) -> None:
    clock = VirtualClock()
    api = Failing(clock, error(code, operation, status=503 if code in THROTTLES else 400))
    assert retrying(api, clock).call(operation, {}) == {"ok": True}
    assert len(api.at) == 2


# ---- pacing ----


def test_a_bucket_is_asked_no_faster_than_its_published_rate() -> None:
    clock = VirtualClock()
    api = Failing(clock)
    paced = Paced(api, clock=clock)
    for _ in range(12):
        paced.call("CreateAccount", {})
    rate = OPERATIONS["CreateAccount"].rate
    assert api.at[:3] == pytest.approx([0.0, 0.0, 1.0])
    gaps = [after - before for before, after in zip(api.at[2:], api.at[3:], strict=False)]
    assert gaps == pytest.approx([1 / rate] * 9)


@pytest.mark.parametrize("operation", ["ListAccounts", "DescribePolicy", "CreateAccount"])
def test_calls_that_arrive_together_because_the_first_were_late_are_not_throttled(operation: str) -> None:
    """As the service counts, whose bucket was full until the first call arrived: late by one token's time."""
    clock = VirtualClock()
    api = Failing(clock)
    paced = Paced(api, clock=clock)
    for _ in range(60):
        paced.call(operation, {})
    row = OPERATIONS[operation]
    tokens, at, late = row.burst, 0.0, min(1.0, 1 / row.rate)
    for now in (max(each, late) for each in api.at):
        tokens, at = min(row.burst, tokens + (now - at) * row.rate) - 1, now
        assert tokens >= -1e-6


@pytest.mark.parametrize("operation", ["CloseAccount", "EnablePolicyType"])
def test_a_bucket_of_one_token_has_it_at_the_start(operation: str) -> None:
    clock = VirtualClock()
    Paced(Failing(clock), clock=clock).call(operation, {})
    assert clock.now() == 0.0


def test_buckets_do_not_wait_for_each_other() -> None:
    clock = VirtualClock()
    api = Failing(clock)
    paced = Paced(api, clock=clock)
    for operation in ("CreateAccount", "CloseAccount", "ListRoots", "DescribePolicy"):
        paced.call(operation, {})
    assert clock.now() == 0.0


def test_throttling_empties_the_bucket_and_slows_it_down_to_half_at_most() -> None:
    clock = VirtualClock()
    rate = OPERATIONS["AttachPolicy"].rate
    api = Failing(clock, *[error("TooManyRequestsException", "AttachPolicy") for _ in range(30)])
    paced = Paced(api, clock=clock)
    for _ in range(30):
        with pytest.raises(ServiceError):
            paced.call("AttachPolicy", {})
    gaps = [after - before for before, after in zip(api.at, api.at[1:], strict=False)]
    assert gaps[0] == pytest.approx(1 / (rate * 0.9))
    assert gaps == pytest.approx(sorted(gaps))
    assert gaps[-1] == pytest.approx(2 / rate)


def test_a_bucket_that_is_no_longer_throttled_gets_its_speed_back() -> None:
    clock = VirtualClock()
    rate = OPERATIONS["AttachPolicy"].rate
    api = Failing(clock, *[error("TooManyRequestsException", "AttachPolicy") for _ in range(5)])
    paced = Paced(api, clock=clock)
    for _ in range(5):
        with pytest.raises(ServiceError):
            paced.call("AttachPolicy", {})
    for _ in range(200):
        paced.call("AttachPolicy", {})
    assert api.at[-1] - api.at[-2] == pytest.approx(1 / rate)


def test_an_endpoint_of_ones_own_is_paced_only_once_it_throttles() -> None:
    clock = VirtualClock()
    api = Failing(clock)
    paced = Paced(api, clock=clock, from_start=False)
    for _ in range(50):
        paced.call("CreateAccount", {})
    assert clock.now() == 0.0
    api._errors = [error("ThrottlingException", "CreateAccount")]
    with pytest.raises(ServiceError):
        paced.call("CreateAccount", {})
    paced.call("CreateAccount", {})
    assert clock.now() > 0.0


def test_each_try_is_paced() -> None:
    clock = VirtualClock()
    api = Failing(clock, *[error("ConcurrentModificationException", "CloseAccount") for _ in range(3)])
    Retrying(Paced(api, clock=clock), clock=clock, budget=600.0).call("CloseAccount", {})
    gaps = [after - before for before, after in zip(api.at, api.at[1:], strict=False)]
    assert min(gaps) >= 1 / OPERATIONS["CloseAccount"].rate - 1e-6


def test_an_endpoint_that_cannot_be_reached_is_given_five_more_tries() -> None:
    clock = VirtualClock()
    assert retrying(Failing(clock, *[error("Unreachable")] * 5), clock).call("CreateAccount", {}) == {"ok": True}
    with pytest.raises(ServiceError):
        retrying(Failing(clock, *[error("Unreachable")] * 6), clock).call("ListRoots", {})


def test_an_account_is_not_asked_for_again_while_a_change_of_it_is_in_progress() -> None:
    """It may be the creation itself, which an earlier call began: whoever asked looks for it."""
    clock = VirtualClock()
    api = Failing(clock, error("ConcurrentModificationException", "CreateAccount", status=400))
    with pytest.raises(ServiceError):
        retrying(api, clock).call("CreateAccount", {})
    assert len(api.at) == 1
