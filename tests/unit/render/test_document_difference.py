"""Policy documents differ where their meaning does, and the difference is complete."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.document import Language
from reconciler.render.details import statement_in_words
from reconciler.render.document_difference import StatementDifference, ValueDifference, difference

CORPUS = Path(__file__).resolve().parents[3].parent / "shared" / "corpus"


def deny(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": "s3:*", "Resource": "*"} | elements


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statements(before: Any, after: Any, language: Language = "scp") -> tuple[StatementDifference, ...]:
    return difference(before, after, language).statements


def changed(before: dict[str, Any], after: dict[str, Any]) -> tuple[ValueDifference, ...]:
    (found,) = statements(document(before), document(after))
    assert found.change == "changed"
    return found.values


def test_a_region_more_and_a_region_less() -> None:
    old = deny(Sid="R", Condition={"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}})
    new = deny(Sid="R", Condition={"StringNotEquals": {"aws:RequestedRegion": ["eu-north-1", "eu-west-1"]}})
    path = ("Condition", "StringNotEquals", "aws:RequestedRegion")
    assert changed(old, new) == (ValueDifference(path, ("us-east-1",), ("eu-north-1",), kept=1),)


@pytest.mark.parametrize(
    "other",
    [
        deny(Action=["s3:*"]),
        deny(Action="S3:*"),
        deny(Resource=["*"]),
        {"Resource": "*", "Action": "s3:*", "Effect": "Deny"},
    ],
    ids=["list of one", "case", "resource list", "order of keys"],
)
def test_what_means_the_same_is_no_difference(other: dict[str, Any]) -> None:
    assert statements(document(deny()), document(other)) == ()


def test_order_of_statements_is_no_difference() -> None:
    one, two = deny(Sid="A"), deny(Sid="B", Action="ec2:*")
    assert statements(document(one, two), document(two, one)) == ()


def test_a_condition_key_in_another_case_is_the_same_key() -> None:
    old = deny(Condition={"Bool": {"aws:SecureTransport": "false"}})
    new = deny(Condition={"Bool": {"AWS:securetransport": ["false", "true"]}})
    assert changed(old, new) == (ValueDifference(("Condition", "Bool", "AWS:securetransport"), (), ("true",), kept=1),)


def test_true_and_the_word_true_are_one_value() -> None:
    old, new = deny(Condition={"Bool": {"k": True}}), deny(Condition={"Bool": {"k": "true"}})
    assert statements(document(old), document(new)) == ()


def test_effect_is_replaced() -> None:
    assert changed(deny(), deny(Effect="Allow")) == (ValueDifference(("Effect",), ("Deny",), ("Allow",), is_set=False),)


def test_action_that_becomes_not_action_is_shown_in_full() -> None:
    new = {"Effect": "Deny", "NotAction": ["s3:*", "iam:*"], "Resource": "*", "Sid": "X"}
    assert changed(deny(Sid="X"), new) == (
        ValueDifference(("Action",), ("s3:*",), ()),
        ValueDifference(("NotAction",), (), ("s3:*", "iam:*")),
    )


def test_statements_pair_by_sid_first() -> None:
    old = document(deny(Sid="A", Action="s3:*"), deny(Sid="B", Action="ec2:*"))
    new = document(deny(Sid="B", Action="s3:*"), deny(Sid="A", Action="ec2:*"))
    assert [(each.label, each.change) for each in statements(old, new)] == [("B", "changed"), ("A", "changed")]


def test_statements_without_sid_pair_by_what_they_have_in_common() -> None:
    old = document(deny(Action=["a:1", "a:2", "a:3"]), deny(Action=["b:1", "b:2", "b:3"]))
    new = document(deny(Action=["b:1", "b:2", "b:4"]), deny(Action=["a:1", "a:2", "a:3"]))
    (found,) = statements(old, new)
    assert found.label == "#1"
    assert found.values == (ValueDifference(("Action",), ("b:3",), ("b:4",), kept=2),)


def test_statements_with_nothing_in_common_come_and_go() -> None:
    found = statements(document(deny(Action="a:1")), document(deny(Action="b:1")))
    assert sorted(each.change for each in found) == ["added", "removed"]


def test_principals_are_compared_by_type() -> None:
    old, new = deny(Principal={"AWS": ["1", "2"]}, Sid="P"), deny(Principal={"AWS": "2", "Service": "s"}, Sid="P")
    assert changed(old, new) == (
        ValueDifference(("Principal", "AWS"), ("1",), (), kept=1),
        ValueDifference(("Principal", "Service"), (), ("s",)),
    )


def test_created_and_deleted_documents_are_all_their_statements() -> None:
    assert [each.change for each in statements(None, document(deny(Sid="A"), deny(Sid="B")))] == ["added", "added"]
    assert [each.change for each in statements(document(deny()), None)] == ["removed"]


def test_version_and_other_elements_beside_the_statements() -> None:
    old, new = document(deny()) | {"Version": "2008-10-17"}, document(deny()) | {"Id": "x"}
    assert difference(old, new, "scp").leaves == (
        ValueDifference(("Id",), (), ("x",), is_set=False),
        ValueDifference(("Version",), ("2008-10-17",), ("2012-10-17",), is_set=False),
    )


def test_declarative_documents_differ_by_leaf() -> None:
    old: Any = {"tags": {"c": {"tag_value": {"@@assign": ["1", "2"]}, "tag_key": {"@@assign": "C"}}}}
    new: Any = {"tags": {"c": {"tag_value": {"@@assign": ["2", "3"]}, "tag_key": {"@@assign": "Cost"}}, "e": {}}}
    assert difference(old, new, "declarative").leaves == (
        ValueDifference(("tags", "c", "tag_key", "@@assign"), ("C",), ("Cost",), is_set=False),
        ValueDifference(("tags", "c", "tag_value", "@@assign"), ("1",), ("3",), kept=1),
        ValueDifference(("tags", "e"), (), ("{}",), is_set=False),
    )


def test_an_empty_list_is_a_value_of_its_own() -> None:
    (found,) = difference({"a": ["x"]}, {"a": []}, "declarative").leaves
    assert found == ValueDifference(("a",), ("x",), ("[]",))


def test_sizes_are_those_of_what_is_sent() -> None:
    found = difference(None, {"a": "⟨account:x.id⟩"}, "declarative")
    assert (found.size_before, found.size_after) == (None, len('{"a":"123456789012"}'))


@pytest.mark.parametrize(
    "broken", [1, "x", [], {}, {"Statement": 3}, {"Statement": [1]}, {"Statement": {"Condition": 1}}]
)
def test_broken_documents_are_compared_all_the_same(broken: Any) -> None:
    for language in ("scp", "rcp", "declarative"):
        assert difference(broken, document(deny()), language) != difference(broken, broken, language)
        assert difference(broken, broken, language)[:2] == ((), ())


VALUES = st.lists(st.sampled_from(["a:1", "a:2", "b:*", "C:x"]), min_size=1, max_size=4)
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": VALUES, "Resource": st.just("*")},
    optional={
        "Sid": st.sampled_from(["A", "B", "C"]),
        "Condition": st.dictionaries(st.sampled_from(["StringLike", "Bool"]), st.dictionaries(st.just("k"), VALUES)),
    },
)
DOCUMENTS = st.builds(lambda found: document(*found), st.lists(STATEMENTS, max_size=5))


@given(DOCUMENTS, st.randoms())
def test_a_shuffled_document_is_no_difference(found: dict[str, Any], chance: random.Random) -> None:
    other = copy.deepcopy(found)
    chance.shuffle(other["Statement"])
    for each in other["Statement"]:
        chance.shuffle(each["Action"])
    assert difference(found, other, "scp")[:2] == ((), ())


@given(DOCUMENTS, DOCUMENTS)
def test_the_difference_backwards_is_the_difference_turned_round(one: dict[str, Any], other: dict[str, Any]) -> None:
    opposite = {"added": "removed", "removed": "added", "changed": "changed"}
    forth, back = statements(one, other), statements(other, one)
    assert sorted(opposite[each.change] for each in forth) == sorted(each.change for each in back)


@given(DOCUMENTS, DOCUMENTS)
def test_every_changed_statement_has_its_changed_values(one: dict[str, Any], other: dict[str, Any]) -> None:
    for each in statements(one, other):
        assert (each.change == "changed") == bool(each.values)


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of real policies is not beside the project")
def test_real_versions_of_policies_differ_in_few_words() -> None:
    for line in (CORPUS / "pairs.jsonl").read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        old, new = (json.loads(each) if isinstance(each, str) else each for each in (pair["old"], pair["new"]))
        found = difference(old, new, "scp")
        assert difference(new, new, "scp")[:2] == ((), ())
        assert len(found.statements) <= len(old.get("Statement", [])) + len(new.get("Statement", []))


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (deny(), "Deny s3:*"),
        (deny(Action="*"), "Deny every action"),
        (deny(Resource=["arn:a", "arn:b"]), "Deny s3:* on arn:a, arn:b"),
        ({"Effect": "Deny", "NotAction": ["iam:*"], "Resource": "*"}, "Deny everything except iam:*"),
        (deny(Principal="*", NotResource="arn:a"), "Deny s3:* on everything except arn:a"),
        (deny(Principal={"AWS": "1"}), "Deny s3:* for AWS:1"),
        (deny(Action=list("abcdefg")), "Deny a, b, c, d and 3 more"),
        (
            deny(Condition={"Bool": {"k": "false"}, "StringLike": {"l": ["x", "y"]}}),
            "Deny s3:* if k Bool false and l StringLike x, y",
        ),
        (deny(Condition="nonsense"), "Deny s3:* if nonsense"),
        (deny(Condition={"Bool": "nonsense"}), "Deny s3:* if Bool nonsense"),
        (
            deny(Condition={"StringEquals": {"k": "⟨account:new.id⟩"}}),
            "Deny s3:* if k StringEquals (id of account new, known after apply)",
        ),
    ],
)
def test_statements_in_words(statement: dict[str, Any], said: str) -> None:
    assert statement_in_words(statement) == said
