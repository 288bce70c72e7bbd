"""The one comment of a pull request: found by marker and author, edited in place, with labels and an exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.render.markdown.comment_markdown import comment_marker
from tests.ci.conftest import Program
from tests.ci.fake_github import BOT, FakeGithub, Fault

pytestmark = pytest.mark.slow

DENY = '{Version: "2012-10-17", Statement: [{Effect: Deny, Action: "s3:*", Resource: "*"}]}'
SPEC = f"version: 1\npolicies:\n  lock: {{type: scp, content: {DENY}}}\nroot:\n  policies: [lock]\n"
BLOCKED = SPEC.replace("[lock]", "[]") + "guards: {max_deletes: {attachments: 0}}\n"
INVALID = SPEC.replace("[lock]", "[lokc]")
MARKER = comment_marker("organization")
COMMENT = ("ci", "comment", "plan.json", "--pull-request", "7", "--commit", "abc123")


@pytest.fixture
def pull(github: FakeGithub, program: Program) -> FakeGithub:
    """Pull request 7, and the plan of a new policy."""
    github.pull_request(7, "abc123")
    write_plan(program, SPEC)
    return github


def write_plan(program: Program, spec: str, *options: str) -> int:
    Path("org.yaml").write_text(spec, "utf-8")
    return program("plan", "--mock", "--output", "json", "--out", "plan.json", *options).code


def block(program: Program) -> None:
    assert program("apply", "--mock", "--auto-approve").code == 0
    assert write_plan(program, BLOCKED) == 0


def test_a_first_plan_writes_a_comment_and_the_summary(pull: FakeGithub, program: Program, tmp_path: Path) -> None:
    ran = program(*COMMENT)
    assert ran.code == 0, ran.err
    (body,) = pull.bodies(7)
    assert body.splitlines()[0] == MARKER
    assert body.splitlines()[2].startswith("<!-- reconciler:plan organization=o-")
    assert "**Plan: 1 to create, 1 to attach.**" in body
    assert (
        "Commit abc123. [The run, with the plan as a file](https://github.example/us/organization/actions/runs/77)"
        in body
    )
    assert (tmp_path / "summary.md").read_text("utf-8") == body
    assert pull.labels(7) == set()


def test_a_later_plan_edits_the_same_comment_and_the_same_plan_writes_nothing(
    pull: FakeGithub, program: Program
) -> None:
    assert program(*COMMENT).code == 0
    write_plan(program, SPEC.replace("  lock:", "  other:").replace("[lock]", "[other]"))
    assert "edited" in program(*COMMENT).err
    writes = len(pull.writes)
    assert "unchanged" in program(*COMMENT).err
    assert len(pull.writes) == writes
    (body,) = pull.bodies(7)
    assert "`other`" in body


def test_a_comment_of_somebody_else_is_not_ours(pull: FakeGithub, program: Program) -> None:
    pull.add_comment(7, "mallory", f"{MARKER}\n\nApproved.")
    pull.add_comment(7, BOT, f"Something else\n{MARKER}")
    pull.add_comment(7, BOT, f"{comment_marker('another')}\n\nAnother organization")
    assert program(*COMMENT).code == 0
    assert len(pull.bodies(7)) == 4
    assert [path for method, path, _ in pull.writes] == ["issues/7/comments"]


def test_it_is_found_on_a_later_page(pull: FakeGithub, program: Program) -> None:
    pull.page_size = 2
    for index in range(5):
        pull.add_comment(7, "somebody", f"remark {index}")
    pull.add_comment(7, BOT, f"{MARKER}\n\nold")
    assert "edited" in program(*COMMENT).err
    assert len(pull.bodies(7)) == 6


def test_two_of_ours_become_one(pull: FakeGithub, program: Program) -> None:
    for index in range(2):
        pull.add_comment(7, BOT, f"{MARKER}\n\nold {index}")
    assert program(*COMMENT).code == 0
    assert len(pull.bodies(7)) == 1


def test_a_blocked_plan_shows_what_to_allow_and_fails_the_check(pull: FakeGithub, program: Program) -> None:
    block(program)
    digest = json.loads(Path("plan.json").read_text("utf-8"))["digest"]
    assert program(*COMMENT).code == 0
    assert program(*COMMENT, "--check").code == 4
    (body,) = pull.bodies(7)
    assert "**Blocked by 1 guard.**" in body
    assert f"```text\n{digest} --allow deletes.attachments=1\n```" in body
    assert pull.labels(7) == {"organization:blocked", "organization:destructive"}


def test_the_allowance_of_the_comment_makes_the_plan_pass_and_no_other(pull: FakeGithub, program: Program) -> None:
    block(program)
    program(*COMMENT)
    line = next(each for each in pull.bodies(7)[0].splitlines() if each.startswith("sha256:"))
    assert write_plan(program, BLOCKED, "--allowances", line) == 0
    assert program(*COMMENT, "--check").code == 0
    assert "Allowed, for this digest only" in pull.bodies(7)[0]
    assert pull.labels(7) == {"organization:destructive"}
    assert write_plan(program, BLOCKED + "x-a: 1\n", "--allowances", line) == 0
    assert program(*COMMENT, "--check").code == 0
    changed = BLOCKED.replace("root:\n", "root:\n  organizational_units: {New: {}}\n")
    assert write_plan(program, changed, "--allowances", line) == 0
    assert program(*COMMENT, "--check").code == 4
    assert "W557" in pull.bodies(7)[0]


def test_labels_of_others_stay(pull: FakeGithub, program: Program) -> None:
    for name in ("bug", "organization:blocked", "another:blocked"):
        pull.issues[7]["labels"].append({"name": name})
    assert program(*COMMENT).code == 0
    assert pull.labels(7) == {"bug", "another:blocked"}


def test_an_invalid_spec_shows_its_diagnostics(pull: FakeGithub, program: Program) -> None:
    program(*COMMENT)
    assert write_plan(program, INVALID) == 3
    assert program("validate", "--output", "json", "--out", "validate.json").code == 3
    ran = program("ci", "comment", "validate.json", "plan.json", "--pull-request", "7", "--check")
    assert ran.code == 3
    (body,) = pull.bodies(7)
    assert "The spec is invalid: there is no plan of this commit" in body
    assert body.count("`org.yaml:5:14`") == 1
    assert "lokc" in body
    assert pull.labels(7) == {"organization:invalid"}


def test_warnings_of_the_spec_are_beside_the_plan(pull: FakeGithub, program: Program) -> None:
    spec = SPEC.replace("[lock]", "[lock]\n  accounts: {shop: {email: shop@example.com, tags: {'aws:x': a}}}")
    write_plan(program, spec.replace("'aws:x'", "owner") + "ignore: {policies: [nothing-of-this-name]}\n")
    finding = {
        "code": "W999",
        "severity": "warning",
        "message": "look @here",
        "file": "org.yaml",
        "line": 3,
        "column": 2,
    }
    Path("validate.json").write_text(json.dumps({"diagnostics": [finding]}), "utf-8")
    assert program("ci", "comment", "plan.json", "validate.json", "--pull-request", "7", "--check").code == 0
    (body,) = pull.bodies(7)
    assert "`W999`" in body
    assert "look &#64;" not in body
    assert "look @here" not in body


def test_a_plan_that_failed_replaces_the_old_one(pull: FakeGithub, program: Program) -> None:
    program(*COMMENT)
    failed = {"error": "no *credentials* @team", "help": "log in", "exit": {"code": 8, "reason": "not_allowed"}}
    Path("plan.json").write_text(json.dumps(failed), "utf-8")
    assert program(*COMMENT, "--check").code == 8
    (body,) = pull.bodies(7)
    assert "There is no plan of this commit" in body
    assert "no &#42;credentials&#42; @&#8203;team" in body


def test_a_run_that_ended_before_the_plan_says_so(pull: FakeGithub, program: Program) -> None:
    Path("plan.json").unlink()
    assert program(*COMMENT, "--check").code == 1
    assert "the run ended before it was made" in pull.bodies(7)[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "cannot be read"), ("[]", "expected a JSON object"), ("{}", "is no saved result")],
)
def test_another_file_is_an_error_and_writes_nothing(
    pull: FakeGithub, program: Program, content: str, message: str
) -> None:
    Path("plan.json").write_text(content, "utf-8")
    ran = program(*COMMENT)
    assert ran.code == 1
    assert message in ran.err
    assert pull.writes == []


def test_a_modified_plan_is_refused(pull: FakeGithub, program: Program) -> None:
    data = json.loads(Path("plan.json").read_text("utf-8"))
    Path("plan.json").write_text(json.dumps({**data, "warnings": []}).replace("lock", "look"), "utf-8")
    assert program(*COMMENT).code == 5
    assert pull.writes == []


class TestFaults:
    def test_a_lost_answer_makes_no_second_comment(self, pull: FakeGithub, program: Program) -> None:
        pull.faults.append(Fault("POST", "issues/7/comments", 502, carried_out=True))
        assert program(*COMMENT).code == 0
        assert len(pull.bodies(7)) == 1

    def test_a_server_fault_is_tried_again(self, pull: FakeGithub, program: Program) -> None:
        pull.faults += [
            Fault("POST", "issues/7/comments", 502),
            Fault("GET", "issues/7", 503),
            Fault("GET", "issues/7", 0),
        ]
        assert program(*COMMENT).code == 0
        assert len(pull.bodies(7)) == 1

    @pytest.mark.parametrize(
        ("status", "headers", "message"),
        [
            (403, {}, "You have exceeded a secondary rate limit. Please wait."),
            (403, {"Retry-After": "1"}, "slow down"),
            (429, {"Retry-After": "1"}, "Too many requests"),
        ],
    )
    def test_rate_limits_are_waited_for(
        self, pull: FakeGithub, program: Program, status: int, headers: dict[str, str], message: str
    ) -> None:
        pull.faults.append(Fault("POST", "issues/7/comments", status, message, headers))
        assert program(*COMMENT).code == 0
        assert len(pull.bodies(7)) == 1

    @pytest.mark.parametrize(
        ("fault", "code", "message"),
        [
            (Fault("POST", "issues/7/comments", 403, "Resource not accessible by integration"), 8, "not accessible"),
            (Fault("GET", "issues/7/comments", 404), 1, "no such object"),
            (Fault("POST", "issues/7/comments", 422, "Validation Failed"), 1, "422"),
        ],
    )
    def test_a_refusal_is_an_error(
        self, pull: FakeGithub, program: Program, fault: Fault, code: int, message: str
    ) -> None:
        pull.faults.append(fault)
        ran = program(*COMMENT)
        assert ran.code == code
        assert message in ran.err

    def test_a_server_that_does_not_answer_is_named_without_the_layers_of_libraries(
        self, pull: FakeGithub, program: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("reconciler.github.client._TRIES", 0)
        monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:9")
        ran = program(*COMMENT)
        assert ran.code == 1
        end = "GitHub cannot be reached: Connection refused\n"
        assert ran.err == f"error: cannot write the comment on pull request 7: {end}"

    def test_a_token_that_is_not_accepted(
        self, pull: FakeGithub, program: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GITHUB_TOKEN", "another")
        ran = program(*COMMENT)
        assert ran.code == 8
        assert "does not accept the token" in ran.err

    @pytest.mark.parametrize("name", ["GITHUB_TOKEN", "GITHUB_REPOSITORY"])
    def test_a_variable_that_is_missing(
        self, pull: FakeGithub, program: Program, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.delenv(name)
        assert program(*COMMENT).code == 64
