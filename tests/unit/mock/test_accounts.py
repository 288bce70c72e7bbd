"""Accounts: created after the request, moved, closed, removed."""

import pytest

from reconciler.mock.rules import accounts
from reconciler.mock.rules.accounts import DAY, closure_limit
from tests.unit.mock.world import MANAGEMENT, MEMBER, RCP, Clock, World, tag_list


def test_an_account_is_there_only_when_its_creation_succeeded(world: World) -> None:
    request = world.call("CreateAccount", AccountName="new", Email="new@example.com", Tags=tag_list(a="b"))
    status = request["CreateAccountStatus"]
    assert status["State"] == "IN_PROGRESS"
    assert "AccountId" not in status
    for _ in range(2):
        assert world.status(status["Id"])["State"] == "IN_PROGRESS"
        assert len(world.call("ListAccounts")["Accounts"]) == 2
    done = world.status(status["Id"])
    assert done["State"] == "SUCCEEDED"
    account = world.describe(done["AccountId"])
    assert world.call("ListAccounts")["Accounts"][-1] == account
    assert (account["Name"], account["Email"], account["JoinedMethod"]) == ("new", "new@example.com", "CREATED")
    assert account["Paths"][0].endswith(f"/{world.root}/{done['AccountId']}/")
    assert world.tags(done["AccountId"]) == {"a": "b"}
    assert world.attached(done["AccountId"]) == ["FullAWSAccess"]


def test_a_list_of_statuses_is_a_status_read_too(world: World) -> None:
    world.call("CreateAccount", AccountName="new", Email="new@example.com")
    states = [
        [each["State"] for each in world.call("ListCreateAccountStatus")["CreateAccountStatuses"]] for _ in range(4)
    ]
    assert states == [["IN_PROGRESS"], ["IN_PROGRESS"], ["SUCCEEDED"], ["SUCCEEDED"]]


def test_statuses_are_filtered_and_do_not_have_the_accounts_that_were_not_created(world: World) -> None:
    world.account("new")
    world.call("CreateAccount", AccountName="later", Email="later@example.com")

    def names(*states: str) -> list[str]:
        return [
            each["AccountName"]
            for each in world.call("ListCreateAccountStatus", States=list(states))["CreateAccountStatuses"]
        ]

    assert names("IN_PROGRESS") == ["later"]
    assert names("SUCCEEDED") == ["new"]


@pytest.mark.parametrize("email", ["MEMBER@example.com", "management@example.com"])
def test_an_email_that_is_taken_fails_later(world: World, email: str) -> None:
    world.call("CreateAccount", AccountName="twin", Email=email)
    for _ in range(2):
        world.call("ListCreateAccountStatus")
    failed = world.call("ListCreateAccountStatus")["CreateAccountStatuses"][0]
    assert (failed["State"], failed["FailureReason"]) == ("FAILED", "EMAIL_ALREADY_EXISTS")
    assert len(world.call("ListAccounts")["Accounts"]) == 2


def test_of_two_requests_with_one_email_one_succeeds(world: World) -> None:
    requests = [
        world.call("CreateAccount", AccountName=name, Email="one@example.com")["CreateAccountStatus"]["Id"]
        for name in ("first", "second")
    ]
    for _ in range(3):
        states = [world.status(each) for each in requests]
    assert [each["State"] for each in states] == ["SUCCEEDED", "FAILED"]


def test_an_email_that_no_mail_server_takes_fails_later(world: World) -> None:
    assert world.account("odd", "dots..dots@example.com") is None
    statuses = world.call("ListCreateAccountStatus")["CreateAccountStatuses"]
    assert [each["FailureReason"] for each in statuses] == ["INVALID_EMAIL"]


def test_five_creations_at_a_time(world: World) -> None:
    requests = [
        world.call("CreateAccount", AccountName=f"a{n}", Email=f"a{n}@example.com")["CreateAccountStatus"]["Id"]
        for n in range(5)
    ]
    world.refused(
        "CreateAccount",
        "ConstraintViolationException",
        "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED",
        AccountName="a5",
        Email="a5@example.com",
    )
    while world.status(requests[0])["State"] == "IN_PROGRESS":
        pass
    world.call("CreateAccount", AccountName="a5", Email="a5@example.com")


@pytest.mark.parametrize(
    ("name", "email", "detail"),
    [
        ("é", "new@example.com", "INVALID_PATTERN"),
        ("x" * 51, "new@example.com", "MAX_LENGTH_EXCEEDED"),
        ("", "new@example.com", "MIN_LENGTH_EXCEEDED"),
        ("new", "new.example.com", "INVALID_PATTERN"),
        ("new", "n@e.c", "MIN_LENGTH_EXCEEDED"),
    ],
)
def test_names_and_emails_have_a_form(world: World, name: str, email: str, detail: str | None) -> None:
    world.refused("CreateAccount", "InvalidInputException", detail, AccountName=name, Email=email)


