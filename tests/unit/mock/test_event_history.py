"""The event history of the mocked organization: what is recorded, and how it is looked up."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import ServiceError
from reconciler.mock import MockOrganization, Seed
from reconciler.mock.events import MOST
from reconciler.model.api import REGION
from tests.unit.mock.world import Clock, World


def records(world: World, **params: Any) -> list[dict[str, Any]]:
    events = world.all("cloudtrail:LookupEvents", "Events", **params)
    return [json.loads(each["CloudTrailEvent"]) for each in events]


def test_a_write_is_recorded_with_who_what_and_when(world: World) -> None:
    unit = world.call("CreateOrganizationalUnit", ParentId=world.root, Name="A")["OrganizationalUnit"]
    (record,) = records(world)
    assert record["eventName"] == "CreateOrganizationalUnit"
    assert record["eventSource"] == "organizations.amazonaws.com"
    assert record["userIdentity"]["arn"].endswith(":root")
    assert record["requestParameters"] == {"parentId": world.root, "name": "A"}
    assert record["responseElements"]["organizationalUnit"]["id"] == unit["Id"]
    assert record["userAgent"] == "aws-cli"
    assert "errorCode" not in record


def test_a_refused_write_is_recorded_with_its_error(world: World) -> None:
    with pytest.raises(ServiceError):
        world.call("DeletePolicy", PolicyId="p-1234567890")
    (record,) = records(world)
    assert (record["eventName"], record["errorCode"]) == ("DeletePolicy", "PolicyNotFoundException")
    assert record["responseElements"] is None


def test_a_read_and_a_notification_are_not_recorded(world: World) -> None:
    world.call("ListRoots")
    world.call("sns:Publish", TopicArn="arn:aws:sns:us-east-1:111122223333:a", Message="x")
    world.call("events:PutEvents", Entries=[{"Source": "a", "DetailType": "b", "Detail": "{}"}])
    assert records(world) == []


def test_the_email_and_name_of_a_new_account_are_hidden(world: World) -> None:
    world.call("CreateAccount", Email="new@example.com", AccountName="new")
    (record,) = records(world)
    assert (record["requestParameters"]["email"], record["requestParameters"]["accountName"]) == ("****", "****")


def test_the_newest_events_come_first_in_pages_of_fifty(world: World) -> None:
    for number in range(60):
        world.call("TagResource", ResourceId=world.root, Tags=[{"Key": str(number % 40), "Value": "x"}])
    page = world.call("cloudtrail:LookupEvents")
    assert len(page["Events"]) == 50
    keys = [each["requestParameters"]["tags"][0]["key"] for each in records(world)]
    assert keys == [str(number % 40) for number in reversed(range(60))]


def test_events_are_looked_up_by_one_attribute_and_by_time(world: World) -> None:
    world.call("TagResource", ResourceId=world.root, Tags=[{"Key": "a", "Value": "x"}])
    world.call("UntagResource", ResourceId=world.root, TagKeys=["a"])

    def by(name: str, value: str) -> list[str]:
        found = records(world, LookupAttributes=[{"AttributeKey": name, "AttributeValue": value}])
        return [each["eventName"] for each in found]

    assert by("EventName", "TagResource") == ["TagResource"]
    assert by("EventSource", "organizations.amazonaws.com") == ["UntagResource", "TagResource"]
    assert by("EventSource", "sso.amazonaws.com") == []
    assert by("ReadOnly", "true") == []
    both = [{"AttributeKey": "EventName", "AttributeValue": "a"}, {"AttributeKey": "EventId", "AttributeValue": "b"}]
    world.refused("cloudtrail:LookupEvents", "InvalidLookupAttributesException", LookupAttributes=both)
    late, early = datetime(2030, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
    assert records(world, StartTime=late) == []
    world.refused("cloudtrail:LookupEvents", "InvalidTimeRangeException", StartTime=late, EndTime=early)


def test_ninety_days_are_kept() -> None:
    clock = Clock()
    world = World(MockOrganization.in_memory(clock=clock))
    world.call("TagResource", ResourceId=world.root, Tags=[{"Key": "a", "Value": "x"}])
    clock.now += timedelta(days=90).total_seconds()
    assert len(records(world)) == 1
    clock.now += 1
    assert records(world) == []


def test_events_are_in_the_region_of_their_service(world: World) -> None:
    """Those of Organizations in us-east-1, wherever the call came from; those of IAM Identity Center in its own."""
    region = {REGION: "eu-west-1"}
    world.call("TagResource", ResourceId=world.root, Tags=[{"Key": "a", "Value": "x"}], **region)
    assert records(world, **region) == []
    assert [each["awsRegion"] for each in records(world)] == ["us-east-1"]


def test_the_state_file_keeps_the_newest_events(tmp_path: Path) -> None:
    path = tmp_path / "mock.json"
    mock = MockOrganization.open(path, seed=Seed(), agent=lambda: "someone/1")
    world = World(mock)
    for number in range(MOST + 5):
        world.call("TagResource", ResourceId=world.root, Tags=[{"Key": "a", "Value": str(number)}])
    mock.save()
    again = records(World(MockOrganization.open(path, seed=Seed())))
    assert [each["requestParameters"]["tags"][0]["value"] for each in again] == [
        str(number) for number in reversed(range(5, MOST + 5))
    ]
    assert {each["userAgent"] for each in again} == {"someone/1"}
    assert len({each["eventID"] for each in again}) == MOST
