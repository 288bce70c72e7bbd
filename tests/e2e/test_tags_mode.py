"""`tags_mode: merge`: the named keys are ours, `null` removes one, and all others are nobody's business."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.aws import reader
from reconciler.mock import MockOrganization, Seed
from reconciler.model.resources import Account, OrganizationalUnit, Policy, Root
from tests.building import EVERY_TYPE
from tests.e2e.conftest import Program

STATE = Path(".reconciler") / "mock.json"
DENY = '{Version: "2012-10-17", Statement: [{Effect: Deny, Action: "s3:*", Resource: "*"}]}'
BEFORE = f"""\
version: 1
policies:
  p: {{type: scp, content: {DENY}, tags: {{owner: a, old: x}}}}
root:
  policies: [p]
  tags: {{stage: one, old: x}}
  organizational_units:
    Work:
      tags: {{stage: one, old: x}}
      accounts:
        shop: {{email: shop@example.com, tags: {{stage: one, old: x}}}}
"""
MERGED = f"""\
version: 1
defaults: {{accounts: {{tags: {{managed-by: us}}, tags_mode: merge}}}}
policies:
  p: {{type: scp, content: {DENY}, tags: {{owner: b, old: null}}, tags_mode: merge}}
root:
  policies: [p]
  tags: {{stage: two, old: null}}
  tags_mode: merge
  organizational_units:
    Work:
      tags: {{stage: two, old: null, gone: null}}
      tags_mode: merge
      accounts:
        shop: {{email: shop@example.com, tags: {{stage: two, old: null}}}}
"""


class Hand:
    """Somebody who tags what is live."""

    def __init__(self) -> None:
        self.organization = MockOrganization.open(STATE, seed=Seed())

    def tags(self) -> dict[str, dict[str, str]]:
        """The tags of everything that has some, by its address, accounts by their e-mail."""
        live = reader.read(self.organization, EVERY_TYPE)
        found = {}
        for each in live.resources:
            if isinstance(each, Root | OrganizationalUnit | Account | Policy) and each.tags:
                name = each.email if isinstance(each, Account) else each.address
                found[str(name)] = each.tags
        return found

    def tag(self, key: str, value: str) -> None:
        """Puts a tag on the root, the OU, the account and the policy."""
        live = reader.read(self.organization, EVERY_TYPE)
        for each in live.resources:
            ours = isinstance(each, Root | OrganizationalUnit) or getattr(each, "email", None) == "shop@example.com"
            if ours or (isinstance(each, Policy) and not each.aws_managed):
                params = {"ResourceId": each.id, "Tags": [{"Key": key, "Value": value}]}
                self.organization.call("TagResource", params)
        self.organization.save()


@pytest.fixture
def tagged(program: Program) -> Program:
    """An applied spec, and a tag of somebody else on everything."""
    Path("org.yaml").write_text(BEFORE)
    assert program("apply", "--mock", "--auto-approve").code == 0
    Hand().tag("awsApplication", "theirs")
    Path("org.yaml").write_text(MERGED)
    return program


def test_named_keys_are_set_and_removed_and_others_stay(tagged: Program) -> None:
    assert tagged("apply", "--mock", "--auto-approve").code == 0
    merged = {"stage": "two", "awsApplication": "theirs"}
    assert Hand().tags() == {
        "root:/": merged,
        "ou:Work": merged,
        "shop@example.com": {**merged, "managed-by": "us"},
        "policy:p": {"owner": "b", "awsApplication": "theirs"},
    }


def test_the_result_is_no_drift_and_other_keys_never_are(tagged: Program) -> None:
    assert tagged("apply", "--mock", "--auto-approve").code == 0
    Hand().tag("another", "one")
    assert tagged("plan", "--mock", "--detailed-exitcode").code == 0
    assert tagged("drift", "--mock").code == 0
    Hand().tag("stage", "three")
    assert tagged("drift", "--mock").code == 2


def test_the_plan_speaks_of_named_keys_only(tagged: Program) -> None:
    text = tagged("plan", "-v", "--mock").out
    assert "stage" in text
    assert "awsApplication" not in text


def test_a_saved_plan_relies_on_named_keys_only(tagged: Program) -> None:
    assert tagged("plan", "--mock", "--save", "plan.json").code == 0
    Hand().tag("another", "one")
    assert tagged("apply", "plan.json", "--mock", "--auto-approve").code == 0
    assert Hand().tags()["ou:Work"] == {"stage": "two", "awsApplication": "theirs", "another": "one"}


def test_a_saved_plan_is_refused_where_a_named_key_changed(tagged: Program) -> None:
    assert tagged("plan", "--mock", "--save", "plan.json").code == 0
    Hand().tag("stage", "three")
    ran = tagged("apply", "plan.json", "--mock", "--auto-approve")
    assert (ran.code, "tags changed" in ran.err) == (5, True)


def test_removing_one_key_counts_as_one(tagged: Program) -> None:
    Path("org.yaml").write_text(MERGED + "guards: {max_deletes: {tags: 3}}\n")
    ran = tagged("plan", "--mock")
    assert "4 tags would be removed, the limit is 3" in ran.out


def test_what_is_new_gets_the_keys_with_a_value(program: Program) -> None:
    Path("org.yaml").write_text(MERGED)
    assert program("apply", "--mock", "--auto-approve").code == 0
    assert Hand().tags() == {
        "root:/": {"stage": "two"},
        "ou:Work": {"stage": "two"},
        "shop@example.com": {"stage": "two", "managed-by": "us"},
        "policy:p": {"owner": "b"},
    }
    assert program("plan", "--mock", "--detailed-exitcode").code == 0


def test_an_ou_that_takes_over_keeps_the_other_tags(tagged: Program) -> None:
    Path("org.yaml").write_text(f"""\
