"""The report in a browser: by keyboard, on a phone, in the dark, on paper, and with hostile names."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from reconciler.model.inventory import Inventory
from reconciler.render import html
from tests.browser.conftest import Open
from tests.browser.pages import blocked_page, drift_page, hostile_page, indexed, organization_page, plan_page
from tests.building import deny, org
from tests.unit.render import more_samples, samples

PLAN = plan_page(samples.plan(), samples.desired())


def large(accounts: int) -> Inventory:
    """One OU with all accounts, in a tree with others."""
    units = ["Wide", "Other", "Other/Deep"]
    members = {f"member-{number:05}": "Wide" if number else "Other/Deep" for number in range(accounts)}
    return org(units, members, {"no-users": deny("iam:CreateUser")}, {"no-users": ["Wide"]})


def rows(page: Page) -> list[str]:
    """The names of the nodes that are shown in the tree."""
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('#tree .node:not(.more) > .row')].filter(e => e.offsetParent)"
        ".map(e => e.querySelector('.name').textContent)"
    )
    return found


def focused(page: Page) -> str:
    found: str = page.evaluate("document.activeElement.querySelector(':scope > .row .name')?.textContent ?? ''")
    return found


def test_the_changes_are_there_with_before_and_after_and_place_in_the_spec(opened: Open) -> None:
    text = opened(PLAN).inner_text("#changes")
    for expected in ("deny-regions", "statement DenyOutsideEU (Deny)", "eu-north-1", "org.yaml:"):
        assert expected in text


@pytest.mark.parametrize("width", [375, 1280])
def test_the_page_begins_at_its_top(opened: Open, width: int) -> None:
    page = opened(PLAN, width)
    page.evaluate("new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))")
    assert page.evaluate("scrollY") == 0


def test_a_blocked_plan_says_so_first_with_the_option_to_type(opened: Open) -> None:
    page = opened(blocked_page())
    text = page.inner_text("#summary")
    assert "BLOCKED" in text
    for violation in samples.blocked().guards.violations:
        assert violation.guard in text
        if violation.allow:
            assert violation.allow in text


def test_the_tree_opens_by_arrow_keys_and_enter_shows_a_node(opened: Open) -> None:
    page = opened(PLAN)
    assert rows(page) == ["Root", "Sandbox", "Security", "Workloads"]
    page.focus("#tree [tabindex='0']")
    page.keyboard.press("End")
    assert focused(page) == "Workloads"
    page.keyboard.press("ArrowRight")
    assert rows(page)[-3:] == ["Workloads", "Production", "Staging"]
    page.keyboard.press("ArrowRight")
    assert focused(page) == "Production"
    page.keyboard.press("Enter")
    assert page.inner_text("#panel h3") == "Production"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert rows(page) == ["Root", "Sandbox", "Security", "Workloads"]
    page.keyboard.press("Home")
    assert focused(page) == "Root"


def test_search_finds_names_ids_mails_and_policies_by_keyboard(opened: Open) -> None:
    page = opened(PLAN)
    for typed, title in {
        "222222222222": "Payments (production)",
        "aws+log-archive@example.com": "log-archive",
        "no-such-name": "",
        "spend-limit": "spend-limit",
        "interns": "Interns",
    }.items():
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.id") == "search"
        page.keyboard.type(typed)
        if not title:
            assert "Nothing is named like this" in page.inner_text("#found")
        else:
            page.keyboard.press("Enter")
            assert page.inner_text("#panel h3") == title
            assert page.is_hidden("#found")
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    assert page.input_value("#search") == ""
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") != "search"


def test_a_node_has_its_own_and_its_inherited_policies_on_both_sides(opened: Open) -> None:
    page = opened(PLAN)
    page.fill("#search", "payments-prod")
    page.press("#search", "Enter")
    panel = page.inner_text("#panel")
    assert "from Workloads/Production" in panel
    assert "deny-regions" in panel
    assert "parent now\nWorkloads/Staging" in panel
    page.click("#panel .policy.changed summary")
    assert "eu-north-1" in page.inner_text("#panel .policy.changed")
    page.click("#organization .switch label:has-text('Now')")
    assert "from Workloads/Staging" in page.inner_text("#panel")
    assert page.is_checked("#actions input[value='1']")


def test_a_search_for_an_action_shows_what_the_plan_changes(opened: Open) -> None:
    before, after = org(["A"], {"a": "A"}), org(["A"], {"a": "A"}, {"no-users": deny("iam:*User")}, {"no-users": ["A"]})
    page = opened(
        html.plan(samples.empty(), before=indexed(before), after=indexed(after)), fragment="#action=iam:CreateUser"
    )
    assert "now: can" in page.inner_text(".answer.cannot h3")
    page.click("#actions .switch label:has-text('Now')")
    assert "after the plan: cannot" in page.inner_text(".answer.can h3")


@pytest.mark.parametrize("width", [375, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_the_window(opened: Open, width: int, scheme: str) -> None:
    everything = (samples.plan(), samples.desired())
    for text in (plan_page(*everything), drift_page(*everything), organization_page(everything[1]), hostile_page()):
        page = opened(text, width, scheme)
        page.fill("#action", "s3:*")
        page.press("#action", "Enter")
        page.focus("#tree [tabindex='0']")
        page.keyboard.press("Enter")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


CONTRAST = """
() => {
  const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => { pixel.clearRect(0, 0, 1, 1); pixel.fillStyle = color; pixel.fillRect(0, 0, 1, 1);
    return [...pixel.getImageData(0, 0, 1, 1).data]; };
  const over = (top, below) => top.slice(0, 3).map((each, at) => (each * top[3] + below[at] * (255 - top[3])) / 255);
  const behind = (element) => {
    const own = element ? rgba(getComputedStyle(element).backgroundColor) : [255, 255, 255, 255];
    return own[3] === 255 ? own.slice(0, 3) : over(own, behind(element.parentElement));
  };
  const linear = (each) => (each <= .04045 ? each / 12.92 : ((each + .055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => .2126 * linear(r / 255) + .7152 * linear(g / 255) + .0722 * linear(b / 255);
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, style = getComputedStyle(element);
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    if (element.closest("script, .unseen, .skip")) continue;
    const under = behind(element), both = [light(over(rgba(style.color), under)), light(under)];
    const ratio = (Math.max(...both) + .05) / (Math.min(...both) + .05);
    if (ratio < 4.5) found.add(`${element.tagName}.${element.className} ${style.color} ${ratio.toFixed(2)}`);
  }
  return [...found];
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_the_contrast_of_level_aa(opened: Open, scheme: str) -> None:
    for text in (blocked_page(), plan_page(*more_samples.greenfield()), drift_page(samples.plan(), samples.desired())):
        page = opened(text, scheme=scheme)
        page.fill("#action", "s3:*")
        page.press("#action", "Enter")
        page.fill("#search", "payments-prod")
        page.press("#search", "Enter")
        assert page.evaluate(CONTRAST) == []


def test_the_switch_of_colours_wins_over_the_system(opened: Open) -> None:
    page = opened(PLAN, scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)
    assert page.get_attribute("#theme", "aria-label") == "Light colours"
    page.click("#theme")
    assert page.evaluate(background) != dark


def test_what_can_be_focused_shows_it(opened: Open) -> None:
    page = opened(PLAN)
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        shown = page.evaluate(
            "(() => { const e = document.activeElement, row = e.querySelector(':scope > .row') ?? e;"
            " return getComputedStyle(row).outlineStyle !== 'none' || getComputedStyle(e).outlineStyle !== 'none'; })()"
        )
        assert shown, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")


def test_paper_has_the_details_open_and_no_controls(opened: Open) -> None:
    page = opened(PLAN)
    page.evaluate("document.querySelectorAll('#changes details').forEach((each) => { each.open = false; })")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert "DenyOutsideEU" in page.inner_text("#changes")
    assert {"Production", "shop-00", "log-archive"} <= set(rows(page))
    for control in ("#search", "#theme", "nav", "#actions"):
        assert page.is_hidden(control)


def test_without_javascript_the_changes_and_guards_are_there_and_no_dead_control(
    browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_text(blocked_page(), "utf-8")
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((tmp_path / "page.html").as_uri())
    assert "BLOCKED" in page.inner_text("#summary")
    assert "deny-regions" in page.inner_text("#changes")
    assert "need JavaScript" in page.inner_text("#organization")
    for control in ("#search", "#theme", "#action", "#tree"):
        assert page.is_hidden(control)
    page.context.close()


def test_hostile_names_are_text(opened: Open) -> None:
    page = opened(hostile_page())
    page.fill("#search", "img")
    page.press("#search", "Enter")
    page.fill("#action", "*")
    page.press("#action", "Enter")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("img, iframe, object, embed, link, #tree a").count() == 0
    assert page.evaluate("document.scripts.length") == 2
    assert (
        page.evaluate(
            "[...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames()).filter(n => n.startsWith('on'))"
        )
        == []
    )
    text = page.evaluate("document.body.innerText")
    assert "<img src=x onerror=alert(1)>" in text
    assert not {"\u202e", "\u200b", "\u2028", "\x1b"} & set(text)


def test_the_browser_refuses_what_is_not_of_the_page(opened: Open) -> None:
    """The policy names the style and the script of the page by their hashes: any other has no effect."""
    page = opened(PLAN, watched=False)
    refused = page.evaluate(
        """() => new Promise((resolve) => {
            const found = [];
            addEventListener("securitypolicyviolation", (event) => {
              found.push(event.effectiveDirective);
              if (found.length === 3) resolve(found);
            });
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
            document.body.setAttribute("style", "color: red");
            document.body.append(Object.assign(new Image(), { src: "http://127.0.0.1:9/x.png" }));
        })"""
    )
    assert sorted(refused) == ["img-src", "script-src-elem", "style-src-attr"]
    assert page.evaluate("window.ran") is None


def test_many_accounts_are_made_a_batch_at_a_time(opened: Open) -> None:
    page = opened(organization_page(large(1_000)))
    assert page.locator("#tree .node").count() == 3
    page.click("#tree .unit:has-text('Wide') > .row .twisty")
    assert page.locator("#tree .account").count() == 200
    page.click("#tree .more")
    assert page.locator("#tree .account").count() == 400
    page.fill("#search", "member-00950")
    page.press("#search", "Enter")
    assert page.inner_text("#panel h3") == "member-00950"
    page.fill("#action", "iam:CreateUser")
    page.press("#action", "Enter")
    assert "999 accounts" in page.inner_text(".answer.cannot h3")
