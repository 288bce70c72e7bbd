"""No name, however hostile, moves a cursor, hides text, leaves its block, mentions anybody or is taken for markup."""

from __future__ import annotations

import html.parser
import json as stdlib_json
import re
import unicodedata
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.access import Access, AccountAccess
from reconciler.model.base import Frozen
from reconciler.model.decision import Decision, DenyingStatement, LevelDecision, Request
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.effective import Contribution, EffectiveError, EffectivePolicy, EffectiveSetting, Outcome
from reconciler.model.impact import (
    AccessEntry,
    ClaimProof,
    CounterExample,
    Lookback,
    NewlyDenied,
    NotUnderstood,
    Replay,
)
from reconciler.model.printable import json_text
from reconciler.model.report import Done, Failed, MadeCall, Report, Skipped
from reconciler.model.results import PipelineResults, SavedFailure
from reconciler.model.scope import Unknown
from reconciler.render import json, markdown, mermaid, text
from reconciler.render.markdown.comment_markdown import Place
from reconciler.render.safe import markdown_code, markdown_text, safe, safe_lines
from tests.unit.render.more_samples import HOSTILE, hostile

PLAN, TREE = hostile()
REPORTS = (
    Report(
        digest="sha256:0",
        done=tuple(Done(address=f"ou:{name}", action="create", id=name) for name in HOSTILE),
        failed=tuple(
            Failed(address="policy:x", action="x", error=name, request_id=name, help=name) for name in HOSTILE
        ),
        skipped=tuple(Skipped(address=f"account:{name}", action=name, because=f"ou:{name}") for name in HOSTILE),
        calls=dict.fromkeys(HOSTILE, 1),
        journal=HOSTILE[0],
    ),
    Report(
        digest="sha256:0",
        dry_run=True,
        would_call=tuple(
            MadeCall(operation=name, params={name: name, "b": [name]}, address="ou:x") for name in HOSTILE
        ),
    ),
)
FOUND = [
    Diagnostic(
        code=name, severity="error", message=name, file=name, line=3, column=5, end_column=9, label=name, help=name,
        related=((name, name, 1, 1),),
    )
    for name in HOSTILE
]  # fmt: skip
EXPLANATION = Decision(
    account=HOSTILE[0],
    action=HOSTILE[1],
    decision="conditional",
    levels=tuple(
        LevelDecision(target=f"ou:{name}", scps=(name, name), rcps=(name,), allowed=True, conditional=True)
        for name in HOSTILE
    ),
    blocked_by=DenyingStatement(
        index=0, type="scp", policy=HOSTILE[4], statement=HOSTILE[3], level=HOSTILE[6], file=HOSTILE[1], line=1
    ),
    missing_allow_at=tuple(f"ou:{name}" for name in HOSTILE),
    condition=" ".join(HOSTILE),
    exempt=" ".join(HOSTILE),
)
EFFECTIVE = EffectivePolicy(
    account=HOSTILE[0],
    type=HOSTILE[1],
    settings=tuple(
        EffectiveSetting(
            path=(name, name),
            value=[name, {name: name}],
            because=(Contribution(policy=f"policy:{name}", level=f"ou:{name}", operator="@@assign"),),
            alternatives=(Outcome(value=name), Outcome(value=[name])) if name == HOSTILE[2] else (),
        )
        for name in HOSTILE
    ),
    errors=tuple(EffectiveError(code=name, message=name, path=(name,)) for name in HOSTILE),
    unknown=(Unknown(kind=HOSTILE[0], addresses=tuple(HOSTILE), reason=HOSTILE[2]),),
)
PROOFS = (
    ClaimProof(
        claim="no-gain",
        verdict="refuted",
        accounts=2,
        example=CounterExample(
            account=HOSTILE[0],
            request=Request(account=HOSTILE[1], action=HOSTILE[2], region=HOSTILE[3], principal=HOSTILE[4],
                            resource=HOSTILE[0], context={HOSTILE[1]: tuple(HOSTILE)}),
            before="denied",
            after="allowed",
        ),
    ),
    ClaimProof(claim="no-loss", verdict="not_proven", accounts=2, reason=" ".join(HOSTILE)),
)  # fmt: skip
ACCESS = AccountAccess(
    account=f"account:{HOSTILE[0]}", id=HOSTILE[1], side="live", coverage="by_principal", managed=True,
    access=tuple(
        Access(principal=f"group:{name}", permission_set=f"permission_set:{name}", declared=True, file=name, line=1)
        for name in HOSTILE
    ),
)  # fmt: skip
CHANGES_OF_ACCESS = tuple(
    AccessEntry(principal=f"user:{name}", permission_set=name, effect="gains", accounts=(name,), text=f"user {name}")
    for name in HOSTILE
)
REPLAY = Replay(
    records=9,
    replayed=5,
    failed=1,
    elsewhere=1,
    not_understood=tuple(NotUnderstood(event_source=name, event_name=name, count=2) for name in HOSTILE),
    newly_denied=tuple(
        NewlyDenied(account=name, principal=name, action=name, count=3, condition=name, missing_allow_at=(name,))
        for name in HOSTILE
    ),
    unknown=(Unknown(kind=HOSTILE[0], addresses=(HOSTILE[1],), reason=HOSTILE[2]),),
    lookback=Lookback(since=HOSTILE[0], complete=False, accounts=tuple(HOSTILE)),
)
NAMES = st.text(st.characters(), max_size=40)


