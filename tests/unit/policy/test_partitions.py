"""ARNs in policies are compared with those of the partition that the organization is in."""

from __future__ import annotations

import pytest

from reconciler.aws.converting import described_organization
from reconciler.model.inventory import Inventory, Organization
from reconciler.policy.evaluation.chains import organization_context
from reconciler.policy.language.context import OrganizationContext
from tests.unit.policy.organizations import ACCOUNT_ID, chain, deny, proven, with_full


def exempt(arn: str) -> dict[str, object]:
    return {"ArnNotLike": {"aws:PrincipalArn": arn}}


@pytest.mark.parametrize(("partition", "verdict"), [("aws", "proven"), ("aws-us-gov", "refuted")])
def test_an_exemption_of_one_partition_made_one_of_all(partition: str, verdict: str) -> None:
    before = chain(with_full(deny("s3:*", condition=exempt("arn:aws:iam::*:role/a"))))
    after = chain(with_full(deny("s3:*", condition=exempt("arn:*:iam::*:role/a"))))
    place = OrganizationContext("o-ours", frozenset({ACCOUNT_ID}), partition=partition)
    assert proven("no-gain", before, after, place).verdict == verdict


def test_it_is_read_from_the_arn_of_the_organization() -> None:
    described = {"Id": "o-a1b2c3d4e5", "MasterAccountId": "111122223333", "FeatureSet": "ALL"}
    arn = "arn:aws-us-gov:organizations::111122223333:organization/o-a1b2c3d4e5"
    found = described_organization({"Organization": {**described, "Arn": arn}})
    assert organization_context(Inventory(organization=found)).partition == "aws-us-gov"
    assert described_organization({"Organization": described}).partition == "aws"


def test_a_snapshot_keeps_it() -> None:
    for partition in ("aws", "aws-cn"):
        written = Inventory(organization=Organization(partition=partition)).model_dump(mode="json")
        assert Inventory.model_validate(written).organization.partition == partition
    assert "partition" not in Inventory(organization=Organization()).model_dump(mode="json")["organization"]
