"""Details of what `import` writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from reconciler.errors import ReconcilerError, UsageError
from reconciler.kinds import KINDS
from reconciler.kinds.base import Kind
from reconciler.model.base import Json
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account, Attachment, Policy, Resource
from reconciler.model.scope import Scope, Unread
from reconciler.spec.write.emitter import dump, scalar
from reconciler.spec.write.keys import account_keys, slug
from reconciler.use_cases.import_organization import ImportOptions, spec_files, write_files
from tests.building import MANAGEMENT_ID, deny, org


def live(inventory: Inventory) -> Inventory:
    """A desired organization as a snapshot has it."""
    record = inventory.organization.model_copy(
        update={"id": "o-aaaaaaaaaa", "management_account_id": MANAGEMENT_ID, "feature_set": "all"}
    )
    return inventory.model_copy(update={"organization": record}).with_resources(
        _with_id(index, each) for index, each in enumerate(inventory.resources)
    )


def _with_id(index: int, each: Resource) -> Resource:
    if isinstance(each, Account):
        email = each.email or each.create_email
        return each.model_copy(update={"id": each.id or f"{index:012d}", "name": each.create_name, "email": email})
    return each.model_copy(update={"id": f"x-{index}"}) if each.identified and each.id is None else each


def written(inventory: Inventory, **options: object) -> dict[str, str]:
    return spec_files(inventory, ImportOptions(**options))  # type: ignore[arg-type]


def test_every_kind_with_a_section_writes_it() -> None:
    for kind in KINDS:
        if kind.section is not None:
            assert type(kind).written is not Kind.written, type(kind).__name__


def test_a_small_organization() -> None:
    found = live(
        org(
            units=["Workloads", "Workloads/Production"],
            accounts={"management": "/", "shop": "Workloads/Production", "audit": "Workloads"},
            policies={"deny-s3": deny("s3:*")},
            attached={"deny-s3": ["Workloads", "@shop"]},
            tags={"@shop": {"team": "a", "by": "hand"}, "@audit": {"by": "hand"}, "@management": {"by": "hand"}},
            no_full_access=["@shop"],
        )
    )
    files = written(found)
    assert (
        files["org.yaml"]
        == """\
# yaml-language-server: $schema=./org.schema.json
version: 1
organization:
  id: o-aaaaaaaaaa
  management_account_id: "123456789012"
  policy_types: [scp]
defaults:
  accounts:
    email: "{{ key }}@example.com"
    tags: {by: hand}
policies:
  deny-s3:
    type: scp
    file: policies/scp/deny-s3.json
root:
  accounts:
    management: {id: "123456789012"}
  organizational_units:
    Workloads:
      policies: [deny-s3]
      accounts:
        audit: {id: "000000000000"}
      organizational_units:
        Production:
          accounts:
            shop: {id: "000000000002", tags: {team: a}, policies: [deny-s3], full_aws_access: false}
