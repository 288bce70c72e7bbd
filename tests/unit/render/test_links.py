"""The codes that a result has are linked to their pages, and nothing else is."""

from __future__ import annotations

import pytest

from reconciler.render.links import is_base, linked_markdown, linked_text, page_of
from reconciler.use_cases.validate import all_codes

BASE = "https://docs.example.com/reconciler/"


def hyperlink(code: str) -> str:
    return f"\x1b]8;;https://docs.example.com/reconciler/diagnostics/{code}.html\x1b\\{code}\x1b]8;;\x1b\\"


@pytest.mark.parametrize("code", [each.code for each in all_codes()])
def test_every_code_is_linked_in_text_and_in_markdown(code: str) -> None:
    assert linked_text(f"error[{code}]: it is wrong\n", BASE) == f"error[{hyperlink(code)}]: it is wrong\n"
    assert linked_text(f"  ! {code}  it is wrong\n", BASE) == f"  ! {hyperlink(code)}  it is wrong\n"
    assert linked_markdown(f"- **{code}** it is wrong\n", BASE) == (
        f"- **[{code}]** it is wrong\n\n[{code}]: {page_of(code, BASE)}\n"
    )


def test_a_coloured_warning_is_linked() -> None:
    coloured = "\x1b[2m  \x1b[0m\x1b[33m! W520 \x1b[0m the OU"
    assert linked_text(coloured, BASE) == coloured.replace("W520", hyperlink("W520"))


@pytest.mark.parametrize("text", ["account W520", "E203: a name", "  see W520", "an error E203 of 12", "SCP [E203]"])
def test_a_name_that_is_like_a_code_is_not_linked(text: str) -> None:
    assert linked_text(text, BASE) == text
    assert linked_markdown(text, BASE) == text


def test_a_row_of_a_table_is_linked_and_each_address_is_written_once() -> None:
    rows = ("| **error** `E203` | `a:1:1` |", "| warning `W302` | `a:2:1` |", "| **error** `E203` | `a:3:1` |")
    table = "\n".join(rows)
    assert linked_markdown(table, BASE) == (
        "| **error** [`E203`][E203] | `a:1:1` |\n"
        "| warning [`W302`][W302] | `a:2:1` |\n"
        "| **error** [`E203`][E203] | `a:3:1` |\n\n"
        f"[E203]: {page_of('E203', BASE)}\n"
        f"[W302]: {page_of('W302', BASE)}\n"
    )


def test_a_fenced_block_is_left_as_it_is() -> None:
    fenced = "```text\n- **W520** in a block\n```\n"
    assert linked_markdown(fenced, BASE) == fenced


@pytest.mark.parametrize("address", ["https://docs.example.com", "http://localhost:8000/docs", BASE])
def test_an_address_of_a_site(address: str) -> None:
    assert is_base(address)


@pytest.mark.parametrize(
    "address",
    ["", "docs", "/docs", "file:///docs", "javascript:alert(1)", "https://", "https://a b", "https://a\x1b\\b", "https://a)b",
     "https://a/?page=1", "https://a/#top", "https://exämple.com", "http://[1"],
)  # fmt: skip
def test_what_is_no_address_of_a_site(address: str) -> None:
    assert not is_base(address)