version: 1
policies:
  p: {{type: scp, content: {DENY}}}
root:
  policies: [p]
  organizational_units:
    New:
      organizational_units:
        Work: {{previously: [/Work], tags: {{stage: two, old: null}}, tags_mode: merge}}
""")
    assert tagged("apply", "--mock", "--auto-approve").code == 0
    assert Hand().tags()["ou:New/Work"] == {"stage": "two", "awsApplication": "theirs"}


def test_null_without_merge_is_an_error(program: Program) -> None:
    Path("org.yaml").write_text(MERGED.replace("      tags_mode: merge\n", "", 1))
    ran = program("validate")
    assert (ran.code, ran.err.count("error[E203]")) == (3, 2)
    assert "with `tags_mode: merge` it removes the tag" in " ".join(ran.err.split())


def test_exact_is_the_default_and_can_be_said(tagged: Program) -> None:
    Path("org.yaml").write_text(BEFORE.replace("      tags: {stage", "      tags_mode: exact\n      tags: {stage"))
    assert tagged("apply", "--mock", "--auto-approve").code == 0
    assert Hand().tags()["ou:Work"] == {"stage": "one", "old": "x"}


def test_null_in_the_defaults_removes_the_key_of_each_account_that_does_not_set_it(tagged: Program) -> None:
    Path("org.yaml").write_text("""\
version: 1
defaults: {accounts: {tags: {old: null, managed-by: us}, tags_mode: merge}}
root:
  organizational_units:
    Work:
      accounts:
        shop: {email: shop@example.com}
        cart: {email: cart@example.com, tags: {old: kept, managed-by: null}}
""")
    assert tagged("apply", "--mock", "--auto-approve").code == 0
    tags = Hand().tags()
    assert tags["shop@example.com"] == {"stage": "one", "managed-by": "us", "awsApplication": "theirs"}
    assert tags["cart@example.com"] == {"old": "kept"}
    assert tagged("plan", "--mock", "--detailed-exitcode").code == 0


def test_an_account_can_be_exact_where_the_defaults_merge(tagged: Program) -> None:
    Path("org.yaml").write_text("""\
version: 1
defaults: {accounts: {tags: {managed-by: us}, tags_mode: merge}}
root:
  organizational_units:
    Work:
      accounts:
        shop: {email: shop@example.com, tags: {stage: one}, tags_mode: exact}
""")
    assert tagged("apply", "--mock", "--auto-approve").code == 0
    assert Hand().tags()["shop@example.com"] == {"stage": "one", "managed-by": "us"}
