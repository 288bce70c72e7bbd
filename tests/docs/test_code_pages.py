"""Every code has a page, and the mistake on it is reported with that code."""

from __future__ import annotations

import pytest

from reconciler.planning.warning_codes import PLAN_CODES
from reconciler.use_cases.validate import all_codes
from scripts.documentation.code_pages import about, code_pages, example_files, printed
from tests.docs.sessions import ROOT
from tests.unit.spec.test_cases import NEEDS_BYTES, NEEDS_PLAN

WITHOUT_EXAMPLE = {
    *(each.code for each in PLAN_CODES),
    *(NEEDS_BYTES | NEEDS_PLAN),
    *("A001", "A002", "A003", "A004"),  # of AWS
    *("E450", "W468", "W481", "W602", "I606", "I608"),  # of live or large documents
    "E318",  # fifty tags
}
CODES = [each.code for each in all_codes()]


@pytest.mark.parametrize("code", sorted(set(CODES) - WITHOUT_EXAMPLE))
def test_the_example_is_reported_with_its_code(code: str) -> None:
    files = example_files(code, ROOT)
    assert files is not None
    assert f"[{code}]" in about(printed(files), code)


def test_a_code_without_an_example_is_one_that_validate_does_not_report_of_text() -> None:
    assert {code for code in CODES if example_files(code, ROOT) is None} == WITHOUT_EXAMPLE


@pytest.mark.slow
def test_every_code_has_a_page_and_the_index_names_it() -> None:
    pages = dict(code_pages(ROOT))
    assert set(pages) == {"diagnostics.md", *(f"diagnostics/{code}.md" for code in CODES)}
    assert all(f"[{code}](diagnostics/{code}.md)" in pages["diagnostics.md"] for code in CODES)
