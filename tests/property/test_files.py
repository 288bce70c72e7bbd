"""Plans, snapshots and states of mocked organizations that were cut, edited or mixed up: an error that says what is
wrong, with a documented exit code, and never a bug of the program."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.cli import run
from tests.e2e.conftest import SPEC

DOCUMENTED = {0, 1, 2, 3, 4, 5, 6, 7, 8, 64}
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 10**30, "", "x", "ou:X", "root:/", "account:1", "policy:x", "é\u202e\ud800", "1.0",
    [], [1], [None], ["x"], [[]], {}, {"a": 1}, {"address": "ou:X"}, {"x": {"y": []}},
)  # fmt: skip

FILES = {
    "snapshot": (
        ("plan", "--live=FILE"),
        ("plan", "--live=FILE", "--output", "json"),
        ("drift", "--live=FILE"),
        ("impact", "--live=FILE"),
        ("show", "--live=FILE"),
        ("show", "policies", "--live=FILE"),
        ("explain", "shop-prod", "organizations:LeaveOrganization", "--live=FILE"),
    ),
    "state": (
        ("plan", "--mock-state", "FILE"),
        ("apply", "--auto-approve", "--mock-state", "FILE"),
        ("snapshot", "--mock-state", "FILE"),
    ),
    "plan": (("apply", "FILE", "--mock"), ("explain", "shop-prod", "s3:GetObject", "--plan", "FILE", "--mock")),
}


def ran(*arguments: str) -> tuple[int, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        return run(arguments), err.getvalue()


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, bytes]]:
    """A file of each kind, in a directory with a spec."""
    before, directory = Path.cwd(), tmp_path_factory.mktemp("files")
    (directory / "org.yaml").write_text(SPEC)
    os.chdir(directory)
    assert ran("apply", "--mock", "--auto-approve")[0] == 0
    (directory / "org.yaml").write_text(SPEC.replace("Sandbox:", "Playground:").replace("{team: shop}", "{team: x}"))
    assert ran("plan", "--mock", "--save", "plan.json", "--quiet")[0] == 0
    assert ran("snapshot", "--mock", "--out", "snapshot.json")[0] == 0
    files = {"snapshot": "snapshot.json", "state": ".reconciler/mock.json", "plan": "plan.json"}
    yield {kind: Path(name).read_bytes() for kind, name in files.items()}
    os.chdir(before)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) in parsed JSON."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        yield value, key
        yield from places(each)


def mutated(data: bytes, chance: random.Random) -> bytes:
    how = chance.randrange(10)
    if how == 0:
        return data[: chance.randrange(len(data))]
    if how == 1:
        at = chance.randrange(len(data))
        return data[:at] + bytes(chance.randrange(256) for _ in range(3)) + data[at + chance.randrange(40) :]
    document = json.loads(data)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        found = list(places(document))
        container, key = chance.choice(found)
        match chance.randrange(6):
            case 0:
                del container[key]
            case 1 | 2:
                container[key] = chance.choice(VALUES)
            case 3 if isinstance(container, list):
                container.insert(0, container[key])
            case 4 if isinstance(container, dict):
                container[chance.choice(("x", "id", "address", "kind", "parent"))] = container.pop(key)
            case _:
                other, place = chance.choice(found)
                container[key], other[place] = other[place], container[key]
                if len(repr(document)) > 10**7:
                    return data
    return json.dumps(document).encode()


def check(kind: str, data: bytes) -> None:
    file = Path(f"bad-{kind}.json")
    for command in FILES[kind]:
        file.write_bytes(data)
        code, said = ran(*(str(file) if each == "FILE" else each.replace("FILE", str(file)) for each in command))
        assert code in DOCUMENTED, (command, said)
        assert "bug" not in said, (command, said)
        assert "Traceback" not in said, (command, said)
        if code in (1, 5):
            assert "help:" in said, (command, said)


@pytest.mark.parametrize("kind", FILES)
@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_a_file_that_was_changed(valid: dict[str, bytes], kind: str, seed: int) -> None:
    try:
        data = mutated(valid[kind], random.Random(seed))
    except (RecursionError, ValueError, IndexError, KeyError):  # the change has put a container into itself
        return
    check(kind, data)


@pytest.mark.nightly
@pytest.mark.parametrize("kind", FILES)
def test_many_files_that_were_changed(valid: dict[str, bytes], kind: str) -> None:
    for seed in range(600):
        try:
            data = mutated(valid[kind], random.Random(seed))
        except (RecursionError, ValueError, IndexError, KeyError):
            continue
        check(kind, data)


BROKEN = {
    "empty": b"",
    "no JSON": b"hello",
    "a list": b"[]",
    "a number": b"5",
    "null": b"null",
    "an empty object": b"{}",
    "deep": b'{"format_version": "1.0", "resources": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep but readable": b'{"format_version": "1.0", "resources": ' + b"[" * 500 + b"]" * 500 + b"}",
    "a key twice": b'{"format_version": "1.0", "format_version": "1.0"}',
    "half a character": b'{"format_version": "1.0", "x": "\\ud800"}',
    "no number": b'{"format_version": "1.0", "resources": [NaN]}',
    "Latin-1": '{"format_version": "1.0", "é": 1}'.encode("latin-1"),
    "of another version": b'{"format_version": "7.0", "resources": [], "changes": []}',
    "no resource": b'{"format_version": "1.0", "resources": [5], "changes": [5]}',
    "no address": b'{"format_version": "1.0", "resources": [{"address": 5}], "changes": [{"kind": []}]}',
    "no kind": b'{"format_version": "1.0", "resources": [{"address": "x:y"}], "changes": [{"kind": "x"}]}',
    "no root": b'{"format_version": "1.0", "resources": [], "changes": [{"kind": "account"}]}',
}
CODES = {"snapshot": 1, "state": 1, "plan": 5}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_none(valid: dict[str, bytes], kind: str, data: bytes) -> None:
    check(kind, data)
    file = Path(f"bad-{kind}.json")
    file.write_bytes(data)
    arguments = [str(file) if each == "FILE" else each.replace("FILE", str(file)) for each in FILES[kind][0]]
    code, said = ran(*arguments)
    assert code == CODES[kind]
    assert str(file) in said
    assert "help:" in said


def changed(data: bytes, edit: Any) -> bytes:
    document = json.loads(data)
    edit(document)
    return json.dumps(document).encode()


def of(document: Any, prefix: str) -> Any:
    return next(each for each in document["resources"] if each["address"].startswith(prefix))


CONTRADICTIONS = {
    "two roots": (lambda it: it["resources"].append({**of(it, "root:"), "id": "r-zzzz"}), "is there 2 times"),
    "no root": (lambda it: it["resources"].remove(of(it, "root:")), "0 roots"),
    "a thing twice": (lambda it: it["resources"].append(of(it, "ou:")), "is there 2 times"),
    "an id twice": (lambda it: of(it, "ou:").update(id=of(it, "root:")["id"]), "the id r-"),
    "no parent": (lambda it: of(it, "account:").update(parent="ou:Nowhere"), "which is not an OU in the file"),
    "a policy for a parent": (lambda it: of(it, "account:").update(parent=of(it, "policy:")["address"]), "not an OU"),
    "a circle": (lambda it: of(it, "ou:Workloads").update(parent="ou:Workloads/Production"), "is not the address of"),
    "another name": (lambda it: of(it, "ou:Workloads").update(name="Other"), "is not the address of an OU named"),
    "no policy": (lambda it: of(it, "attachment:").update(policy="policy:x"), "not a policy in the file"),
    "no target": (lambda it: of(it, "attachment:").update(target="ou:x"), "not a root, OU or account"),
    "no policy type": (lambda it: of(it, "policy:deny").update(type="x"), "has the type x, which is none"),
    "no document": (lambda it: of(it, "policy:deny").update(content=[1]), "is not a JSON object"),
    "no management account": (
        lambda it: it["organization"].pop("management_account_id"), "management_account_id is missing"),
    "a state that is none": (lambda it: of(it, "account:").update(state="x"), ".state: "),
}  # fmt: skip


@pytest.mark.parametrize("what", CONTRADICTIONS)
def test_a_snapshot_that_contradicts_itself(valid: dict[str, bytes], what: str) -> None:
    edit, expected = CONTRADICTIONS[what]
    Path("bad.json").write_bytes(changed(valid["snapshot"], edit))
    code, said = ran("plan", "--live=bad.json")
    assert code == 1
    assert "bad.json is not a snapshot: " in said
    assert expected in said
    if what != "no root":  # a mocked organization may be made up by hand: it gets one
        code, said = ran("plan", "--mock-state", "bad.json")
        assert (code, "bad.json is not the state of a mocked organization: " in said) == (1, True)
        assert expected in said


def test_a_valid_file_is_taken(valid: dict[str, bytes]) -> None:
    Path(".reconciler/mock.json").write_bytes(valid["state"])
    for kind, commands in FILES.items():
        for command in commands[:1]:
            file = Path(f"good-{kind}.json")
            file.write_bytes(valid[kind])
            code, said = ran(*(str(file) if each == "FILE" else each.replace("FILE", str(file)) for each in command))
            assert code in (0, 2), (command, said)
