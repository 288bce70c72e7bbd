"""Each partition has its own Organizations endpoint, and a Region leads to the one of its partition."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import botocore.session
import pytest

from reconciler.aws.boto import BotoApi
from reconciler.aws.services import SERVICES
from reconciler.aws.sessions import AwsOptions
from reconciler.errors import UsageError
from reconciler.model import region_data
from reconciler.model.regions import PARTITIONS, REGIONS, partition_of
from scripts.regions_module import partitions, regions_module

pytestmark = pytest.mark.slow


def client(service: str, **reach: str) -> Any:
    api = BotoApi(AwsOptions(**reach))
    api._check("ListRoots")
    return api._client(SERVICES[service], None)


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")


def test_the_data_is_botocores() -> None:
    assert Path(region_data.__file__).read_text("utf-8") == regions_module()
    assert {each["id"] for each in partitions()} == set(PARTITIONS)
    assert set(PARTITIONS) >= {"aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b"}
    session = botocore.session.Session()
    for partition in PARTITIONS:
        for region in session.get_available_regions("ec2", partition):
            assert REGIONS[region] == partition


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_leads_to_the_endpoints_of_its_partition(region: str) -> None:
    own = botocore.session.Session().create_client("organizations", region)
    assert client("", region=region).meta.endpoint_url == own.meta.endpoint_url
    assert f".{PARTITIONS[REGIONS[region]].global_region}." in own.meta.endpoint_url
    home = PARTITIONS[REGIONS[region]].global_region
    for service in ("tagging", "sts"):
        assert f".{home}." in client(service, region=region).meta.endpoint_url


def test_each_region_has_its_own_event_history() -> None:
    assert "cloudtrail.eu-west-1." in client("cloudtrail", region="eu-west-1").meta.endpoint_url
    assert "cloudtrail.us-east-1." in client("cloudtrail").meta.endpoint_url


@pytest.mark.parametrize("region", ["eu-north-9", "aws-global", "aws-cn-global", "us-gov-central-1"])
def test_a_region_that_is_not_known_yet_is_of_the_partition_whose_form_it_has(region: str) -> None:
    partition = partition_of(region)
    assert partition is not None
    endpoint = client("", region=region).meta.endpoint_url
    assert f".{partition.global_region}." in endpoint


@pytest.mark.parametrize(
    ("region", "help"),
    [
        ("eu-west1", "did you mean eu-west-1?"),
        ("eu-wst-1", "did you mean eu-west-1?"),
        ("us-gov-wset-1", "did you mean us-gov-west-1?"),
        ("Frankfurt", "like eu-west-1"),
        ("eu-west-1 ", "did you mean eu-west-1?"),
    ],
)
def test_what_is_the_name_of_no_region_is_an_error(region: str, help: str) -> None:
    with pytest.raises(UsageError, match=f"{region} is the name of no AWS Region") as raised:
        client("", region=region)
    assert help in str(raised.value.help)


def test_it_is_found_before_a_role_is_assumed() -> None:
    api = BotoApi(AwsOptions(region="eu-wst-1", role_arn="arn:aws:iam::111122223333:role/plan"))
    with pytest.raises(UsageError, match="eu-wst-1 is the name of no AWS Region"):
        api.call("ListRoots", {})


def test_an_endpoint_of_ones_own_takes_any_region() -> None:
    made = client("", region="local", endpoint_url="http://127.0.0.1:1")
    assert made.meta.endpoint_url == "http://127.0.0.1:1"
