"""Typical mistakes on the command line: each is an error that says what was expected and what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import Program


class TestFormats:
    def test_a_mistyped_one(self, program: Program) -> None:
        ran = program("show", "--output", "jsn")
        assert (ran.code, ran.out) == (64, "")
        help = "did you mean json? it has text, json, markdown, html"
        assert ran.err == f"error: `show` has no --output jsn\n  = help: {help}\n"

    @pytest.mark.parametrize("args", [("snapshot", "--mock"), ("schema",)])
    def test_what_is_json_in_any_case(self, program: Program, args: tuple[str, ...]) -> None:
        assert program(*args).out == program(*args, "--output", "json").out

    def test_the_last_place_wins(self, program: Program) -> None:
        assert program("--output", "markdown", "validate", "--output", "json").json["diagnostics"] == []


class TestErrorsAsJson:
    def test_a_word_is_no_format(self, program: Program) -> None:
        ran = program("validate", "json")
        assert (ran.code, ran.out) == (64, "")
        assert "unexpected extra argument (json)" in ran.err

    @pytest.mark.parametrize(
        "args",
        [
            ("plan", "--output", "json", "--nonsense"),
            ("--output=json", "plan", "stray"),
            ("plan", "--mock", "--output", "json", "--allow", "bla=3"),
            ("plan", "--output", "json", "--snapshot", "missing.json"),
        ],
    )
    def test_an_error_is_json_where_json_is_asked_for(self, program: Program, args: tuple[str, ...]) -> None:
        ran = program(*args)
        assert ran.json["exit"]["code"] == ran.code
        assert ran.json["error"]


class TestLive:
    def snapshot(self, program: Program) -> None:
        assert program("apply", "--mock", "--auto-approve", "--quiet").code == 0
        assert program("snapshot", "--mock", "--out", "live.json").code == 0

    def test_it_takes_no_word_after_it(self, program: Program) -> None:
        self.snapshot(program)
        ran = program("explain", "--live", "shop-prod", "s3:PutObject", "--mock", "--output", "json")
        assert (ran.code, ran.json["account"]) == (0, "shop-prod")

    def test_a_snapshot_in_place_of_a_read(self, program: Program) -> None:
        self.snapshot(program)
        ran = program("plan", "--snapshot", "live.json", "--detailed-exitcode")
        assert (ran.code, "deprecated" in ran.err) == (0, False)

    def test_the_old_way_to_write_it(self, program: Program) -> None:
        self.snapshot(program)
        ran = program("plan", "--live=live.json", "--detailed-exitcode", "--output", "json")
        assert (ran.code, ran.json["changes"]) == (0, [])
        assert ran.err == "warning: --live=FILE is deprecated, and will go: write --snapshot FILE\n"

    def test_a_file_behind_it(self, program: Program) -> None:
        ran = program("plan", "--live", "live.json")
        assert (ran.code, ran.out) == (64, "")
        assert "= help: --live takes no file: write --snapshot live.json" in ran.err

    def test_a_snapshot_and_a_mocked_organization_exclude_each_other(self, program: Program) -> None:
        self.snapshot(program)
        assert program("plan", "--snapshot", "live.json", "--mock").code == 64


class TestAllow:
    @pytest.mark.parametrize("command", ["plan", "apply"])
    @pytest.mark.parametrize(
        ("allow", "said"),
        [
            ("bla=3", "there is no guard `bla`"),
            ("max_deletes.attachments=17", "did you mean deletes.attachments?"),
            ("deletes.policies", "expected GUARD=N, a guard and a number"),
            ("deletes.policies=", "expected GUARD=N, a guard and a number"),
            ("deletes.policies=-1", "expected GUARD=N, a guard and a number"),
            ("deletes.policies=³", "expected GUARD=N, a guard and a number"),
            ("unknown_account=1", "cannot be allowed"),
            ("close=1", "use --allow-close"),
        ],
    )
    def test_what_names_no_guard_is_wrong_usage(self, program: Program, command: str, allow: str, said: str) -> None:
        ran = program(command, "--mock", "--allow", allow)
        assert (ran.code, ran.out) == (64, "")
        assert said in ran.err
        assert not Path(".reconciler").exists()


class TestFiles:
    """A file that is missing, a directory, or something else, is named with what to do."""

    @pytest.mark.parametrize(
        ("args", "code", "said"),
        [
            (("apply", "missing.json"), 1, "reconciler plan --save FILE"),
            (("apply", "folder"), 1, "Is a directory"),
            (("apply", "org.yaml"), 5, "reconciler plan --save FILE"),
            (("apply", "other.json"), 5, "plan format 9.0"),
            (("apply", "deep.json"), 5, "is not a plan: it is nested too deeply"),
            (("plan", "--snapshot", "missing.json"), 1, "reconciler snapshot --out FILE"),
            (("plan", "--snapshot", "deep.json"), 1, "is not a snapshot"),
            (("plan", "--mock", "--mock-state", "deep.json"), 1, "not the state of a mocked organization"),
            (("plan", "--mock", "--save", "folder"), 1, "Is a directory"),
            (("plan", "--mock", "--out", "folder"), 1, "Is a directory"),
            (("validate", "--spec", "missing.yaml"), 3, "no such file"),
            (("validate", "--spec", "folder"), 3, "it is a directory"),
            (("explain", "--requests", "missing.jsonl"), 64, "No such file or directory\n"),
            (("explain", "--requests", "deep.json"), 64, "deep.json:1: not a request"),
            (("explain", "shop-prod", "s3:X", "--identity-policy", "folder"), 1, "Is a directory\n"),
            (("impact", "--mock", "--events", "folder"), 64, "Is a directory\n"),
            (("impact", "--mock", "--events", "deep.json"), 64, "contains no CloudTrail records"),
            (("init", "org.yaml"), 64, "org.yaml is a file"),
        ],
    )
    def test_a_wrong_file(self, program: Program, args: tuple[str, ...], code: int, said: str) -> None:
        Path("folder").mkdir()
        Path("other.json").write_text(json.dumps({"format_version": "9.0"}))
        Path("deep.json").write_text("[" * 100_000)
        ran = program(*args)
        assert (ran.code, ran.out) == (code, "")
        assert said in ran.err
        assert "bug" not in ran.err
        assert list(Path().glob(".*.[0-9]*")) == []

    def test_a_line_separator_is_no_end_of_a_request(self, program: Program) -> None:
        asked = {"account": "shop-prod", "action": "s3:PutObject", "context": {"aws:username": "a\u2028b"}}
        Path("asked.jsonl").write_text(json.dumps(asked, ensure_ascii=False) + "\n", "utf-8")
        assert program("explain", "--requests", "asked.jsonl").code == 0


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("pln",), "Did you mean `plan`?"),
        (("bogus",), "There are: init, validate, plan, apply,"),
        (("plan", "--traget", "ou:x"), "'--target'?"),
        (("impact", "--mock", "--scope", "Workloads"), "--scope belongs to --assert"),
        (("explain", "shop-prod"), "expected an account and an action"),
        (("explain", "shop-prod", "PutObject"), "service:Action"),
        (("apply", "one.json", "two.json"), "unexpected extra argument (two.json)"),
    ],
)
def test_a_mistyped_line(program: Program, args: tuple[str, ...], said: str) -> None:
    ran = program(*args)
    assert (ran.code, ran.out) == (64, "")
    assert said in ran.err
