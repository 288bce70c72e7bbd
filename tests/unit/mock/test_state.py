"""The state file: what it carries over, that it stays as it is, and what happens to a broken one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from reconciler.errors import ReconcilerError
from reconciler.kinds import RESOURCES
from reconciler.mock import MockOrganization, Seed, statefile
from reconciler.mock.__main__ import cli
from reconciler.mock.from_snapshot import Timing, from_snapshot
from reconciler.mock.to_snapshot import to_snapshot
from reconciler.model.document import minified
from tests.unit.mock.world import DOCUMENTS, FULL, MANAGEMENT, MEMBER, RCP, SCP, TAG, Clock, World, tag_list

SEED = Seed(accounts=((MEMBER, "member", "member@example.com"),))


Open = Callable[[], World]


class Busy(World):
    """The policies with loose and spaced documents, the created account and the pending request."""

    loose: str
    spaced: str
    pending: str
    created: str


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "mock.json"


@pytest.fixture
def opened(path: Path, clock: Clock) -> Open:
    return lambda: World(MockOrganization.open(path, seed=SEED, clock=clock, closure_seconds=60))


@pytest.fixture
def busy(opened: Open, path: Path) -> Busy:
    """A saved organization with something of everything; (world, ids)."""
    world = Busy(opened().mock)
    world.enable(RCP)
    world.enable(TAG)
    world.call("TagResource", ResourceId=world.root, Tags=tag_list(at="root"))
    outer = world.unit("Outer", Tags=tag_list(at="outer"))
    inner = world.unit("In/ner \\ é", outer)
    scp = world.policy("same", Tags=tag_list(at="policy"))
    tag = world.policy("same", TAG)
    spaced = json.dumps(DOCUMENTS[SCP], indent=4)
    loose = world.call("CreatePolicy", Name="loose", Type=SCP, Description="why", Content=spaced)
    for policy, target in ((scp, inner), (tag, inner), (scp, MEMBER)):
        world.call("AttachPolicy", PolicyId=policy, TargetId=target)
    world.call("DetachPolicy", PolicyId=FULL, TargetId=inner)
    world.call("MoveAccount", AccountId=MEMBER, SourceParentId=world.root, DestinationParentId=inner)
    created = world.account("created", Tags=tag_list(at="account"))
    world.call("CloseAccount", AccountId=created)
    world.call("EnableAWSServiceAccess", ServicePrincipal="guardduty.amazonaws.com")
    world.call("RegisterDelegatedAdministrator", AccountId=MEMBER, ServicePrincipal="guardduty.amazonaws.com")
    pending = world.call("CreateAccount", AccountName="pending", Email="p@example.com", Tags=tag_list(at="pending"))
    world.status(pending["CreateAccountStatus"]["Id"])
    world.mock.save()
    world.loose = loose["Policy"]["PolicySummary"]["Id"]
    world.spaced = spaced
    world.pending = pending["CreateAccountStatus"]["Id"]
    world.created = created
    return world


def test_a_new_organization_is_saved_and_the_next_command_finds_it(opened: Open, path: Path) -> None:
    world = opened()
    assert not path.exists()
    world.mock.save()
    again = opened()
    assert again.everything() == world.everything()
    assert [each["Id"] for each in again.call("ListAccounts")["Accounts"]] == [MANAGEMENT, MEMBER]


def test_everything_is_carried_over(busy: Busy, opened: Open) -> None:
    again = opened()
    assert again.everything() == busy.everything()
    for operation, member, params in (
        ("ListAccounts", "Accounts", {}),
        ("ListCreateAccountStatus", "CreateAccountStatuses", {"States": ["SUCCEEDED"]}),
        ("ListAWSServiceAccessForOrganization", "EnabledServicePrincipals", {}),
        ("ListDelegatedAdministrators", "DelegatedAdministrators", {}),
        ("ListDelegatedServicesForAccount", "DelegatedServices", {"AccountId": MEMBER}),
        ("ListPolicies", "Policies", {"Filter": SCP}),
        ("ListTargetsForPolicy", "Targets", {"PolicyId": FULL}),
    ):
        ours, theirs = (sorted(map(str, world.all(operation, member, **params))) for world in (busy, again))
        assert ours == theirs
    assert again.call("DescribePolicy", PolicyId=again_policy(again))["Policy"]["Content"] == busy.spaced
    assert again.describe(busy.created)["State"] == "PENDING_CLOSURE"


def again_policy(world: World) -> str:
    return next(
        str(each["Id"]) for each in world.all("ListPolicies", "Policies", Filter=SCP) if each["Name"] == "loose"
    )


def test_a_creation_goes_on_where_it_was(busy: Busy, opened: Open) -> None:
    again = opened()
    assert again.status(busy.pending)["State"] == "IN_PROGRESS"
    done = again.status(busy.pending)
    assert done["State"] == "SUCCEEDED"
    assert again.tags(done["AccountId"]) == {"at": "pending"}


def test_ids_do_not_come_twice_after_a_restart(busy: Busy, opened: Open) -> None:
    again = opened()
    known = {each.id for each in to_snapshot(again.mock._backend).resources}
    assert again.unit("New") not in known
    assert again.account("new") not in known


def test_opened_and_saved_without_a_change_it_is_the_same_file(
    busy: Busy, opened: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, moment = path.read_bytes(), path.stat().st_mtime_ns
    again = opened()
    again.call("ListAccounts")
    again.mock.save()
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, moment)
    again.mock._backend.changed = True
    again.mock.save()
    assert path.read_bytes() == before


def test_a_refused_write_is_nothing_to_save(busy: Busy, opened: Open) -> None:
    again = opened()
    again.refused("DeletePolicy", "PolicyInUseException", PolicyId=again.call(
        "ListPoliciesForTarget", TargetId=MEMBER, Filter=SCP)["Policies"][-1]["Id"])  # fmt: skip
    assert not again.mock._backend.changed


def test_the_file_is_a_snapshot(busy: Busy, path: Path) -> None:
    file = statefile.read(path)
    addresses = [each.address for each in file.resources]
    assert addresses == sorted(addresses)
    assert {
        "root:/",
        "ou:Outer/In\\/ner \\\\ é",
        f"account:{MEMBER}",
        "policy:FullAWSAccess",
        "policy:RCPFullAWSAccess",
        "policy:same",
        "policy:tag/same",
        "policy_type:scp",
        "attachment:tag/same@Outer/In\\/ner \\\\ é",
        f"attachment:same@account:{MEMBER}",
        "attachment:FullAWSAccess@/",
    } <= set(addresses)
    assert json.loads(path.read_text())["mock"]["contents"].values()


@pytest.mark.usefixtures("busy")
def test_ids_of_a_snapshot_are_taken(path: Path, opened: Any) -> None:
    data = json.loads(path.read_text())
    del data["mock"]
    path.write_text(json.dumps(data))
    world = opened()
    known = {each["id"] for each in data["resources"] if each.get("id")}
    made = {world.unit(f"New {number}") for number in range(8)}
    made |= {world.policy(f"new {number}") for number in range(4)}
    made.add(world.account("new"))
    assert len(made) == 13
    assert not made & known


def test_a_snapshot_of_a_real_organization_is_a_state(busy: Busy, path: Path, clock: Clock) -> None:
    data = json.loads(path.read_text())
    del data["mock"]
    for each in data["resources"]:
        if each.get("aws_managed"):
            each["content"] = None
    data["resources"] = [
        each for each in data["resources"] if not each["address"].startswith("attachment:RCPFullAWSAccess")
    ]
    path.write_text(json.dumps(data))
    world = World(MockOrganization.open(path, seed=SEED, clock=clock))
    assert world.attached(MEMBER, RCP) == ["RCPFullAWSAccess"]
    full = world.call("DescribePolicy", PolicyId=FULL)["Policy"]["Content"]
    assert json.loads(full)["Statement"][0]["Action"] == "*"
    assert world.describe(MEMBER)["JoinedTimestamp"].year == 2020
    loose = world.call("DescribePolicy", PolicyId=again_policy(world))["Policy"]["Content"]
    assert loose == minified(DOCUMENTS[SCP])


def test_longer_ids_than_motos_own_are_fine(clock: Clock) -> None:
    file = statefile.StateFile.load(
        {
            "organization": {"id": "o-longerthanten1", "management_account_id": MANAGEMENT},
            "resources": [
                {"address": "root:/", "id": "r-longerroot"},
                {"address": "ou:A", "id": "ou-longerroot-0123456789ab", "name": "A", "parent": "root:/"},
                {"address": "account:m", "id": MANAGEMENT, "name": "m", "email": "m@example.com", "parent": "ou:A"},
                {"address": "policy_type:scp", "type": "scp"},
                {"address": "policy:p", "id": "p-Longer_Than_Ten", "type": "scp", "name": "p", "content": {}},
            ],
        },
        RESOURCES,
    )
    world = World(MockOrganization(from_snapshot(file, Timing(clock, 0, 0.0))))
    unit = world.call("ListOrganizationalUnitsForParent", ParentId=world.root)["OrganizationalUnits"][0]["Id"]
    world.call("AttachPolicy", PolicyId="p-Longer_Than_Ten", TargetId=unit)
    world.call("TagResource", ResourceId="p-Longer_Than_Ten", Tags=tag_list(a="b"))
    assert world.attached(unit) == ["FullAWSAccess", "p"]
    assert world.describe(MANAGEMENT)["Paths"] == [f"o-longerthanten1/r-longerroot/{unit}/{MANAGEMENT}/"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "\x00\xff",
        '{"format_version": "1.0"}',
        '{"format_version": "9.0", "resources": []}',
        '{"format_version": "1.0", "resources": [{"address": "planet:Mars"}]}',
        '{"format_version": "1.0", "resources": [{"address": "ou:A"}]}',
        '{"format_version": "1.0", "resources": []}',
        '{"format_version": "1.0", "resources": [], "organization": {"management_account_id": "1"}}',
        '{"format_version": "1.0", "organization": {"management_account_id": "123456789012"}, "resources": ['
        '{"address": "account:a", "id": "123456789012", "email": "a@b.cd", "parent": "ou:Nowhere"}]}',
        '{"format_version": "1.0", "organization": {"management_account_id": "123456789012"}, "resources": ['
        '{"address": "account:a", "id": "123456789012", "email": "a@b.cd", "parent": "root:/"},'
        '{"address": "ou:A", "name": "A", "parent": "ou:A"}]}',
    ],
)
def test_a_broken_file_is_named_and_left_alone(path: Path, opened: Open, text: str) -> None:
    path.parent.mkdir()
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ReconcilerError) as caught:
        opened()
    assert str(path) in caught.value.message
    assert "--mock-state" in (caught.value.help or "")
    assert path.read_bytes() == text.encode("latin-1")


def test_a_write_that_fails_leaves_the_old_file(busy: Busy, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()
    busy.unit("New")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(ReconcilerError, match=r"cannot be written: disk full"):
        busy.mock.save()
    assert path.read_bytes() == before


class TestByHand:
    """`python -m reconciler.mock`."""

    def run(self, path: Path, *arguments: str) -> Result:
        return CliRunner().invoke(cli, ["--mock-state", str(path), *arguments])

    def test_a_policy_is_detached(self, busy: Busy, path: Path, opened: Open) -> None:
        busy.call("AttachPolicy", PolicyId=busy.loose, TargetId=busy.root)
        busy.mock.save()
        assert self.run(path, "detach", "loose", "/").exit_code == 0
        assert opened().attached(busy.root) == ["FullAWSAccess"]

    def test_any_call(self, busy: Busy, path: Path) -> None:
        result = self.run(path, "call", "ListRoots")
        assert json.loads(result.output)["Roots"][0]["Id"] == busy.root

    def test_what_is_not_there(self, busy: Busy, path: Path, tmp_path: Path) -> None:
        assert self.run(path, "detach", "nothing", "/").exit_code != 0
        assert self.run(tmp_path / "none.json", "detach", "same", "/").exit_code != 0
        assert not (tmp_path / "none.json").exists()