def test_a_name_may_have_fifty_printable_characters(world: World) -> None:
    assert world.account("~ " + "x" * 48, "new@example.com")


def test_a_request_must_exist(world: World) -> None:
    world.refused(
        "DescribeCreateAccountStatus", "CreateAccountStatusNotFoundException", CreateAccountRequestId="car-00000000"
    )


def test_a_move_names_where_the_account_is_and_where_it_goes(world: World) -> None:
    a, b = world.unit("A"), world.unit("B")
    missing = f"ou-{world.root[2:]}-00000000"
    world.call("MoveAccount", AccountId=MEMBER, SourceParentId=world.root, DestinationParentId=a)
    assert world.describe(MEMBER)["Paths"][0].endswith(f"/{a}/{MEMBER}/")
    assert [each["Id"] for each in world.call("ListAccountsForParent", ParentId=a)["Accounts"]] == [MEMBER]
    for code, account, source, destination in (
        ("AccountNotFoundException", "999999999999", a, b),
        ("SourceParentNotFoundException", MEMBER, b, world.root),
        ("SourceParentNotFoundException", MEMBER, missing, b),
        ("DestinationParentNotFoundException", MEMBER, a, missing),
        ("DuplicateAccountException", MEMBER, a, a),
    ):
        world.refused("MoveAccount", code, AccountId=account, SourceParentId=source, DestinationParentId=destination)


def test_a_closed_account_is_pending_first(world: World, clock: Clock) -> None:
    world.call("CloseAccount", AccountId=MEMBER)
    assert (world.describe(MEMBER)["State"], world.describe(MEMBER)["Status"]) == (
        "PENDING_CLOSURE",
        "PENDING_CLOSURE",
    )
    world.refused("CloseAccount", "ConflictException", AccountId=MEMBER)
    clock.now += 60
    assert (world.describe(MEMBER)["State"], world.describe(MEMBER)["Status"]) == ("CLOSED", "SUSPENDED")
    world.refused("CloseAccount", "AccountAlreadyClosedException", AccountId=MEMBER)
    assert MEMBER in [each["Id"] for each in world.call("ListAccounts")["Accounts"]]


def test_a_closed_account_can_be_moved(world: World) -> None:
    suspended = world.unit("Suspended")
    world.call("CloseAccount", AccountId=MEMBER)
    world.call("MoveAccount", AccountId=MEMBER, SourceParentId=world.root, DestinationParentId=suspended)


def test_the_management_account_is_never_closed_or_removed(world: World) -> None:
    world.refused(
        "CloseAccount", "ConstraintViolationException", "CANNOT_CLOSE_MANAGEMENT_ACCOUNT", AccountId=MANAGEMENT
    )
    world.refused("RemoveAccountFromOrganization", "MasterCannotLeaveOrganizationException", AccountId=MANAGEMENT)


def test_three_closures_at_a_time(world: World, clock: Clock) -> None:
    accounts = [world.account(f"a{n}") for n in range(4)]
    for each in accounts[:3]:
        world.call("CloseAccount", AccountId=each)
    refusal = ("CloseAccount", "ConstraintViolationException", "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED")
    world.refused(*refusal, AccountId=accounts[3])
    clock.now += 60
    world.call("CloseAccount", AccountId=accounts[3])


def test_closures_within_thirty_days_are_limited(world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "closure_limit", lambda members: 1)
    other = world.account("other")
    world.call("CloseAccount", AccountId=MEMBER)
    clock.now += 29 * DAY
    world.refused("CloseAccount", "ConstraintViolationException", "CLOSE_ACCOUNT_QUOTA_EXCEEDED", AccountId=other)
    clock.now += DAY
    world.call("CloseAccount", AccountId=other)


@pytest.mark.parametrize(("members", "limit"), [(10, 250), (1_250, 250), (2_000, 400), (9_000, 1_000)])
def test_the_closure_quota_follows_the_number_of_members(members: int, limit: int) -> None:
    assert closure_limit(members) == limit


def test_a_created_account_stays_four_days_and_an_invited_one_may_go(world: World, clock: Clock) -> None:
    created = world.account("created")
    world.call("RemoveAccountFromOrganization", AccountId=MEMBER)
    world.refused("DescribeAccount", "AccountNotFoundException", AccountId=MEMBER)
    world.refused(
        "RemoveAccountFromOrganization", "ConstraintViolationException", "WAIT_PERIOD_ACTIVE", AccountId=created
    )
    clock.now += 4 * DAY
    world.call("RemoveAccountFromOrganization", AccountId=created)
    targets = world.call("ListTargetsForPolicy", PolicyId="p-FullAWSAccess")["Targets"]
    assert [each["TargetId"] for each in targets] == [world.root, MANAGEMENT]


def test_a_new_account_gets_the_default_rcp_while_rcps_are_enabled(world: World) -> None:
    world.enable(RCP)
    assert world.attached(world.account("new"), RCP) == ["RCPFullAWSAccess"]