"""
    )
    assert json.loads(files["policies/scp/deny-s3.json"]) == deny("s3:*")
    assert list(files) == ["org.schema.json", "policies/scp/deny-s3.json", "org.yaml"]


def test_each_ou_of_the_first_level_has_a_file() -> None:
    found = live(org(units=["A b", "a-B", "C", "C/D"], accounts={"management": "/"}))
    files = written(found, split_by_ou=True)
    teams = [each for each in files if each.startswith("teams/")]
    assert teams == ["teams/a-b.yaml", "teams/c.yaml", "teams/a-b-2.yaml"]
    assert yaml.safe_load(files["org.yaml"])["include"] == ["teams/*.yaml"]
    assert yaml.safe_load(files["teams/c.yaml"]) == {
        "root": {"organizational_units": {"C": {"organizational_units": {"D": {}}}}}
    }


def test_what_others_own_is_ignored() -> None:
    policies = {"aws-guardrails-x": deny("s3:*"), "mine": deny("s3:*"), "tf-a": deny("s3:*")}
    found = live(
        org(units=["Legacy", "Legacy/X", "W"], accounts={"management": "/", "a": "Legacy/X"}, policies=policies)
    )
    quick = Policy(address="policy:AWSQuick", id="p-quick", type="scp", name="AWSQuick", aws_managed=True)
    attached = Attachment(address="attachment:AWSQuick@W", policy=quick.address, target="ou:W")
    found = found.with_resources([*found.resources, quick, attached])
    text = written(found, ignore={"organizational_units": ("Legacy",), "policies": ("tf-*",)})["org.yaml"]
    value = yaml.safe_load(text)
    assert list(value["root"]["organizational_units"]) == ["W"]
    assert list(value["policies"]) == ["mine"]
    assert value["ignore"] == {
        "organizational_units": ["Legacy"],
        "policies": ["tf-*", "aws-guardrails-*", "AWSQuick"],
    }
    assert "# AWSQuick is managed by AWS" in text


def test_closed_accounts_have_a_comment() -> None:
    found = live(org(accounts={"management": "/", "old": "/"}))
    gone = [
        each.model_copy(update={"state": "suspended"}) if each.address == "account:old" else each
        for each in found.resources
    ]
    text = written(found.with_resources(gone))["org.yaml"]
    assert "    # suspended: AWS has suspended it, or it is being closed\n    old: {" in text
    assert yaml.safe_load(text)["root"]["accounts"]["old"]["state"] == "closed"


def test_what_was_not_read_is_not_managed() -> None:
    found = live(org(accounts={"management": "/"}, types=["scp", "tag"]))
    scope = Scope(unread=(Unread(kind="tag", reason="not allowed"),), tags=False, parts=())
    text = written(found.model_copy(update={"scope": scope}))["org.yaml"]
    assert "  # not read: tag (not allowed)\n  policy_types: [scp]\n" in text
    assert "trusted_access" not in text


def test_quotas_that_were_raised() -> None:
    large: dict[str, object] = {**deny("s3:*"), "Id": "x" * 11_000}
    text = written(live(org(accounts={"management": "/"}, policies={"large": large})))["org.yaml"]
    assert yaml.safe_load(text)["organization"]["quotas"]["scp"]["characters"] > 11_000


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Shop (Production)", "shop-production"), ("Zürich", "zurich"), ("東京", "東京"), ("🚀", ""), (" a_b ", "a-b")],
)
def test_slugs(name: str, expected: str) -> None:
    assert slug(name) == expected


def test_keys_are_unique_and_do_not_depend_on_the_order() -> None:
    names = {"1": "Sandbox", "2": "sandbox", "3": "🚀", "4": "sandbox-1", "5": "Sandbox 1"}
    accounts = [Account(address=f"account:{id}", id=id, name=name, parent="root:/") for id, name in names.items()]
    keys = account_keys(accounts)
    assert keys == account_keys(reversed(accounts))
    assert len(set(keys.values())) == 5
    assert keys["account:3"] == "account-3"
    assert account_keys(accounts, {"account:2": "sandbox"})["account:1"] == "sandbox-1"


@pytest.mark.parametrize(
    "text", ["no", "012", "1e3", "~", "a: b", "#x", " x", "x ", "{{ key }}", "", "y", "=", "<<", "é:"]
)
def test_what_yaml_would_read_as_something_else_is_in_quotes(text: str) -> None:
    assert scalar(text).startswith('"')


@pytest.mark.parametrize("text", ["Shop", "shop-prod", "a b", "aws+x@example.com", "policies/a.json", "Zürich", "x.10"])
def test_what_needs_no_quotes_has_none(text: str) -> None:
    assert scalar(text) == text


def test_long_values_have_a_line_for_each_item() -> None:
    services: list[Json] = [f"service-{number}.amazonaws.com" for number in range(5)]
    assert dump({"organization": {"trusted_access": services}}) == (
        "organization:\n  trusted_access:\n" + "".join(f"    - {each}\n" for each in services)
    )


def test_nothing_is_overwritten_without_force(tmp_path: Path) -> None:
    files = {"policies/a.json": "{}\n", "org.yaml": "version: 1\n"}
    assert write_files(tmp_path, files, force=False) == [tmp_path / each for each in files]
    assert write_files(tmp_path, files, force=False), "the same texts are no change"
    with pytest.raises(UsageError, match=r"org\.yaml already"):
        write_files(tmp_path, {**files, "org.yaml": "version: 2\n"}, force=False)
    write_files(tmp_path, {**files, "org.yaml": "version: 2\n"}, force=True)
    assert (tmp_path / "org.yaml").read_text() == "version: 2\n"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["org.yaml", "policies"]


def test_after_a_failure_everything_is_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("old")
    (tmp_path / "b.yaml").mkdir()
    (tmp_path / "b.yaml" / "x").write_text("")
    (tmp_path / "c").write_text("a file")
    with pytest.raises(ReconcilerError, match="cannot be written"):
        write_files(tmp_path, {"a.yaml": "new", "new.yaml": "new", "c/d.yaml": "new"}, force=True)
    assert (tmp_path / "a.yaml").read_text() == "old"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.yaml", "b.yaml", "c"]
