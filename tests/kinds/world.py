"""A spec of one kind, an organization behind one of the backends, and the program's command line."""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest

from reconciler.aws.layers import Counting
from reconciler.aws.operations import OPERATIONS
from reconciler.cli import run
from reconciler.kinds.base import Kind
from reconciler.kinds.identity_center.resources import INSTANCE, IdentityCenter
from reconciler.kinds.invitation import Invitation
from reconciler.mock import MockOrganization, statefile
from reconciler.mock.from_snapshot import Timing, from_snapshot
from reconciler.mock.statefile import StateFile
from reconciler.model.api import Params, Response
from reconciler.model.resources import Account
from reconciler.use_cases.load_spec import load_spec
from reconciler.use_cases.role_policy import Role, role_policy
from tests.faults.injecting import Killed, When
from tests.kinds.examples import ORG, SEED, Example
from tests.kinds.served import Served

STATE = Path("state.json")

in_process = pytest.mark.parametrize("backend", ["file"], indirect=True)
"""Marks a test of what no transport can change: one backend shows it."""


class Backend(Protocol):
    """An organization: the options of the program for it, a call made by hand, and what is in it."""

    @property
    def options(self) -> tuple[str, ...]: ...

    def call(self, operation: str, params: Params, *, caller: str | None = None) -> Response: ...

    def state(self) -> StateFile: ...

    def restore(self, state: StateFile) -> None: ...

    def close(self) -> None: ...


class InFile:
    """The mock in process, with its state in a file."""

    options: tuple[str, ...] = ("--mock", "--mock-state", str(STATE))

    def __init__(self) -> None:
        MockOrganization.open(STATE, seed=SEED).save()

    def call(self, operation: str, params: Params, *, caller: str | None = None) -> Response:
        organization = MockOrganization.open(STATE, seed=SEED)
        answer = organization.call(operation, params, caller=caller)
        organization.save()
        return answer

    def state(self) -> StateFile:
        return MockOrganization.open(STATE, seed=SEED).snapshot()

    def restore(self, state: StateFile) -> None:
        statefile.write(state, STATE)

    def close(self) -> None:
        """There is nothing to close."""


class OverHttp:
    """The mock behind an endpoint, reached by boto3."""

    def __init__(self) -> None:
        self._served = Served(MockOrganization.in_memory(SEED, creation_polls=0, closure_seconds=0.0))
        self.options: tuple[str, ...] = ("--endpoint-url", self._served.url)

    def call(self, operation: str, params: Params, *, caller: str | None = None) -> Response:
        return self._served.organization.call(operation, params, caller=caller)

    def state(self) -> StateFile:
        return self._served.organization.snapshot()

    def restore(self, state: StateFile) -> None:
        self._served.organization = MockOrganization(from_snapshot(state, Timing(time.time, 0, 0.0)))

    def close(self) -> None:
        self._served.close()


class Ran(NamedTuple):
    """How a command line ended, with what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


class Calls:
    """The calls that the program makes; it can be killed at one of its writes, counted from 0."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[str] = []
        self._at: tuple[int, When] | None = None
        call = Counting.call

        def watched(layer: Counting, operation: str, params: Params) -> Response:
            kill = self._kill(operation)
            self.made.append(operation)
            if kill == "before":
                raise Killed
            answer = call(layer, operation, params)
            if kill == "after":
                raise Killed
            return answer

        monkeypatch.setattr(Counting, "call", watched)

    @property
    def writes(self) -> list[str]:
        return [each for each in self.made if OPERATIONS[each].writes]

    def _kill(self, operation: str) -> When | None:
        if self._at is None or not OPERATIONS[operation].writes or len(self.writes) != self._at[0]:
            return None
        return self._at[1]

    @contextlib.contextmanager
    def killed(self, at: int, when: When) -> Iterator[None]:
        """Kills the program at a write, before it is sent or after it took effect."""
        self.made.clear()
        self._at = (at, when)
        with pytest.raises(Killed):
            yield
        self._at = None


