"""What differs between a person at a terminal and a program that reads the output."""

from __future__ import annotations

import contextlib
import io
import re
import sys
from pathlib import Path

import pytest

from reconciler.cli import run
from tests.e2e.conftest import SPEC, Program, Ran

EMAIL = "an-account-with-quite-a-long-address+shop-prod@example.com"
CLOSING = "shop-prod: {email: shop-prod@example.com, state: closed, tags: {team: shop}}"
OPEN = "shop-prod: {email: shop-prod@example.com, tags: {team: shop}}"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, *args: str, typed: str = "") -> Ran:
    """Runs a command line where a person sits and types."""
    out, err = Terminal(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        monkeypatch.setattr(sys, "stdin", Terminal(typed))
        code = run([*args, "--color", "never"])
    return Ran(code, out.getvalue(), err.getvalue())


class TestTables:
    @pytest.fixture(autouse=True)
    def long(self, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
        Path("org.yaml").write_text(SPEC.replace("shop-prod@example.com", EMAIL))
        monkeypatch.setenv("COLUMNS", "80")

    def test_for_a_program_every_value_is_whole(self, program: Program) -> None:
        assert EMAIL in program("show", "--format", "table").out

    def test_in_a_file_every_value_is_whole(self, monkeypatch: pytest.MonkeyPatch) -> None:
        at_a_terminal(monkeypatch, "show", "--format", "table", "--out", "table.txt")
        assert EMAIL in Path("table.txt").read_text("utf-8")

    def test_on_a_terminal_it_fits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        shown = at_a_terminal(monkeypatch, "show", "--format", "table").out
        assert max(map(len, shown.splitlines())) <= 80
        assert EMAIL not in shown


class TestTheQuestion:
    @pytest.fixture
    def closing(self, program: Program) -> str:
        """The id of an organization in which an account is to be closed."""
        assert program("apply", "--mock", "--auto-approve", "--quiet").code == 0
        Path("org.yaml").write_text(SPEC.replace(OPEN, CLOSING))
        found = re.search(r"o-[a-z0-9]+", program("plan", "--mock").out)
        assert found
        return found[0]

    def apply(self, monkeypatch: pytest.MonkeyPatch, typed: str) -> Ran:
        return at_a_terminal(monkeypatch, "apply", "--mock", "--allow-close", typed=typed)

    @pytest.mark.parametrize("typed", ["1\n", "{id}\n", " {id} \n"])
    def test_closing_is_confirmed_by_what_is_closed(
        self, monkeypatch: pytest.MonkeyPatch, closing: str, typed: str
    ) -> None:
        ran = self.apply(monkeypatch, typed.format(id=closing))
        assert "1 account would be closed or leave the organization" in ran.err
        assert (ran.code, "Applied: 1 done." in ran.out) == (0, True)

    @pytest.mark.parametrize("typed", ["y\n", "yes\n", "\n", "2\n", "o-other\n", ""])
    def test_a_key_does_not_confirm_it(self, monkeypatch: pytest.MonkeyPatch, closing: str, typed: str) -> None:
        ran = self.apply(monkeypatch, typed)
        assert ran.code == 130
        assert "Applied" not in ran.out
        assert at_a_terminal(monkeypatch, "plan", "--mock", "--detailed-exitcode").code == 2

    DELETING = ("apply", "--mock", "--allow", "deletes.attachments=1")

    @pytest.fixture
    def deleting(self, program: Program) -> None:
        """A policy is to be detached."""
        assert program("apply", "--mock", "--auto-approve", "--quiet").code == 0
        Path("org.yaml").write_text(SPEC.replace("policies: [deny-leaving]", "policies: []"))

    @pytest.mark.parametrize("typed", ["1\n", "{id}\n"])
    def test_what_goes_beyond_a_guard_is_confirmed_by_its_number(
        self, program: Program, monkeypatch: pytest.MonkeyPatch, deleting: None, typed: str
    ) -> None:
        found = re.search(r"o-[a-z0-9]+", program("plan", "--mock").out)
        assert found
        ran = at_a_terminal(monkeypatch, *self.DELETING, typed=typed.format(id=found[0]))
        assert f"1 removal in {found[0]}, with --allow for deletes.attachments." in ran.err
        assert "Type the id of the organization, or the number of these removals" in ran.err
        assert (ran.code, "Applied: 1 done." in ran.out) == (0, True)

    @pytest.mark.parametrize("typed", ["y\n", "\n", "2\n"])
    def test_a_key_does_not_confirm_that(self, monkeypatch: pytest.MonkeyPatch, deleting: None, typed: str) -> None:
        ran = at_a_terminal(monkeypatch, *self.DELETING, typed=typed)
        assert (ran.code, "Applied" in ran.out) == (130, False)
        assert "not confirmed: nothing was changed" in ran.err

    def test_an_allowance_to_create_is_no_danger(self, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
        ran = at_a_terminal(monkeypatch, "apply", "--mock", "--allow", "account_creations=2", typed="y\n")
        assert (ran.code, "[y/N]" in ran.err) == (0, True)

    def test_anything_else_is_confirmed_by_a_key(self, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
        ran = at_a_terminal(monkeypatch, "apply", "--mock", typed="y\n")
        assert re.search(r"Apply \d+ changes to o-[a-z0-9]+\? \[y/N\]", ran.err)
        assert ran.code == 0
