"""Measures the HTML report of 10,000 accounts: its size, the seconds to make it, and what a browser needs to show it.

python scripts/bench_report.py            10,000 accounts
python scripts/bench_report.py 1000       another number

It needs Chromium, whose performance API measures from before an action until the next frame is painted.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from reconciler.model.action_index import IndexedOrganization
from reconciler.policy.evaluation.action_index import action_index
from reconciler.render import html
from scripts.bench import Size, invented
from tests.chromium import chromium

STEPS = {
    "open an OU": "document.querySelector('#tree .unit > .row .twisty').click()",
    "search for an account": "{const s = document.getElementById('search'); s.value = 'account-99';"
    " s.dispatchEvent(new Event('input'));}",
    "show an account": "document.getElementById('search').dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter'}))",
    "search for s3:GetObject": "{document.getElementById('action').value = 's3:GetObject';"
    " document.querySelector('#actions form').requestSubmit();}",
    "search for ec2:*": "{document.getElementById('action').value = 'ec2:*';"
    " document.querySelector('#actions form').requestSubmit();}",
}
PAINTED = """
() => new Promise((resolve) => {
  const start = performance.now();
  %s
  requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
})
"""


def made(accounts: int) -> str:
    inventory = invented(Size(accounts, accounts // 20, accounts // 50, accounts // 4))
    start = time.process_time()
    text = html.organization(IndexedOrganization(inventory, action_index(inventory)), spec="org.yaml")
    seconds = time.process_time() - start
    print(f"{accounts:,} accounts: {len(text.encode()) / 1e6:.1f} MB, made in {seconds:.1f} CPU seconds")
    return text


def measured(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("html[data-ready]")
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    ready = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    print(f"  first paint {paint:.0f} ms, script ready {ready:.0f} ms")
    for name, script in STEPS.items():
        print(f"  {name}: {page.evaluate(PAINTED % script):.0f} ms")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        path = Path(folder) / "report.html"
        path.write_text(made(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000), "utf-8")
        measured(browser.new_page(), path.as_uri())


if __name__ == "__main__":
    main()
