"""Takes pictures of the HTML reports in Chromium, for the documentation and to look at.

python scripts/screenshots.py                  into docs/images
python scripts/screenshots.py DIRECTORY        every page at three widths, light and dark, from top to bottom

The organization is the sample of this repository on a mocked AWS; the plan changes it, the drift was made by hand.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.chromium import chromium

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
EDITS = (
    ("allowed_regions: [eu-central-1, eu-west-1]", "allowed_regions: [eu-central-1, eu-west-1, eu-north-1]"),
    ("      approved_services: [\n", "      approved_services: [\n        bedrock,\n"),
    ("        NonProduction:\n", "        Staging:\n          previously: [NonProduction]\n"),
    ('            data-dev: {tags: {owner: data, cost-center: "3000"}}\n', ""),
    (
        "        sandbox-data:",
        '        data-dev: {tags: {owner: data, cost-center: "3000"}}\n'
        "        quantum: {tags: {owner: data}}\n        sandbox-data:",
    ),
    ("old-newsletter: {", "old-newsletter: {state: closed, "),
    (
        "      policies: [protect-guardduty, protect-security-hub, deny-regions, deny-iam-users, require-imdsv2]\n"
        "      tags: {owner: platform}",
        "      policies: [protect-guardduty, deny-regions, deny-iam-users, require-imdsv2]\n"
        "      tags: {owner: platform, tier: core}",
    ),
)
"""What makes the plan of the sample: the text before and after. Each has to be there."""
BY_HAND = (
    ("detach", "deny-regions", "Workloads"),
    ("detach", "require-tls", "/"),
)
WIDTHS = {"desktop": 1280, "tablet": 768, "phone": 375}


class Picture(NamedTuple):
    """One picture of the documentation: a page at a width, and the script that brings it into the state to show."""

    page: str
    width: int
    height: int
    scheme: str = "light"
    action: str = ""
    section: str = ""
    node: str = ""


PICTURES = {
    "plan": Picture("plan", 1280, 860),
    "plan-dark": Picture("plan", 1280, 860, "dark", action="sso:CreateInstance", section="actions"),
    "drift-phone": Picture("drift", 375, 760),
    "organization": Picture("organization", 1280, 860, section="organization", node="shop-prod"),
}


def reconciler(place: Path, *args: str) -> None:
    command = [sys.executable, "-m", "reconciler", *args]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 2):
        raise SystemExit(f"{' '.join(args)}: exit {done.returncode}\n{done.stderr}")


def pages(place: Path) -> Iterator[tuple[str, Path]]:
    """The three pages, by name."""
    shutil.copytree(ROOT / "policies", place / "policies", ignore=shutil.ignore_patterns("tests"))
    sample = (ROOT / "org.yaml").read_text("utf-8")
    (place / "org.yaml").write_text(sample, "utf-8")
    reconciler(place, "apply", "--mock", "--auto-approve", "--quiet")
    reconciler(place, "show", "--output", "html", "--out", "organization.html")
    edited = sample
    for old, new in EDITS:
        if old not in edited:
            raise SystemExit(f"org.yaml does not have {old!r} any more")
        edited = edited.replace(old, new, 1)
    (place / "org.yaml").write_text(edited, "utf-8")
    reconciler(place, "plan", "--mock", "--output", "html", "--out", "plan.html")
    (place / "org.yaml").write_text(sample, "utf-8")
    for step in BY_HAND:
        command = [sys.executable, "-m", "reconciler.mock", *step]
        subprocess.run(command, cwd=place, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True)
    reconciler(place, "drift", "--mock", "--output", "html", "--out", "drift.html")
    yield from ((name, place / f"{name}.html") for name in ("plan", "drift", "organization"))


def opened(browser: Browser, path: Path, width: int, height: int, scheme: str) -> Page:
    """The page, ready; what its console says is an error."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.on("console", lambda message: sys.exit(f"{path.name}: {message.text}"))
    page.on("pageerror", lambda error: sys.exit(f"{path.name}: {error}"))
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]")
    return page


def show(page: Page, picture: Picture) -> None:
    if picture.action:
        page.fill("#action", picture.action)
        page.wait_for_selector(".answer")
    if picture.node:
        page.fill("#search", picture.node)
        page.press("#search", "Enter")
    if picture.section:
        page.evaluate("id => document.getElementById(id).scrollIntoView()", picture.section)
    page.evaluate("document.activeElement.blur()")


def smaller(path: Path) -> None:
    """Fewer colours, where pngquant is there: a quarter of the size, and no difference to see."""
    if found := shutil.which("pngquant"):
        subprocess.run([found, "--force", "--skip-if-larger", "--output", path, "128", path], check=False)


def documented(browser: Browser, found: dict[str, Path]) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, picture in PICTURES.items():
        page = opened(browser, found[picture.page], picture.width, picture.height, picture.scheme)
        show(page, picture)
        page.screenshot(path=IMAGES / f"{name}.png")
        smaller(IMAGES / f"{name}.png")


def everything(browser: Browser, found: dict[str, Path], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in found.items():
        for device, width in WIDTHS.items():
            for scheme in ("light", "dark"):
                page = opened(browser, path, width, 900, scheme)
                show(page, Picture(name, width, 900, action="ec2:RunInstances", node="shop-prod"))
                height = page.evaluate("document.documentElement.scrollHeight")
                page.set_viewport_size({"width": width, "height": min(height, 15_000)})
                page.evaluate("scrollTo(0, 0)")
                page.wait_for_timeout(400)
                page.screenshot(path=folder / f"{name}-{device}-{scheme}.png", full_page=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as place, chromium() as browser:
        found = dict(pages(Path(place)))
        if len(sys.argv) > 1:
            everything(browser, found, Path(sys.argv[1]))
        else:
            documented(browser, found)


if __name__ == "__main__":
    main()
