"""The HTML report as text: complete in itself, the same for the same input, and small."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from reconciler.model import address
from reconciler.model.drift import ChangedBy, Exposure
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account
from reconciler.render import html
from reconciler.render.html.report_data import embedded
from reconciler.render.safe import safe_html
from scripts.bench import Size, invented
from tests.browser.pages import drift_page, hostile_page, indexed, organization_page, plan_page
from tests.building import deny, org
from tests.unit.render import samples
from tests.unit.render.more_samples import greenfield, other_kinds

PAGES = {
    "plan": lambda: plan_page(samples.plan(), samples.desired()),
    "blocked": lambda: plan_page(samples.blocked(), samples.desired()),
    "no changes": lambda: plan_page(samples.empty(), samples.desired()),
    "greenfield": lambda: plan_page(*greenfield()),
    "other kinds": lambda: plan_page(*other_kinds()),
    "drift": lambda: drift_page(samples.plan(), samples.desired()),
    "organization": lambda: organization_page(samples.desired()),
    "hostile": hostile_page,
}


class Links(HTMLParser):
    """What a page refers to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "action", "data")]
        self.found += [tag] if tag in ("link", "base", "iframe", "object", "embed", "img") else []


def data_of(page: str) -> dict[str, object]:
    """What the script of a page reads."""
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert match
    found: dict[str, object] = json.loads(match[1])
    return found


@pytest.mark.parametrize("name", PAGES)
def test_the_policy_of_the_page_allows_its_own_style_and_script_and_nothing_else(name: str) -> None:
    page = safe_html(PAGES[name]())
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    own = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in (style, script)]
    allowed = (
        f"default-src 'none'; style-src 'sha256-{own[0]}'; script-src 'sha256-{own[1]}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    assert f'content="{allowed}"'.replace("'", "&#39;") in page
    assert re.findall(r"@import|url\(", style) == []
    assert {target for target in Links(page).found if not target.startswith("#")} == set()


@pytest.mark.parametrize("name", PAGES)
def test_the_same_input_gives_the_same_bytes(name: str) -> None:
    assert PAGES[name]() == PAGES[name]()


def test_drift_has_the_side_of_what_is_live_its_severity_and_who_made_it() -> None:
    plan = samples.plan()
    who = ChangedBy(principal="arn:aws:iam::111122223333:role/Admin", at="2026-09-13T17:42:00Z", event="DeletePolicy")
    first, *rest = plan.changes
    changes = (first.model_copy(update={"severity": "exposure", "changed_by": who}), *rest)
    exposure = Exposure(less_restricted=("account:shop-00",), impact=plan.impact)
    page = drift_page(
        plan.model_copy(update={"changes": changes, "exposure": exposure, "access": ()}), samples.desired()
    )
    assert "1 account is less restricted than declared" in page
    assert "Exposure: accounts are less restricted than declared" in page
    assert "role/Admin 2026-09-13 17:42Z (DeletePolicy)" in page
    assert "What is live, compared with org.yaml" in page


def test_risks_have_the_words_of_the_text() -> None:
    page = PAGES["plan"]()
    assert "What it means for people: outage for 13 accounts, exposure for 13 accounts" in page
    assert "13 accounts, outage and exposure" in page
    assert "high risk of outage: production accounts" in page


def test_data_in_a_page_cannot_end_its_element() -> None:
    written = embedded({"</script><!--": "&lt; \u2028 \u202e ##[group]"})
    assert not re.search(r"[<>&\u2028\u202e]|##", str(written))
    assert json.loads(written) == {"</script><!--": "&lt; \u2028 \u202e ##[group]"}


def test_a_node_that_differs_has_both_sides_and_one_that_does_not_has_one() -> None:
    data = data_of(PAGES["plan"]())
    nodes = {each["a"]: each for each in data["nodes"] if each["k"] == 2}  # type: ignore[attr-defined]
    assert "o" not in nodes["shop-03"]
    assert nodes["payments-prod"]["o"]["p"] != nodes["payments-prod"]["p"]
    assert nodes["payments-prod"]["c"] == "→"
    assert nodes["intern-01"]["o"] == 0


def test_statements_say_whether_their_conditions_hold_for_roles_of_the_organization() -> None:
    documents = {
        "root-only": deny("s3:*", ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:root"}),
        "regions": deny("s3:*", StringNotEquals={"aws:RequestedRegion": "eu-west-1"}),
        "all-roles": deny("s3:*", StringEquals={"aws:PrincipalType": "AssumedRole"}),
        "always": deny("s3:*"),
    }
    index = indexed(org(policies=documents)).actions
    found = {key: index.statements[address.policy(key)][0] for key in documents}
    assert {key: each.for_roles for key, each in found.items()} == {
        "root-only": False, "regions": None, "all-roles": True, "always": True,
    }  # fmt: skip
    assert found["regions"].conditions == ("aws:RequestedRegion is not eu-west-1",)


def test_ten_thousand_accounts_are_a_page_below_five_megabytes() -> None:
    inventory: Inventory = invented(Size(10_000, 500, 200, 2_500))
    page = html.organization(indexed(inventory), spec="org.yaml")
    assert len(page.encode()) < 5_000_000
    assert page.count('"k":2') == sum(1 for _ in inventory.of(Account))
