"""Many additions are a list; whatever changes, moves or takes away something that exists is shown in detail."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import address as at
from reconciler.model.impact import ActionSet, Impact, ImpactLine, SettingChange
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Plan
from reconciler.render import text
from reconciler.render.actions import symbol
from reconciler.render.text.page import is_addition
from reconciler.render.words import takes_away
from tests.unit.render import more_samples, samples

ADDING = ("create", "attach", "enable")
OTHERS = [
    each
    for plan in (samples.plan(), more_samples.replaced()[0], more_samples.other_kinds()[0], more_samples.with_gap()[0])
    for each in plan.changes
]


def made(number: int, **fields: object) -> list[Change]:
    return [
        samples.change("create", "declared", None, samples.account(f"new-{index:03}", at.ROOT, None), **fields)
        for index in range(number)
    ]


def placed(key: str, *targets: str, type: str = "scp") -> list[Change]:
    """A policy that is created and attached."""
    attached = [samples.change("attach", "declared", None, samples.attachment(key, target)) for target in targets]
    return [samples.change("create", "declared", None, samples.policy(key, type, {})), *attached]


def plan_of(changes: list[Change], **fields: object) -> Plan:
    return samples.plan().model_copy(
        update={"changes": tuple(changes), "impact": (), "warnings": (), "unmanaged": (), **fields}
    )


def shown(plan: Plan, width: int = 100, *, verbose: bool = False) -> str:
    return text.plan(plan, desired_tree=Inventory(), width=width, color=False, verbose=verbose)


def row(shown: str, word: str) -> str:
    """The line with a word, and those that continue it."""
    found = re.search(
        rf"^[+] [^\n]*\b{word}\b[^\n]*(\n  [^\n]*)*|^[+] [^\n]*(\n  [^\n]*)*\b{word}\b[^\n]*", shown, re.M
    )
    assert found, shown
    return " ".join(found[0].split())


def test_few_additions_are_shown_one_by_one() -> None:
    assert "To add" not in shown(plan_of(made(12)))
    assert "To add: 13 accounts" in shown(plan_of(made(13)))


def test_accounts_are_counted_and_named() -> None:
    found = row(shown(plan_of(made(30, note="asynchronous"))), "accounts")
    assert found.startswith("+ 30 accounts (asynchronous): new-000, new-001,")
    assert found.endswith("new-029")


def test_of_very_many_names_the_first_are_shown() -> None:
    assert row(shown(plan_of(made(500))), "accounts").endswith("new-039, and 460 more")


def test_each_created_policy_has_its_type_and_its_nodes() -> None:
    changes = [
        *made(12), *placed("lonely"), *placed("one", at.ROOT, at.ou("A")), *placed("two", at.ou("A"), at.ROOT),
        *placed("three", at.ou("A"), at.account("new-001"), at.account("new-002")),
        *placed("four", at.ROOT, type="rcp"), *placed("tags", at.ROOT, type="tag"),
        *placed("backups", at.ROOT, type="backup"),
    ]  # fmt: skip
    found = shown(plan_of(changes))
    assert "To add: 12 accounts, 7 policies (--verbose: details)" in found
    assert row(found, "one") == "+ SCPs one, two on the root, A"
    assert row(found, "three") == "+ SCP three on A, accounts new-001, new-002"
    assert row(found, "lonely") == "+ SCP lonely (attached to nothing)"
    assert row(found, "four") == "+ RCP four on the root"
    assert row(found, "tags") == "+ tag policy tags, backup policy backups on the root"


def test_what_is_attached_to_many_nodes_is_cut() -> None:
    found = shown(plan_of(placed("wide", *(at.ou(f"U{index:02}") for index in range(40)))))
    assert row(found, "wide").endswith("U11, and 28 more")


def test_an_attachment_of_an_existing_policy_says_so() -> None:
    policy, attach = placed("there", at.ou("A"))
    tree = Inventory().with_resources([policy.resource])
    found = text.plan(plan_of([*made(13), attach]), desired_tree=tree, width=100, color=False)
    assert row(found, "there") == "+ attach SCP there on A"
    assert "1 attachment" in found


def test_verbose_shows_every_addition_in_detail() -> None:
    plan = plan_of(made(30))
    assert "To add" not in shown(plan, verbose=True)
    assert shown(plan, verbose=True).count("create  account") == 30


def test_new_settings_of_accounts_that_exist_are_counted() -> None:
    def line(name: str, before: str | None) -> ImpactLine:
        setting = SettingChange(type="tag", path=(name,), before=before, after="b")
        return ImpactLine(
            change="changed", actions=ActionSet(text="none", count=0, include=()), text=f"{name} = b", setting=setting
        )

    def of(*lines: ImpactLine) -> Impact:
        return Impact(about="settings", accounts=(at.account("m"),), lines=lines, risk="low")

    plan = plan_of(made(13), impact=(of(line("x", None), line("y", None)),))
    assert "What it means for people: 1 account gets 2 new settings (--verbose lists them)\n" in shown(plan)
    changed = shown(plan_of(made(13), impact=(of(line("x", None)), of(line("z", "a")))))
    assert "~ z = b" in changed, "a value that changes is never counted only"
    assert "1 account gets 1 new setting (tag): m" in changed


@given(st.lists(st.sampled_from(OTHERS), unique_by=lambda each: (each.address, each.action), max_size=25))
def test_nothing_but_additions_is_left_out_of_the_details(others: list[Change]) -> None:
    plan = plan_of([*made(20), *others])
    found = shown(plan, width=160)
    lines = found.splitlines()
    for change in others:
        verb = change.action.upper() if takes_away(change) else change.action
        if change.action in ADDING and is_addition(change):
            continue
        head = re.compile(rf"^[│├└─ ]*{re.escape(symbol(change.action))} {verb}  ")
        assert sum(1 for line in lines if head.match(line)) == sum(
            1 for each in others if each.action == change.action and not is_addition(each)
            and takes_away(each) == takes_away(change)
        ), found  # fmt: skip


def test_only_creating_attaching_and_enabling_add() -> None:
    for change in OTHERS:
        if is_addition(change):
            assert change.action in ADDING
            assert change.before is None
            assert not change.temporary


def test_hostile_names_are_harmless_and_no_line_is_too_wide() -> None:
    bad = "x\x1b[2K\u202e" + "y" * 90
    changes = [samples.change("create", "declared", None, samples.account(f"{bad}{index}", at.ROOT, None))
               for index in range(20)]  # fmt: skip
    changes += [*placed(bad, at.ou(bad), at.account(bad)), *placed(f"{bad}2", at.ROOT, type="tag")]
    for width in (60, 80, 160):
        found = shown(plan_of(changes), width=width)
        assert found.replace("\n", "").isprintable()
        assert max(map(len, found.splitlines())) <= width
