"""No listed principal is missing: what a plan says of access is exactly the difference of the assignments before and
after, in accounts that somebody can enter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.policy.impact.access import access_impact
from tests.identity_center import Held, live

KEYS = ("a", "b", "c", "d", "e")
PLACES = st.sampled_from(["/", "A", "A/B", "A/B/C", "D"])
STATES = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["closed", "suspended", "pending_closure", "active"]))
HELD = st.sets(
    st.tuples(
        st.sampled_from(["Admin", "ReadOnly"]), st.sampled_from(["group:G", "user:u", "group:u"]), st.sampled_from(KEYS)
    )
)
ACCOUNTS = st.dictionaries(st.sampled_from(KEYS), PLACES)


def entering(accounts: dict[str, str], states: dict[str, str], held: set[Held]) -> set[Held]:
    """Who can enter which account: nobody one that is not there, or closed."""
    return {each for each in held if each[2] in accounts and states.get(each[2], "active") == "active"}


@given(ACCOUNTS, ACCOUNTS, STATES, STATES, HELD, HELD)
def test_the_entries_are_the_difference_of_the_assignments(
    once: dict[str, str],
    then: dict[str, str],
    old_states: dict[str, str],
    new_states: dict[str, str],
    old: set[Held],
    new: set[Held],
) -> None:
    before, after = live(once, old, states=old_states), live(then, new, states=new_states)
    listed = [
        (each.effect, (each.permission_set.partition(":")[2], each.principal, account.partition(":")[2]))
        for each in access_impact(before, after, ())
        for account in each.accounts
    ]
    had, has = entering(once, old_states, old), entering(then, new_states, new)
    assert sorted(map(str, listed)) == sorted(
        map(str, [*(("loses", each) for each in had - has), *(("gains", each) for each in has - had)])
    )


@given(ACCOUNTS, ACCOUNTS, HELD, HELD)
def test_each_principal_has_one_entry_for_a_set_and_an_effect(
    once: dict[str, str], then: dict[str, str], old: set[Held], new: set[Held]
) -> None:
    found = access_impact(live(once, old), live(then, new), ())
    keys = [(each.principal, each.permission_set, each.effect) for each in found]
    assert len(set(keys)) == len(keys)
    assert all(each.accounts == tuple(sorted(each.accounts)) and each.accounts for each in found)
