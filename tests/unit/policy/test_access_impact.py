"""Who gains and loses access: by principal and permission set, in accounts that are named by the OUs that hold them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from reconciler.kinds.identity_center.coverage import coverage_of
from reconciler.kinds.identity_center.permission_set import PermissionSetKind
from reconciler.model.impact import AccessEntry
from reconciler.model.plan import Change, change_of
from reconciler.model.scope import Scope
from reconciler.policy.impact.access import access_impact
from tests.identity_center import Held, live, permission_set

PLACES = {"a": "Workloads/Production", "b": "Workloads/Production", "c": "Workloads/Test", "lab": "Sandbox"}
PLATFORM, OPS, AUDITOR = "group:Platform", "group:Ops", "user:auditor@example.com"


def entries(
    before: Iterable[Held], after: Iterable[Held], then: Mapping[str, str] = PLACES, **more: Any
) -> tuple[AccessEntry, ...]:
    return access_impact(live(PLACES, before), live(then, after, **more), ())


def texts(*args: Any, **more: Any) -> list[str]:
    return [each.text for each in entries(*args, **more)]


class TestGainsAndLosses:
    def test_accounts_are_grouped_by_the_ou_that_holds_them(self) -> None:
        (found,) = entries([], [("Admin", "group:Payments", "a"), ("Admin", "group:Payments", "b")])
        assert found.text == "group Payments gains Admin in 2 accounts of Workloads/Production"
        assert (found.principal, found.permission_set) == ("group:Payments", "permission_set:Admin")
        assert (found.effect, found.accounts) == ("gains", ("account:a", "account:b"))

    def test_a_single_account_has_its_name(self) -> None:
        assert texts([("ReadOnly", AUDITOR, "c")], []) == ["user auditor@example.com loses ReadOnly in c"]

    def test_accounts_of_several_ous(self) -> None:
        held = [("Admin", PLATFORM, each) for each in ("a", "b", "c", "lab")]
        assert texts([], held) == [
            "group Platform gains Admin in 2 accounts of Workloads/Production, c and lab"
        ]  # fmt: skip

    def test_many_ous_are_named_by_the_one_that_holds_all(self) -> None:
        places = {f"a{number}": f"Workloads/W{number}" for number in range(5)}
        held = [("Admin", PLATFORM, each) for each in places]
        (found,) = access_impact(live(places), live(places, held), ())
        assert found.text == "group Platform gains Admin in 5 accounts below Workloads"
        places["lab"] = "Sandbox"
        (found,) = access_impact(live(places), live(places, [*held, ("Admin", PLATFORM, "lab")]), ())
        assert found.text == "group Platform gains Admin in 6 accounts"

    def test_what_is_lost_comes_first(self) -> None:
        found = entries([("Z", "group:Z", "a")], [("A", PLATFORM, "a")])
        assert [each.effect for each in found] == ["loses", "gains"]

    def test_another_permission_set_is_a_loss_and_a_gain(self) -> None:
        assert texts([("Old", PLATFORM, "a")], [("New", PLATFORM, "a")]) == [
            "group Platform loses Old in a",
            "group Platform gains New in a",
        ]

    def test_nothing_changes(self) -> None:
        assert entries([("Admin", PLATFORM, "a")], [("Admin", PLATFORM, "a")]) == ()


class TestAccountsThatChange:
    def test_one_that_moves(self) -> None:
        moved = {**PLACES, "a": "Sandbox"}
        assert texts([("ReadOnly", AUDITOR, "a")], [], moved) == [
            "user auditor@example.com loses ReadOnly in a (moved from Workloads/Production to Sandbox)"
        ]

    def test_several_that_move(self) -> None:
        moved = {**PLACES, "a": "Sandbox", "b": "Sandbox"}
        held = [("Admin", PLATFORM, "a"), ("Admin", PLATFORM, "b")]
        assert texts([], held, moved) == [
            "group Platform gains Admin in 2 accounts (moved from Workloads/Production to Sandbox)"
        ]

    def test_one_that_moves_and_keeps_its_access_is_no_change(self) -> None:
        assert entries([("Admin", PLATFORM, "a")], [("Admin", PLATFORM, "a")], {**PLACES, "a": "Sandbox"}) == ()

    def test_access_ends_with_an_account_that_is_closed(self) -> None:
        held = [("Admin", PLATFORM, "a")]
        assert texts(held, held, states={"a": "closed"}) == ["group Platform loses Admin in a (closed)"]

    def test_access_ends_with_an_account_that_is_removed(self) -> None:
        without = {key: place for key, place in PLACES.items() if key != "a"}
        assert texts([("Admin", PLATFORM, "a")], [], without) == ["group Platform loses Admin in a (removed)"]

    def test_what_is_left_in_an_account_that_is_closed_already_is_no_access(self) -> None:
        held = [("Admin", PLATFORM, "a")]
        closed = live(PLACES, held, states={"a": "suspended"})
        assert access_impact(closed, live(PLACES, states={"a": "suspended"}), ()) == ()

    def test_a_new_one(self) -> None:
        assert texts([], [("Admin", PLATFORM, "n")], {**PLACES, "n": "Sandbox"}) == [
            "group Platform gains Admin in n (new)"
        ]

    def test_one_of_the_root(self) -> None:
        assert texts([], [("Admin", PLATFORM, "x"), ("Admin", PLATFORM, "y")], {"x": "/", "y": "/"}) == [
            "group Platform gains Admin in 2 accounts of the root (new)"
        ]


def changed(*fields: str, **live_parts: Any) -> Change:
    old = permission_set("Deploy", **live_parts)
    new = old.model_copy(update={"outdated": ()})
    return change_of("update", "differs", before=old, after=new, fields=tuple(fields))


class TestAPermissionSetThatChanges:
    HELD = (("Deploy", OPS, "a"), ("Deploy", OPS, "b"), ("Other", OPS, "c"))

    def found(self, change: Change, after: Iterable[Held] = HELD, **more: Any) -> list[AccessEntry]:
        ids = {key: f"{number:012d}" for number, key in enumerate(PLACES)}
        before = live(PLACES, self.HELD, **more)
        named = before.with_resources(
            each.model_copy(update={"id": ids[each.address.partition(":")[2]]}) if each.kind == "account" else each
            for each in before.resources
        )
        return list(access_impact(named, live(PLACES, after), [change]))

    def test_those_who_have_it_are_affected(self) -> None:
        (found,) = self.found(changed("inline", "outdated"))
        assert found.text == (
            "Deploy changes for group Ops in 2 accounts of Workloads/Production (inline policy)"
        )  # fmt: skip
        assert (found.effect, found.fields) == ("changes", ("inline",))

    def test_who_gains_or_loses_it_is_listed_for_that(self) -> None:
        found = self.found(changed("managed"), [("Deploy", OPS, "b"), ("Other", OPS, "c")])
        assert [(each.effect, each.accounts) for each in found] == [
            ("loses", ("account:a",)),
            ("changes", ("account:b",)),
        ]

    def test_what_nobody_feels_is_no_change(self) -> None:
        assert self.found(changed("description", "tags")) == []

    def test_an_earlier_version_is_only_replaced_where_it_is(self) -> None:
        (found,) = self.found(changed("outdated", outdated=("000000000001",)))
        assert found.accounts == ("account:b",)
        assert found.text == "Deploy changes for group Ops in b (an earlier version is in force)"

    def test_who_has_it_is_not_known_where_nothing_was_read(self) -> None:
        change = changed("session", accounts=("000000000000", "000000000001"))
        before = live(PLACES, parts=["permission_sets"], ids={"a": "000000000000", "b": "000000000001"})
        (found,) = access_impact(before, before, [change])
        assert (found.principal, found.accounts) == (None, ("account:000000000000", "account:000000000001"))
        assert found.text == (
            "Deploy changes in 2 accounts of Workloads/Production (session duration); who has it is not known"
        )

    @pytest.mark.parametrize(("fields", "parts"), [(("session",), ["assignments/by_principal"]), (("tags",), [])])
    def test_who_has_it_is_read(self, fields: tuple[str, ...], parts: list[str]) -> None:
        assert list(PermissionSetKind().further_parts([changed(*fields)])) == parts


@pytest.mark.parametrize(
    ("parts", "coverage"),
    [
        (None, "by_pair"),
        (("assignments", "assignments/by_principal"), "by_pair"),
        (("assignments/by_principal", "assignments/111122223333/Admin"), "by_principal"),
        (("assignments/111122223333",), "by_pair"),
        (("permission_sets", "trusted_access"), None),
        ((), None),
    ],
)
def test_coverage_is_that_of_the_least_complete_part(parts: tuple[str, ...] | None, coverage: str | None) -> None:
    assert coverage_of(Scope(parts=parts)) == coverage
