"""10,000 accounts are imported from a snapshot within 10 s of CPU time and 500 MB."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import yaml

from reconciler.model import address as addresses
from reconciler.model.inventory import Inventory, Organization
from reconciler.model.resources import Account, OrganizationalUnit, Resource, Root
from reconciler.use_cases.files import snapshot_text

ACCOUNTS, UNITS = 10_000, 500


def large() -> Inventory:
    units = [
        OrganizationalUnit(address=f"ou:Unit {number}", id=f"ou-{number}", name=f"Unit {number}", parent=addresses.ROOT)
        for number in range(UNITS)
    ]
    accounts: list[Resource] = [
        Account(
            address=addresses.account(f"{number:012d}"),
            id=f"{number:012d}",
            name=f"Account {number}",
            email=f"aws+account-{number}@example.com",
            parent=units[number % UNITS].address,
            tags={"team": f"team-{number % 50}", "by": "hand"},
        )
        for number in range(1, ACCOUNTS + 1)
    ]
    record = Organization(id="o-aaaaaaaaaa", management_account_id="000000000001", feature_set="all")
    root = Root(address=addresses.ROOT, id="r-aaaa")
    return Inventory(organization=record).with_resources([root, *units, *accounts])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured in other units elsewhere")
def test_ten_thousand_accounts(tmp_path: Path) -> None:
    (tmp_path / "live.json").write_text(snapshot_text(large()), "utf-8")
    arguments = ["import", str(tmp_path / "out"), "--snapshot", str(tmp_path / "live.json"), "--quiet"]
    process = os.posix_spawn(sys.executable, [sys.executable, "-m", "reconciler", *arguments], os.environ)
    _, status, usage = os.wait4(process, 0)
    assert status == 0
    assert usage.ru_utime + usage.ru_stime < 10, "seconds"
    assert usage.ru_maxrss < 500_000, "kB"
    text = (tmp_path / "out" / "org.yaml").read_text()
    assert text.count('{id: "') == ACCOUNTS
    assert yaml.load(text, Loader=yaml.CSafeLoader)["defaults"]["accounts"]["tags"] == {"by": "hand"}
