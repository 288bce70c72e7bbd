"""A page for each code of a diagnostic: what it means, a mistake that has it, and what `validate` then prints."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import yaml

from reconciler.cli import run
from reconciler.model.diagnostic import Code
from reconciler.use_cases.validate import all_codes
from scripts.documentation.markdown import fenced

EXAMPLES = Path(__file__).parent / "examples.yaml"
CASES = Path("tests/unit/spec/cases")
FOLDER = "diagnostics"
_LANGUAGES = {".yaml": "yaml", ".json": "json"}
_SHOWN_LINES = 40
"""How much of a file is shown; longer ones are not examples that a person would read."""
_OF_A_PLAN = "Reported by `reconciler plan`, which knows the live organization; `reconciler validate` does not."
_SEVERITIES = {"error": "Error", "warning": "Warning", "info": "Advice"}
_WHAT_IT_DOES = {
    "error": "The run ends with exit code 3, before anything is called.",
    "warning": "It stops nothing, unless `--strict` is given.",
    "info": "It stops nothing, also with `--strict`.",
}


def code_pages(root: Path) -> Iterator[tuple[str, str]]:
    """Every page, by its path on the site, and the index of them."""
    codes = all_codes()
    for each in codes:
        yield f"{FOLDER}/{each.code}.md", _page(each, root)
    yield "diagnostics.md", _index(codes)


def example_files(code: str, root: Path) -> Mapping[str, str] | None:
    """The files of a spec with the mistake: of `examples.yaml`, else of the case of the tests with the fewest findings;
    `None` where there is none of text, or only a plan reports the code."""
    own = _own_examples().get(code)
    if own is not None:
        return own.get("files") or {"org.yaml": _spec_of(own)}
    found: list[tuple[int, str, Mapping[str, str]]] = []
    for case in sorted((root / CASES).glob(f"{code}-*.yaml")):
        written = yaml.safe_load(case.read_text("utf-8"))
        if all(isinstance(text, str) and len(text.splitlines()) <= _SHOWN_LINES for text in written["files"].values()):
            found.append((len(written["expect"]), case.stem, written["files"]))
    return min(found, key=lambda each: each[:2])[2] if found else None


@cache
def _own_examples() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    found: Mapping[str, Mapping[str, Mapping[str, str]]] = yaml.safe_load(EXAMPLES.read_text("utf-8"))
    return found


def _spec_of(own: Mapping[str, object]) -> str:
    """A spec with one policy that has the document."""
    statement = own.get("statement")
    content = [f"      {own['content']}"] if statement is None else [
        '      Version: "2012-10-17"',
        "      Statement:",
        f"        - {statement}",
    ]  # fmt: skip
    lines = [
        "version: 1",
        "policies:",
        "  example:",
        f"    type: {own.get('type', 'scp')}",
        "    content:",
        *content,
        "root:",
        "  policies: [example]",
        "  organizational_units:",
        "    Workloads:",
        "      accounts:",
        "        shop: {email: shop@example.com}",
    ]
    return "\n".join(lines) + "\n"


def printed(files: Mapping[str, str]) -> str:
    """What `reconciler validate` prints about a spec, 90 columns wide."""
    seen = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    before, environment = Path.cwd(), dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / name).write_text(text, "utf-8")
        os.chdir(folder)
        os.environ["COLUMNS"] = "90"
        try:
            with contextlib.redirect_stdout(seen), contextlib.redirect_stderr(seen):
                run(["validate", "--color", "never"])
        finally:
            os.chdir(before)
            os.environ.clear()
            os.environ.update(environment)
    seen.seek(0)
    return seen.read()


def about(text: str, code: str) -> str:
    """Of what is printed, the paragraphs of one code, the first of them where they are many."""
    blocks = text.split("\n\n")
    found, current = [], False
    for block in blocks:
        if "[" in block.partition(":")[0]:
            current = f"[{code}]" in block.partition(":")[0]
        if current:
            found.append(block)
    return "\n\n".join(found)


def _page(code: Code, root: Path) -> str:
    parts = [
        "---\norphan: true\n---",
        f"# {code.code}: {code.title}",
        f"*{_SEVERITIES[code.severity]}.* {_WHAT_IT_DOES[code.severity]}",
        code.explanation,
    ]
    files = example_files(code.code, root)
    if files is not None:
        parts.append("## Example")
        for name, text in files.items():
            parts += [f"`{name}`:", fenced(text, _LANGUAGES.get(Path(name).suffix, "text"))]
        parts.append(fenced(f"$ reconciler validate\n{about(printed(files), code.code)}", "console"))
    elif code.example:
        parts += ["## Example", fenced(code.example, "yaml")]
    parts += [
        "## In the terminal",
        fenced(f"reconciler validate --explain {code.code}", "sh"),
        "All codes: [diagnostics](../diagnostics.md).",
    ]
    return "\n\n".join(parts) + "\n"


def _index(codes: tuple[Code, ...]) -> str:
    parts = [
        "# Diagnostics",
        "Every code that the program reports, with a page each. The codes are stable: a code never gets another "
        "meaning. The first letter is the severity: `E` and `A001` are errors, `W` is a warning, `I` is advice.",
    ]
    for title, letters in _GROUPS.items():
        rows = [
            f"| [{each.code}]({FOLDER}/{each.code}.md) | {_SEVERITIES[each.severity].lower()} | {each.title} |"
            for each in codes
            if each.code[:2] in letters
        ]
        parts += [f"## {title}", "\n".join(["| code | severity | what |", "|---|---|---|", *rows])]
    return "\n\n".join(parts) + "\n"


_GROUPS = {
    "Files, YAML and JSON": ("E1",),
    "The shape of the spec": ("E2", "W2"),
    "Rules of an organization": ("E3", "W3"),
    "Policy documents and templates": ("E4", "W4"),
    "Warnings of a plan": ("W5", "I5"),
    "Findings about the organization": ("W6", "I6"),
    "IAM Access Analyzer": ("A0",),
}
