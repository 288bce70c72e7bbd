"""The contents of results: places in the tree, reasons, moves, drift."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from reconciler.model import address as at
from reconciler.model.base import Json
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.impact import ActionSet, Impact, ImpactLine
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Plan, Unmanaged
from reconciler.model.report import Done, Failed, MadeCall, Report, Skipped
from reconciler.model.resources import Policy, Root
from reconciler.render import json, markdown, mermaid, text
from reconciler.render.actions import past, symbol
from reconciler.render.details import details
from reconciler.render.inheritance import Inheritance
from reconciler.render.live_side import coverage_line, drift_line, drift_state
from reconciler.render.outline import outline, walk
from reconciler.render.words import Names, count, reason, summary_line, taken_away
from tests.unit.render import more_samples, samples
from tests.unit.render.samples import account, attachment, change, desired, policy, unit

LOOK: dict[str, Any] = {"width": 80, "color": False}


def shown(*changes: Change, tree: Inventory | None = None) -> str:
    plan, _ = more_samples.make(list(changes), [])
    return text.plan(plan, desired_tree=tree or desired(), **LOOK)


def diagnosed(raw: str, **fields: object) -> str:
    found = Diagnostic.model_validate({"code": "E1", "severity": "error", "message": "m", "file": "f"} | fields)
    return text.diagnostics([found], read_line=lambda _, number: raw if number == found.line else None, **LOOK)


@pytest.mark.parametrize(
    "make", [more_samples.replaced, more_samples.greenfield, more_samples.other_kinds, more_samples.hostile]
)
def test_every_change_is_exactly_once_in_the_outline(make: Any) -> None:
    plan, tree = make()
    found = outline(plan, tree, Names.of(plan, tree))
    nodes = list(walk(found.root)) if found.root else []
    placed = [
        *(c for _, changes in found.sections for c in changes),
        *(c for node in nodes for c in (*node.changes, *node.on)),
    ]
    assert sorted(each.key for each in placed) == sorted(each.key for each in plan.changes)


def test_several_changes_of_one_account_are_together() -> None:
    now = account("shop-00", "ou:Security", "333300000000", tags={"a": "1"})
    was = now.model_copy(update={"parent": "ou:Workloads/Production", "tags": {}})
    made = shown(
        change("update", "differs", was, now, fields=("tags",)),
        change("move", "differs", was, now, fields=("parent",)),
    )
    assert made.count("account shop-00 (333300000000)") == 2
    assert "└─ ~ update  account shop-00" in made
    assert "   └─ → move    account shop-00" in made


def test_an_attachment_to_an_account_is_below_its_ou() -> None:
    made = shown(change("attach", "declared", None, attachment("spend-limit", "account:payments-dev")))
    assert [line.partition("   declared")[0] for line in made.splitlines()[2:7]] == [
        "Root r-ab12 (16 accounts)",
        "└─ Workloads (14 accounts)",
        "   └─ Staging (1 account)",
        "      └─ payments-dev (222222222223)",
        "         └─ + attach  SCP spend-limit",
    ]


def test_what_does_not_change_is_left_out() -> None:
    made = shown(change("attach", "declared", None, attachment("spend-limit", "ou:Sandbox")))
    assert "Workloads" not in made
    assert "shop" not in made


def test_a_moved_account_gains_and_loses_the_policies_above_it() -> None:
    plan = samples.plan()
    inheritance = Inheritance.of(plan, desired())
    (moved,) = (each for each in plan.changes if each.action == "move")
    assert inheritance.moved(moved) == (["policy:deny-regions", "policy:enforce-tls"], ["policy:spend-limit"])
    assert inheritance.moved(plan.changes[0]) == ([], [])


def test_what_is_detached_in_the_same_plan_was_inherited_before() -> None:
    now = account("a", "ou:Security", "101010101010")
    was = now.model_copy(update={"parent": "ou:Sandbox"})
    move = change("move", "differs", was, now, fields=("parent",))
    plan, _ = more_samples.make([move, change("detach", "not_declared", attachment("x", "ou:Sandbox"), None)], [])
    assert Inheritance.of(plan, desired()).moved(move) == ([], ["policy:x"])


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (change("create", "declared", None, unit("A")), "declared, does not exist yet"),
        (change("attach", "declared", None, attachment("p", at.ROOT)), "declared, not attached yet"),
        (change("detach", "not_declared", attachment("p", at.ROOT), None), "attached, but not declared"),
        (change("detach", "default", attachment("FullAWSAccess", at.ROOT), None), "full_aws_access: false"),
        (change("update", "differs", unit("A"), unit("A"), fields=("tags",)), "tags differ"),
        (change("update", "differs", unit("A"), unit("A"), fields=("content",)), "the document differs"),
        (change("rename", "renamed", account("a", at.ROOT, "1"), account("a", at.ROOT, "1")), "name differs"),
        (change("rename", "renamed", unit("A"), unit("A")), "renamed (previously)"),
        (
            change("move", "differs", account("a", at.ROOT, "1"), account("a", "ou:A", "1")),
            "declared under another parent",
        ),
        (change("close", "closed", account("a", at.ROOT, "1"), None), "declared with state: closed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_reasons(made: Change, why: str) -> None:
    assert reason(made) == why


def test_fields_are_found_where_the_change_names_none() -> None:
    made = change("update", "differs", unit("A", tags={"a": "1"}), unit("A", tags={"a": "2"}))
    assert reason(made) == "tags differ"
    assert [(each.label, each.removed, each.added) for each in details(made)] == [("tag a", ("1",), ("2",))]


def test_a_policy_whose_document_was_not_read() -> None:
    made = change("delete", "not_declared", policy("p", "scp", None), None)
    assert list(details(made)) == []


def test_a_document_that_only_looks_different() -> None:
    old = policy("p", "scp", {"Statement": {"Effect": "Deny", "Action": "s3:*"}})
    new = policy("p", "scp", {"Statement": [{"Effect": "Deny", "Action": ["S3:*"]}]})
    first, *_ = details(change("update", "differs", old, new, fields=("content",)))
    assert first.label == "the document is written in another way"


def test_a_policy_type_without_a_row_is_called_by_its_own_name() -> None:
    assert "brand_new policy x" in shown(change("create", "declared", None, policy("x", "brand_new", {"a": 1})))


def test_a_description_that_appears() -> None:
    old, new = policy("p", "scp", {}), policy("p", "scp", {}, description="why it is")
    made = shown(change("update", "differs", old, new, fields=("description",)))
    assert "description  (none) → why it is" in made


@pytest.mark.parametrize(
    ("number", "word", "said"),
    [
        (1, "policy", "1 policy"),
        (2, "policy", "2 policies"),
        (1200, "tag policy", "1,200 tag policies"),
        (0, "OU", "0 OUs"),
    ],
)
def test_counting(number: int, word: str, said: str) -> None:
    assert count(number, word) == said


def test_symbols_and_words() -> None:
    assert [symbol(each) for each in ("create", "update", "move", "replace", "detach")] == ["+", "~", "→", "±", "-"]
    assert [symbol(each, unicode=False) for each in ("move", "replace")] == [">", "*"]
    assert [past(each) for each in ("create", "attach", "close", "enable")] == [
        "created",
        "attached",
        "closed",
        "enabled",
    ]


def test_what_is_temporary_is_neither_a_loss_nor_drift() -> None:
    plan, tree = more_samples.without_gap()
    assert list(taken_away(plan, Names.of(plan, tree))) == ["detaches 1 SCP"]
    assert drift_line(plan) == "Drift in o-a1b2c3d4e5: 1 missing, 1 extra"
    moved = change("move", "differs", account("a", "ou:Workloads/Staging", "1"), account("a", "ou:Sandbox", "1"))
    _, lost = Inheritance.of(plan, tree).moved(moved)
    assert "policy:old-guardrail" in lost
    assert "policy:new-guardrail" not in lost


def test_summary_line_counts_only_what_occurs() -> None:
    assert summary_line(samples.empty(), "org.yaml") == "No changes. The organization matches org.yaml."
    assert summary_line(more_samples.greenfield()[0], "x") == "Plan: 2 to enable, 7 to create, 2 to attach."


def test_what_is_taken_away_is_counted_by_kind() -> None:
    plan = samples.plan()
    said = list(taken_away(plan, Names.of(plan, desired())))
    assert said == ["detaches 1 SCP", "closes 1 account", "deletes 1 OU and 1 SCP"]


def test_drift_states() -> None:
    counts = {each.action: drift_state(each) for each in samples.plan().changes}
    assert counts == {
        "enable": "missing", "create": "missing", "attach": "missing", "update": "changed", "rename": "changed",
        "move": "changed", "close": "changed", "detach": "extra", "delete": "extra",
    }  # fmt: skip
    assert {drift_state(each) for each in more_samples.replaced()[0].changes} == {"changed"}


def test_coverage() -> None:
    plan = samples.plan()
    assert coverage_line(plan, "s").startswith("Coverage 95%: 143 of 150 live objects")
    assert coverage_line(plan.model_copy(update={"managed": 0, "unmanaged": ()}), "s").startswith("Coverage 100%")
    assert drift_line(samples.empty()) == "No drift."


def test_unmanaged_is_folded_by_default() -> None:
    many = tuple(Unmanaged(address=at.attachment(f"policy:p{index}", "ou:A"), kind="attachment") for index in range(9))
    plan = samples.empty().model_copy(update={"unmanaged": many})
    folded = text.plan(plan, desired_tree=desired(), **LOOK)
    assert "9 attachments  p0 on A, p1 on A, p2 on A, p3 on A, and 5 more" in folded
    assert "p8 on A" in text.plan(plan, desired_tree=desired(), verbose=True, **LOOK)


def test_an_apply_with_nothing_to_do() -> None:
    report = Report(digest="sha256:0")
    assert text.report(report, **LOOK) == "Nothing to do: the organization is as declared.\n"
    assert "nothing to do" in markdown.report(report)
    assert "nothing to do" in text.report(report.model_copy(update={"dry_run": True}), **LOOK)


def test_much_is_counted_by_kind_and_what_is_taken_away_is_named() -> None:
    made = [Done(address=f"account:new-{index}", action="create", id=f"{index:012}") for index in range(24)]
    gone = Done(address="ou:Legacy", action="delete")
    skipped = [Skipped(address=f"account:b-{index}", action="move", because="ou:B") for index in range(30)]
    found = Report(digest="d", done=(*made, gone), skipped=tuple(skipped))
    short = text.report(found, width=100, color=False)
    assert "+ created  24 accounts\n- deleted  OU Legacy\n" in short
    assert "SKIPPED 30 changes, because OU B failed:\n    move 30 accounts\n" in short
    full = text.report(found, width=100, color=False, verbose=True)
    assert full.count("+ created  account new-") == 24
    assert full.count("    move account b-") == 30


def test_an_interrupted_apply() -> None:
    skipped = tuple(Skipped(address=f"ou:{name}", action="create", because="interrupted") for name in "AB")
    made = text.report(Report(digest="", skipped=skipped), **LOOK)
    assert "SKIPPED 2 changes, because the run was interrupted:" in made


def test_no_diagnostics() -> None:
    assert text.diagnostics([], read_line=lambda _file, _line: None, **LOOK) == "No errors, no warnings.\n"
    assert "no errors, no warnings" in markdown.diagnostics([])


def test_underlining_after_tabs_and_wide_characters() -> None:
    assert diagnosed("\t東京: x", column=6, end_column=7).splitlines()[3:5] == [
        "1 │     東京: x",
        "  │           ^",
    ]


def test_a_place_beyond_the_end_of_its_line_is_still_marked() -> None:
    assert diagnosed("abc", column=9).splitlines()[3:5] == ["1 │ abc", "  │    ^"]


def test_a_place_of_several_lines_is_marked_to_the_end_of_the_first() -> None:
    assert diagnosed("key: [", column=6, end_line=3, end_column=1).splitlines()[4] == "  │      ^"


def test_an_empty_line() -> None:
    assert diagnosed("").splitlines()[3:5] == ["1 │", "  │ ^"]


@pytest.mark.parametrize("column", [1, 50, 500, 990, 1000])
def test_a_very_long_line_is_shown_around_the_place(column: int) -> None:
    line = "".join(chr(ord("a") + index % 26) for index in range(1000))
    shown, marks = diagnosed(line, column=column, end_column=column + 3).splitlines()[3:5]
    at_mark = shown[marks.index("^") :][: marks.count("^")]
    assert at_mark == line[column - 1 : column + 2][: len(at_mark)]


def test_mermaid_counts_accounts_where_there_are_too_many_to_draw() -> None:
    accounts = [account(f"a{index:03d}", "ou:Workloads", str(index)) for index in range(500)]
    tree = desired().with_resources([Root(address=at.ROOT), unit("Workloads"), *accounts])
    assert mermaid.tree(tree).splitlines() == [
        "flowchart LR",
        '  n0["Root"]',
        '  n1["Workloads<br/>500 accounts"]',
        "  n0 --> n1",
    ]


def test_mermaid_without_policies() -> None:
    assert "deny-regions" not in mermaid.tree(desired(), show_policies=False)
    assert "deny-regions" in mermaid.tree(desired())


def test_tree_and_table_without_policies() -> None:
    for draw in (text.tree, text.table):
        assert "SCP" not in draw(desired(), show_policies=False, **LOOK)


def test_the_state_of_an_account_that_is_not_open_is_shown() -> None:
    tree = desired().with_resources([Root(address=at.ROOT), account("a", at.ROOT, "1", state="pending_closure")])
    assert "[pending closure]" in text.tree(tree, **LOOK)


def test_json_sorts_mappings_and_keeps_documents() -> None:
    found = policy("p", "scp", {"Version": "1", "Statement": [{"Z": 1, "A": 2}]}, tags={"b": "1", "a": "2"})
    made = json.dumps(Inventory().with_resources([found]))
    assert made.index('"a": "2"') < made.index('"b": "1"')
    assert made.index('"Version"') < made.index('"Statement"')
    assert made.index('"Z"') < made.index('"A"')


def test_json_is_read_back_as_the_same_value() -> None:
    import json as stdlib

    plan, _ = more_samples.replaced()
    loaded = Plan.load(stdlib.loads(json.dumps(plan)), [type(each.resource) for each in plan.changes])
    assert loaded.digest == plan.digest
    inventory = Inventory().with_resources([policy("p", "scp", {"a": 1})])
    assert Inventory.load(stdlib.loads(json.dumps(inventory)), [Policy]) == inventory


def test_start_up_stays_light() -> None:
    program = (
        "import sys, reconciler.render\n"
        "assert not {'rich', 'jinja2', 'deepdiff', 'boto3'} & set(sys.modules), 'heavy'\n"
        "import reconciler.render.text, reconciler.render.markdown, reconciler.render.json, reconciler.render.mermaid\n"
        "assert not {'jinja2', 'deepdiff', 'boto3', 'moto', 'yaml'} & set(sys.modules), 'heavy'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=samples.ROOT)


def test_a_node_that_is_in_neither_inventory_is_placed_by_its_path() -> None:
    made = shown(change("detach", "not_declared", attachment("p", "ou:Old/Deep"), None))
    assert "└─ Old\n   └─ Deep\n      └─ - DETACH  policy p" in made


def test_drift_ends_with_what_to_type() -> None:
    made = text.drift(samples.plan(), desired_tree=desired(), next_command="reconciler plan", **LOOK)
    assert made.endswith("\nNext:   reconciler plan\n")


def test_impact_is_folded_by_default() -> None:
    actions = ActionSet(text="s3:*", count=100, include=("s3:*",))
    line = ImpactLine(change="lost", actions=actions, text="can no longer: s3:*")
    many = [Impact(about="principals", accounts=("account:a",), lines=(line,) * 9, risk="low")] * 10
    folded = text.impact(many, **LOOK)
    assert "and 2 more groups of accounts (--verbose lists all)" in folded
    assert folded.count("- can no longer") == 8 * 6
    assert text.impact(many, verbose=True, **LOOK).count("- can no longer") == 90
    assert text.impact([], **LOOK) == "No permission is gained or lost.\n"
    assert "No permission is gained or lost." in markdown.impact([])


def test_a_failure_without_id_or_help() -> None:
    failed = Failed(address="ou:A", action="create", error="no answer")
    assert text.report(Report(digest="", failed=(failed,)), **LOOK).splitlines()[:2] == [
        "FAILED create OU A",
        "    no answer",
    ]


def test_a_value_with_blanks_is_quoted_in_a_dry_run() -> None:
    params: dict[str, Json] = {"Name": "two words", "Content": '{"a": "b c"}', "Tags": ["x y"]}
    call = MadeCall(operation="CreatePolicy", params=params, address="policy:p")
    made = text.report(Report(digest="", dry_run=True, would_call=(call,)), **LOOK)
    assert '1  CreatePolicy Name="two words" Content={"a": "b c"} Tags=["x y"]' in made


def test_lines_before_the_place_that_cannot_be_read_are_left_out() -> None:
    assert [line[:3] for line in diagnosed("abc", line=3).splitlines()[2:6]] == ["  │", "3 │", "  │", "  │"]


def test_a_plan_without_changes_is_one_line() -> None:
    made = text.plan(samples.empty().model_copy(update={"impact": ()}), desired_tree=desired(), **LOOK)
    assert made.splitlines() == [
        "Plan for o-a1b2c3d4e5 (management account 111122223333)",
        "",
        "No changes. The organization matches org.yaml.",
    ]


def test_a_note_that_many_changes_have_is_shown_once() -> None:
    note = "asynchronous, one to two minutes"
    made = [change("create", "declared", None, account(f"a{index}", at.ROOT, None), note=note) for index in range(5)]
    plan, tree = more_samples.make(made, [])
    assert text.plan(plan, desired_tree=tree, **LOOK).count(note) == 1
    assert f"5 to create: {note}" in text.plan(plan, desired_tree=tree, **LOOK)
    assert text.plan(plan, desired_tree=tree, verbose=True, **LOOK).count(note) == 5


def test_an_apply_that_did_all_of_it() -> None:
    done = (Done(address="ou:A", action="create", id="ou-1"),)
    made = text.report(Report(digest="", done=done), **LOOK)
    assert made == "+ created  OU A ou-1\n\nApplied: 1 done.\n"


def test_policies_are_sorted_by_type_with_scps_first() -> None:
    kinds = ("tag", "scp", "rcp")
    attached = [change("attach", "declared", None, attachment(f"{kind}-policy", "ou:Sandbox")) for kind in kinds]
    created = [change("create", "declared", None, policy(f"{kind}-policy", kind, {})) for kind in kinds]
    found = [line.split()[3] for line in shown(*attached, *created).splitlines() if "+ attach" in line]
    assert found == ["SCP", "RCP", "tag"]


@pytest.mark.parametrize(
    "content", [{}, [], "x", 3, {"Statement": []}, {"Statement": [{}]}, {"Statement": [{"Condition": []}]}]
)
def test_a_broken_document_is_shown_all_the_same(content: Any) -> None:
    good = policy("p", "scp", samples.SPEND_LIMIT)
    broken = policy("p", "scp", content)
    for before, after in ((None, broken), (broken, None), (good, broken), (broken, good)):
        made = change("update", "differs", before, after, fields=("content",))
        assert shown(made)
        assert before is None or after is None or list(details(made))