@cache
def _texts(**look: object) -> list[str]:
    given: dict[str, Any] = {"width": 72, "color": False} | look
    return [
        text.plan(PLAN, desired_tree=TREE, verbose=True, next_command=HOSTILE[0], spec=HOSTILE[1], **given),
        text.drift(PLAN, desired_tree=TREE, spec=HOSTILE[1], **given),
        *(
            text.report(each, desired_tree=TREE, verbose=verbose, **given)
            for each in REPORTS
            for verbose in (True, False)
        ),
        text.diagnostics(FOUND, read_line=lambda file, line: f"{file}{line}", **given),
        text.impact(PLAN.impact, verbose=True, access=CHANGES_OF_ACCESS, **given),
        text.tree(TREE, **given),
        text.table(TREE, **given),
        text.explanation(EXPLANATION, **given),
        text.effective([(HOSTILE[3], EFFECTIVE)], **given),
        text.access(ACCESS, **given),
        *map(text.proof, PROOFS),
        text.replay(REPLAY),
    ]


FAILURE = SavedFailure(error=HOSTILE[3], help=HOSTILE[4], moved=tuple(HOSTILE))


@cache
def _markdowns() -> list[str]:
    place, found = Place("organization", HOSTILE[4]), PipelineResults(diagnostics=tuple(FOUND))
    return [
        *(
            markdown.comment(each, place, allowances=HOSTILE[3], workflow=HOSTILE[4], limit=10**6)
            for each in (
                PipelineResults(plan=PLAN),
                found,
                PipelineResults(failure=FAILURE),
            )
        ),
        markdown.drift_issue(markdown.drift(PLAN, desired_tree=TREE, limit=10**6), place.label, place),
        markdown.plan(PLAN, desired_tree=TREE, next_command=HOSTILE[4], limit=10**6),
        markdown.drift(PLAN, desired_tree=TREE, limit=10**6),
        *(markdown.report(each, desired_tree=TREE, limit=10**6) for each in REPORTS),
        markdown.diagnostics(FOUND, limit=10**6),
        markdown.impact(PLAN.impact, limit=10**6, access=CHANGES_OF_ACCESS),
        markdown.explanation([(HOSTILE[3], EXPLANATION, HOSTILE[4])], limit=10**6),
        markdown.effective([(HOSTILE[3], EFFECTIVE)], limit=10**6),
        markdown.access(ACCESS, limit=10**6),
        *map(markdown.proof, PROOFS),
        markdown.replay(REPLAY),
    ]


def test_no_renderer_is_left_out() -> None:
    both = {"access", "diagnostics", "drift", "effective", "explanation", "impact", "plan", "proof", "replay", "report"}
    assert set(text.__all__) == both | {"table", "tree"}
    assert set(markdown.__all__) == both | {"comment", "drift_issue"}


