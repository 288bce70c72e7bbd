"""Where no SCP allows an action any more, that is the reason, and not a Deny of some of the actions."""

from __future__ import annotations

from reconciler.model.impact import ImpactLine
from reconciler.policy.impact.impact import impact
from reconciler.render.impact import remarks
from tests.unit.policy.organizations import ACCOUNT, Documents, allow, chain, deny, with_full


def line(before: Documents, after: Documents) -> ImpactLine:
    (found,) = impact({ACCOUNT: chain({}, before)}, {ACCOUNT: chain({}, after)})
    (only,) = found.lines
    return only


def test_a_deny_of_some_actions_is_not_the_reason_for_all() -> None:
    found = line(with_full(), {"scp": [deny("s3:*")]})
    assert found.text == "can no longer: every action"
    assert list(found.missing_allow_at) == [chain({}).levels[1].name]
    assert found.because == ()


def test_a_deny_of_everything_is_a_reason_as_well() -> None:
    found = line(with_full(), {"scp": [allow("s3:*"), deny("*")]})
    assert [each.policy for each in found.because] == [f"{chain({}).levels[1].name}/scp1"]


def test_a_deny_stays_the_reason_where_the_actions_are_allowed() -> None:
    found = line(with_full(), with_full(deny("s3:*")))
    assert (found.missing_allow_at, len(found.because)) == ((), 1)


def test_the_text_says_where_no_scp_allows_it() -> None:
    found = line(with_full(), {"scp": [deny("s3:*")]})
    (remark,) = [each for each in remarks(found) if "SCP" in each]
    assert found.missing_allow_at[0].partition(":")[2] in remark
