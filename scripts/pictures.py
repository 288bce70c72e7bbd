"""Writes the pictures in docs/images/: what the program prints on a mocked organization, as SVG.

python scripts/pictures.py            writes them
python scripts/pictures.py --check    fails, naming them, when one is out of date
"""

from __future__ import annotations

import contextlib
import html
import io
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from reconciler.cli import run
from reconciler.mock.__main__ import cli as mock

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
COLUMNS = 100
_CELL_WIDTH, _LINE_HEIGHT, _MARGIN, _BAR = 8.4, 18, 16, 34
_FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
_THEME = TerminalTheme(
    (22, 27, 34),
    (230, 237, 243),
    [(72, 79, 88), (255, 123, 114), (86, 211, 100), (227, 179, 65), (121, 192, 255), (210, 168, 255), (86, 212, 221),
     (230, 237, 243)],
)  # fmt: skip


class Edit(NamedTuple):
    """One text of `org.yaml` that becomes another."""

    old: str
    new: str


class Picture(NamedTuple):
    """What is typed for a picture, after edits of the sample organization's spec and changes by hand. Of what is
    printed, the lines up to `last` are shown. What goes to stderr is coloured only at a `terminal`."""

    name: str
    title: str
    command: str
    edits: tuple[Edit, ...] = ()
    by_hand: tuple[str, ...] = ()
    last: int | None = None
    terminal: bool = False


_NARROWER = Edit('"m*.large", "m*.xlarge", "r*.large"]', '"m*.large", "r*.large"]')
PICTURES = (
    Picture("plan", "A plan", "plan --mock", (_NARROWER,)),
    Picture(
        "blocked",
        "A plan that a guard blocks",
        "plan --mock",
        (Edit('search-dev: {tags: {owner: shop, cost-center: "1000"}}', "search-dev: {state: closed}"),),
    ),
    Picture("explain", "Who may do this?", "explain sandbox-shop ec2:RunInstances --region us-east-1"),
    Picture(
        "drift", "Drift", "drift --mock", by_hand=("detach require-imdsv2 Workloads", "detach deny-regions Security")
    ),
    Picture(
        "diagnostics",
        "A mistake in the spec",
        "validate",
        (
            Edit(
                "    Security:\n      policies: [protect-guardduty,",
                "    Security:\n      policies: [protect-guarduty,",
            ),
            Edit('management: {id: "111122223333",', "management: {id: 011122223333,"),
        ),
        terminal=True,
    ),
)


def pictures() -> Iterator[tuple[str, str]]:
    """The file name and the text of each picture."""
    with tempfile.TemporaryDirectory() as folder, _working_in(Path(folder)):
        shutil.copy(ROOT / "org.yaml", folder)
        shutil.copytree(ROOT / "policies", Path(folder) / "policies")
        _printed("apply --mock --auto-approve --quiet")
        applied, spec = Path(".reconciler/mock.json").read_bytes(), Path("org.yaml").read_text("utf-8")
        for each in PICTURES:
            Path(".reconciler/mock.json").write_bytes(applied)
            Path("org.yaml").write_text(_edited(spec, each.edits), "utf-8")
            for line in each.by_hand:
                CliRunner().invoke(mock, shlex.split(line), catch_exceptions=False)
            printed = _printed(f"{each.command} --color always", terminal=each.terminal)
            lines = [f"\x1b[2m$\x1b[0m \x1b[1mreconciler {each.command}\x1b[0m", *printed.rstrip("\n").split("\n")]
            yield f"{each.name}.svg", drawn(each.title, lines[: each.last])


def _edited(spec: str, edits: tuple[Edit, ...]) -> str:
    for old, new in edits:
        if spec.count(old) != 1:
            raise ValueError(f"this is not once in org.yaml: {old}")
        spec = spec.replace(old, new)
    return spec