def _unsafe(made: str) -> set[str]:
    return {char for char in made if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")}


@pytest.mark.parametrize("index", range(13))
def test_text_has_no_control_or_invisible_characters(index: int) -> None:
    assert _unsafe(_texts()[index]) == set()


@pytest.mark.parametrize("index", range(13))
def test_colour_is_the_only_escape(index: int) -> None:
    coloured, plain = _texts(color=True)[index], _texts()[index]
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert "\x1b[" in coloured


@pytest.mark.parametrize("index", range(13))
def test_without_unicode_everything_is_ascii(index: int) -> None:
    assert _texts(unicode=False)[index].isascii()


@pytest.mark.parametrize("index", range(13))
def test_rich_markup_and_emoji_codes_are_shown_as_they_are(index: int) -> None:
    made = "".join(_texts(width=400)[index].split())
    assert "[boldred]markup[/]:smile:{{7*7}}" in made


class _Tags(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(f"{tag} {attrs}" if attrs else tag)


def _outside_fences(made: str) -> str:
    kept, fence = [], ""
    for line in made.split("\n"):
        run = re.match(r"`{3,}", line)
        if not fence and run:
            fence = run[0]
        elif fence and line == fence:
            fence = ""
        elif not fence:
            kept.append(line)
    assert not fence, "a fence stays open"
    return "\n".join(kept)


@pytest.mark.parametrize("index", range(13))
def test_markdown_holds_only_our_own_blocks(index: int) -> None:
    made = _markdowns()[index]
    assert _unsafe(made) == set()
    prose = _outside_fences(made)
    without_spans = re.sub(r"(?<!`)`[^`\n]+`(?!`)", "CODE", prose)
    assert not re.search(r"@\w|(?<!&)#\d|\bGH-\d|://|www\.|!\[|\]\(|<img|~~", without_spans)
    assert not re.search(r"^(?!### reconciler |### Drift)#+ ", prose, re.M)
    tags = _Tags()
    tags.feed(re.sub(r"(?<!`)`[^`\n]+`(?!`)", "", prose))
    assert tags.seen <= {"details", "summary", "code", "sub"}
    assert prose.count("<details>") == prose.count("</details>")


@pytest.mark.parametrize("index", range(13))
def test_markdown_tables_keep_their_columns(index: int) -> None:
    prose = _outside_fences(_markdowns()[index])
    for block in re.findall(r"(?:^\|.*\n)+", prose, re.M):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


@pytest.mark.parametrize("value", [PLAN, REPORTS[0], TREE], ids=["plan", "report", "inventory"])
def test_json_is_valid_and_safe_to_print(value: Frozen) -> None:
    made = json.dumps(value)
    assert _unsafe(made) == set()
    assert made.endswith("}\n")
    assert stdlib_json.loads(made)


def test_json_keeps_every_name() -> None:
    loaded = stdlib_json.loads(json.dumps(PLAN))
    names = {
        each["after"]["name"] for each in loaded["changes"] if each["after"] and each["kind"] == "organizational_unit"
    }
    assert names == set(HOSTILE)


def test_mermaid_labels_hold_nothing_that_mermaid_reads() -> None:
    made = mermaid.tree(TREE)
    assert _unsafe(made) == set()
    for line in made.splitlines()[1:]:
        assert re.fullmatch(r'  n\d+(\["[^"]*"\]|\(\["[^"]*"\]\))|  n\d+ --> n\d+', line)
        label = line.partition('"')[2].replace("<br/>", "")
        assert not re.search(r"[<>&`@:{}\[\]|](?!.*$)", label.rpartition('"')[0])


@given(NAMES)
def test_safe_text_is_one_printable_line(name: str) -> None:
    shown = safe(name)
    assert shown.isprintable()
    assert safe(shown) == shown
    assert safe(name, unicode=False).isascii()


@given(NAMES)
def test_safe_text_leaves_plain_names_alone(name: str) -> None:
    plain = "".join(char for char in name if char.isalnum() and char not in "\u3164\uffa0\u115f\u1160")
    assert safe(plain) == plain


@given(st.lists(NAMES))
def test_json_text_changes_no_value(names: list[str]) -> None:
    made = json_text(stdlib_json.dumps(names, ensure_ascii=False))
    assert stdlib_json.loads(made) == names
    assert _unsafe(made) == set()


@given(NAMES)
def test_markdown_code_ends_where_it_should(name: str) -> None:
    made = markdown_code(name)
    assert "|" not in made
    assert re.fullmatch(r"`[^`]+`|<code>[^<>`]+</code>", made)


@given(NAMES)
def test_markdown_text_holds_no_markup(name: str) -> None:
    made = markdown_text(name)
    assert not re.search(r"[\\`*\[\]<>|~$]", made)
    assert not re.search(r"@(?!&#8203;)|#(?=\d)(?<!&#)", made)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\x1b[2K", r"\x1b[2K"),
        ("a\nb\tc\rd", r"a\nb\tc\rd"),
        ("\u202etxt", r"\u202etxt"),
        ("a\u200bb", r"a\u200bb"),
        ("\x9b31m", r"\x9b31m"),
        ("\U000e0041", r"\U000e0041"),
        ("a\u00a0b", r"a\xa0b"),
        ("東京 é", "東京 é"),
    ],
)
def test_what_is_made_visible(name: str, shown: str) -> None:
    assert safe(name) == shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("::error::x", r"\x3a:error::x"),
        ("  \t::error::x".replace("\t", " "), r"   \x3a:error::x"),
        ("a ::error::x", "a ::error::x"),
        ("a ##[error]x", r"a \x23#[error]x"),
        ("###vso[task.complete]", r"#\x23#vso[task.complete]"),
        ("# heading", "# heading"),
        ("## [link]", "## [link]"),
        ("a\u202eb\x9bc", r"a\u202eb\x9bc"),
    ],
)
def test_a_build_log_finds_no_command(line: str, shown: str) -> None:
    assert safe_lines(f"first\n{line}\nlast") == f"first\n{shown}\nlast"


def test_colours_stay_where_they_are_wanted() -> None:
    assert safe_lines("\x1b[31m::x\x1b[0m\x1b[2K", color=True) == "\x1b[31m" + r"\x3a:x" + "\x1b[0m" + r"\x1b[2K"
    assert "\x1b" not in safe_lines("\x1b[31mred\x1b[0m")


@given(st.lists(st.text(st.sampled_from("#[:a \u202e\x85é"), max_size=12)))
def test_safe_lines_of_anything(lines: list[str]) -> None:
    made = safe_lines("\n".join(lines))
    assert _unsafe(made) == set()
    assert not any(line.strip().startswith("::") for line in made.split("\n"))
    assert not re.search(r"##\w*\[", made)
    assert made.count("\n") == max(0, len(lines) - 1)