class World:
    """The spec in the working directory, its organization and the program."""

    def __init__(self, backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
        self.backend = backend
        self.calls = Calls(monkeypatch)
        self._monkeypatch = monkeypatch
        Path("org.yaml").write_text(ORG, "utf-8")
        self.declare("")

    def declare(self, kind: str, *settings: str) -> None:
        """Writes the spec: the text of an example, and `unmanaged` and `guards`."""
        Path("kind.yaml").write_text(f"version: 1\n{kind}\n", "utf-8")
        Path("settings.yaml").write_text("\n".join(("version: 1", *settings, "")), "utf-8")

    def declare_removal(
        self, example: Example, kind: Kind, *, limit: str | None = None, minimum: int = 10
    ) -> tuple[str, ...]:
        """Writes the spec that removes what `example.declared` declares, with a limit for that (by default one that
        lets it), and returns the options without which it is blocked."""
        settings = [f"guards: {{minimum: {minimum}, max_deletes: {{{_limit_of(example, kind)}: {limit or 5}}}}}"]
        if kind.undeclared and "delete" in kind.undeclared.choices:
            settings.append(f"unmanaged: {{{kind.resource.plural}: delete}}")
        closes = kind.resource is Account
        assert example.removed is not None
        self.declare(example.removed, *(settings[1:] if closes else settings))
        return ("--allow-close",) if closes else ()

    def rename(self, name: str, hostile: str) -> None:
        """Gives something another name, wherever the spec has it as a whole word."""
        for path in (Path("org.yaml"), Path("kind.yaml")):
            text = re.sub(rf"\b{name}\b(?!@)", lambda match: json.dumps(hostile), path.read_text("utf-8"))
            path.write_text(text, "utf-8")

    def changed(self) -> list[str]:
        """The addresses that a plan changes."""
        return [each["address"] for each in self.plan()["changes"]]

    def run(self, *args: str, options: tuple[str, ...] | None = None) -> Ran:
        """Runs a command line, with the options for the organization."""
        self.calls.made.clear()
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            self._monkeypatch.setattr(sys, "stdin", io.StringIO())
            code = run([*args, *(self.backend.options if options is None else options)])
        self._assert_granted(args)
        return Ran(code, out.getvalue(), err.getvalue())

    def _assert_granted(self, args: tuple[str, ...]) -> None:
        """Nothing was called that `reconciler permissions --spec` does not grant to the role of the command. An import
        and a snapshot read what no spec declares, with the role for every spec."""
        if self.calls.made:
            role: Role = "close" if "--allow-close" in args else "apply" if args[0] == "apply" else "plan"
            policy = role_policy(
                role, None if args[0] in ("import", "snapshot") else load_spec(Path("org.yaml"), tests=False)
            )
            assert [each for each in self.calls.made if not policy.allows(each)] == []

    def plan(self, *args: str) -> dict[str, Any]:
        ran = self.run("plan", "--output", "json", *args)
        assert ran.code in (0, 2), ran
        return ran.json

    def apply(self, *args: str) -> None:
        """Applies, and fails where it does not come to its end."""
        ran = self.run("apply", "--auto-approve", *args)
        assert ran.code == 0, ran

    def assert_applied(self, *options: str) -> None:
        """A plan shows no change, and an apply makes no write."""
        ran = self.run("plan", "--detailed-exitcode", *options)
        assert ran.code == 0, ran
        self.apply(*options)
        assert self.calls.writes == []

    def by_hand(self, operation: str, params: dict[str, Any], *, caller: str | None = None) -> None:
        """A call made by somebody else, with addresses, and e-mails of accounts, in the place of ids."""
        state = self.backend.state()
        ids = {each.address: each.id for each in state.resources}
        ids |= {str(each.email): each.id for each in state.of(Account)}
        ids |= {each.address: each.handshake for each in state.of(Invitation)}
        ids |= {each.address: each.arn for each in state.of(IdentityCenter)}
        values = {name: _with_id(value, ids) for name, value in params.items()}
        self.backend.call(operation, values, caller=caller)
        self._finish_role_requests(ids)

    def _finish_role_requests(self, ids: dict[str, str | None]) -> None:
        """Reads the requests of IAM Identity Center until none is in progress."""
        while self.backend.state().mock.role_requests:
            for kind in ("AccountAssignmentCreation", "AccountAssignmentDeletion", "PermissionSetProvisioning"):
                self.backend.call(f"sso:List{kind}Status", {"InstanceArn": ids[INSTANCE]})

    def picture(self) -> list[str]:
        """What is in the organization, without ids and times, and which accounts were requested."""
        state = self.backend.state()
        created = sorted(f"request to create {each.email}" for each in state.mock.creations)
        names = {str(each.id): str(each.email) for each in state.of(Account)}
        ids = {str(each.id): each.address for each in state.resources if each.id and not isinstance(each, Account)}
        lines = []
        for each in state.resources:
            line = each.model_dump_json(exclude={"id", "handshake", "since", "expires"}).replace(
                "pending_closure", "closed"
            )
            for id, name in {**ids, **names}.items():
                line = line.replace(id, name)
            lines.append(line)
        return created + sorted(lines)


def _limit_of(example: Example, kind: Kind) -> str:
    return example.limit or kind.resource.plural


def _with_id(value: Any, ids: dict[str, str | None]) -> Any:
    return ids.get(value, value) if isinstance(value, str) else value