@contextlib.contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    before, environment = Path.cwd(), dict(os.environ)
    os.chdir(folder)
    for name in [name for name in os.environ if name.startswith("RECONCILER_")]:
        del os.environ[name]
    os.environ["COLUMNS"] = str(COLUMNS)
    try:
        yield
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(environment)


class _Seen(io.TextIOWrapper):
    """What a person sees, at a terminal or in a log."""

    terminal = False

    def isatty(self) -> bool:
        return self.terminal


def _printed(line: str, *, terminal: bool = False) -> str:
    """What a person sees of a command."""
    seen = _Seen(io.BytesIO(), encoding="utf-8", write_through=True)
    seen.terminal = terminal
    with contextlib.redirect_stdout(seen), contextlib.redirect_stderr(seen):
        run(shlex.split(line))
    seen.seek(0)
    return seen.read()


def drawn(title: str, lines: list[str]) -> str:
    """Lines with colour codes as an SVG of a terminal. It loads no font and has no script; its text can be searched."""
    console = Console(width=COLUMNS, file=io.StringIO(), record=False, color_system="standard", _environ={})
    rows = [_row(Text.from_ansi(line), console, index) for index, line in enumerate(lines)]
    width = round(COLUMNS * _CELL_WIDTH + 2 * _MARGIN)
    height = len(lines) * _LINE_HEIGHT + _BAR + _MARGIN
    background, text = _THEME.background_color.hex, _THEME.foreground_color.hex
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">\n'
        f"<title>{_escaped(title)}</title>\n"
        f'<rect width="{width}" height="{height}" rx="8" fill="{background}"/>\n'
        + "".join(
            f'<circle cx="{_MARGIN + 6 + 18 * index}" cy="17" r="5" fill="{color}"/>\n'
            for index, color in enumerate(("#ff5f57", "#febc2e", "#28c840"))
        )
        + f'<g font-family="{_FONT}" font-size="14" fill="{text}">\n{"".join(rows)}</g>\n</svg>\n'
    )


def _row(line: Text, console: Console, index: int) -> str:
    """One line: a text element with a span for each piece of one style, each placed at its column."""
    spans, column = [], 0
    for segment in line.render(console):
        content = segment.text.rstrip("\n")
        shown = content.strip(" ")
        if shown:
            before = len(content) - len(content.lstrip(" "))
            x = round(_MARGIN + (column + before) * _CELL_WIDTH, 1)
            length = round(Text(shown).cell_len * _CELL_WIDTH, 1)
            spans.append(f'<tspan x="{x}" textLength="{length}"{_look(segment.style)}>{_escaped(shown)}</tspan>')
        column += Text(content).cell_len
    y = _BAR + index * _LINE_HEIGHT + 14
    return f'<text y="{y}">{"".join(spans)}</text>\n' if spans else ""


def _look(style: object) -> str:
    from rich.style import Style

    if not isinstance(style, Style):
        return ""
    color = f' fill="{style.color.get_truecolor(_THEME).hex}"' if style.color and not style.color.is_default else ""
    return color + (' font-weight="bold"' if style.bold else "") + (' opacity="0.65"' if style.dim else "")


def _escaped(text: str) -> str:
    """Text for XML, in which several blanks stay as they are."""
    return html.escape(text).replace("  ", "\u00a0\u00a0")


def main(arguments: list[str]) -> int:
    found = dict(pictures())
    names = {each.name for each in IMAGES.glob("*.svg")} | found.keys()
    stale = [
        name
        for name in sorted(names)
        if name not in found or not (IMAGES / name).is_file() or (IMAGES / name).read_text("utf-8") != found[name]
    ]
    if "--check" in arguments:
        for name in stale:
            print(f"docs/images/{name} is out of date: run `make pictures`", file=sys.stderr)
        return 1 if stale else 0
    IMAGES.mkdir(exist_ok=True)
    for name in stale:
        if name in found:
            (IMAGES / name).write_text(found[name], "utf-8")
        else:
            (IMAGES / name).unlink()
        print(f"docs/images/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
