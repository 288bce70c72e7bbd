"use strict";

(() => {
  const { sides, rules, nameOf, placeOf, policyName, answers, UNIT, ACCOUNT } = Organization;
  const $ = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const narrow = matchMedia("(max-width: 60rem)");
  let shown = 0, tree = null;
  const side = () => sides[shown];
  const other = () => sides[1 - shown];

  /* Theme: that of the system until it is switched; kept where the browser lets a page keep something. */
  const kept = (action) => { try { return action(localStorage); } catch { return null; } };
  const dark = () => (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const theme = kept((store) => store.getItem("reconciler-theme"));
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  const name = () => $("#theme").setAttribute("aria-label", dark() ? "Light colours" : "Dark colours");
  $("#theme").addEventListener("click", () => {
    document.documentElement.dataset.theme = dark() ? "light" : "dark";
    kept((store) => store.setItem("reconciler-theme", document.documentElement.dataset.theme));
    name();
  });
  name();

  all("[data-copy]").forEach((each) => each.addEventListener("click", async () => {
    const say = (text) => { each.textContent = text; setTimeout(() => { each.textContent = "Copy"; }, 1500); };
    try {
      await navigator.clipboard.writeText(each.dataset.copy);
      say("Copied");
    } catch {
      getSelection().selectAllChildren(each.parentElement.querySelector("code"));
      say("Selected");
    }
  }));

  /* The tree, and the panel: beside it, or below the chosen row where there is little room. */
  const panel = $("#panel");
  const place = (item) => {
    if (narrow.matches && item) item.querySelector(".row").after(panel);
    else $("#organization-grid").append(panel);
  };
  narrow.addEventListener("change", () => place(tree.current));

  const link = (text, action) => element("button", { type: "button", class: "link", onclick: action }, text);
  const goNode = (at) => link(placeOf(side(), at), () => showNode(at));
  function showNode(at) {
    if (!side().nodes[at]) choose(1 - shown);
    tree.reveal(at);
    $("#organization").scrollIntoView({ block: "start" });
    $("#panel h3")?.focus({ preventScroll: true });
  }
  function showPolicy(at) {
    if (!side().policies[at]) choose(1 - shown);
    if (tree.current) tree.current.setAttribute("aria-selected", "false");
    tree.current = null;
    place(null);
    panel.replaceChildren(...Details.policy(side(), other(), at, goNode).flat(Infinity).filter(Boolean));
    panel.scrollIntoView({ block: narrow.matches ? "start" : "nearest" });
    $("#panel h3").focus({ preventScroll: true });
  }
  const changesOf = (at) => {
    const node = side().nodes[at] || other().nodes[at];
    const address = `${["root", "ou", "account"][node.k]}:${node.a}`;
    const found = all("[data-node]").filter((each) => each.dataset.node === address);
    return found.length ? [link(counted(found.length, "change"), () => {
      found[0].scrollIntoView({ block: "center" });
      found[0].classList.add("flash");
      setTimeout(() => found[0].classList.remove("flash"), 1600);
    })] : null;
  };
  function choose(which) {
    const at = tree && tree.current ? +tree.current.dataset.at : null;
    shown = which;
    all("input.side").forEach((each) => { each.checked = +each.value === shown; });
    place(null);
    const fresh = $("#tree").cloneNode(false);
    $("#tree").replaceWith(fresh);
    tree = new Tree(fresh, side(), (chosen, item) => {
      panel.replaceChildren(...Details.node(side(), other(), chosen, goNode, changesOf(chosen)).flat(Infinity).filter(Boolean));
      place(item);
    });
    const start = at !== null && side().nodes[at] ? at : side().nodes.findIndex(Boolean);
    if (start >= 0 && (at !== null || !narrow.matches)) tree.reveal(start, false);
    ask();
  }
  all("input.side").forEach((each) => each.addEventListener("change", () => choose(+each.value)));

  /* Search over names, ids, e-mails and policies. */
  const MOST = 60;
  const entries = sides.flatMap((one, which) => [
    ...one.nodes.flatMap((each, at) => (each && (which === 0 || !sides[0].nodes[at]) ? [{
      text: [nameOf(each), each.a, each.i, each.e].filter(Boolean).join("\n").toLowerCase(), kind: each.k, at, which, node: each }] : [])),
    ...one.policies.flatMap((each, at) => (each && (which === 0 || !sides[0].policies[at]) ? [{
      text: [policyName(each), each.k, each.i, each.d].filter(Boolean).join("\n").toLowerCase(), kind: 3, at, which, policy: each }] : [])),
  ]);
  const search = $("#search"), found = $("#found");
  let options = [], active = -1;
  function lookUp() {
    const wanted = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const matching = wanted.length ? entries.filter((each) => wanted.every((word) => each.text.includes(word))) : [];
    const rank = (each) => [3, 1, 2, 0][each.kind] + (each.text.startsWith(wanted[0]) ? 0 : 10);
    matching.sort((a, b) => rank(a) - rank(b) || a.at - b.at);
    options = matching.slice(0, MOST).map((each, index) => {
      const { node, policy } = each;
      return element("li", { role: "option", id: `found-${index}`, "aria-selected": "false", onmousedown: (event) => { event.preventDefault(); take(index); } },
        element("span", { class: "kind" }, node ? ["root", "OU", "account"][node.k] : policy.y), " ",
        element("strong", {}, node ? nameOf(node) : policyName(policy)), " ",
        element("span", { class: "quiet" }, node ? [node.i, node.k === UNIT ? node.a : node.e].filter(Boolean).join(" · ") : policy.i || ""));
    });
    options.forEach((each, index) => { each.entry = matching[index]; });
    const more = matching.length - options.length;
    found.replaceChildren(...options, ...(wanted.length && !matching.length ? [element("li", { class: "quiet", role: "presentation" }, "Nothing is named like this. To search for an action, use “Who can do what”.")] : []),
      ...(more ? [element("li", { class: "quiet", role: "presentation" }, `and ${more.toLocaleString("en-US")} more`)] : []));
    found.hidden = !wanted.length;
    search.setAttribute("aria-expanded", String(!found.hidden));
    point(options.length ? 0 : -1);
  }
  function point(to) {
    if (options[active]) options[active].setAttribute("aria-selected", "false");
    active = to;
    if (options[active]) {
      options[active].setAttribute("aria-selected", "true");
      options[active].scrollIntoView({ block: "nearest" });
      search.setAttribute("aria-activedescendant", options[active].id);
    } else search.removeAttribute("aria-activedescendant");
  }
  function hide() {
    found.hidden = true;
    search.setAttribute("aria-expanded", "false");
  }
  function take(index) {
    const { entry } = options[index];
    hide();
    search.blur();
    if (entry.which !== shown && !(entry.node ? side().nodes : side().policies)[entry.at]) choose(entry.which);
    if (entry.node) showNode(entry.at);
    else {
      $("#organization").scrollIntoView({ block: "start" });
      showPolicy(entry.at);
    }
  }
  search.addEventListener("input", lookUp);
  search.addEventListener("focus", () => search.value && lookUp());
  search.addEventListener("blur", hide);
  search.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (options.length) point((active + (event.key === "ArrowDown" ? 1 : options.length - 1)) % options.length);
    } else if (event.key === "Enter" && options[active] && !found.hidden) {
      event.preventDefault();
      take(active);
    } else if (event.key === "Escape") {
      if (search.value) {
        search.value = "";
        lookUp();
      } else search.blur();
    }
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape" && typing && typing !== search) typing.blur();
  });

  /* Who can do an action. */
  const VERDICTS = {
    cannot: ["Cannot", "denied by SCPs or RCPs"],
    depends: ["Depends", "on a condition of the request"],
    part: ["In part", "some of these actions are stopped, or may be"],
    unknown: ["Not known", "policies that decide were not read"],
    can: ["Can", "no SCP or RCP stops it; IAM policies still decide"],
  };
  const action = $("#action"), results = $("#results");

  function stop(each) {
    const at = side().nodes[each.node].k === ACCOUNT ? "the account itself" : goNode(each.node);
    if (each.missing || each.allows) {
      return element("li", {}, element("span", {}, each.missing ? "no SCP allows it at " : "allowed only by a condition, or in part, at ", at),
        (each.allows || []).map((one) => element("div", { class: "condition" }, link(policyName(one.policy), () => showPolicy(side().policies.indexOf(one.policy))), ` ${statementName(one)}`, conditions(one))));
    }
    return element("li", {}, element("span", { class: "kind" }, each.policy.y), " ",
      link(policyName(each.policy), () => showPolicy(side().policies.indexOf(each.policy))), " ",
      element("strong", {}, statementName(each)), " at ", at,
      each.statement.at ? element("span", { class: "quiet" }, ` · ${each.statement.at}`) : null, each.part ? element("span", { class: "quiet" }, " · some of the actions") : null,
      conditions(each));
  }
  const statementName = (each) => (/^\d+$/.test(each.statement.n) ? `statement ${each.statement.n}` : each.statement.n);
  const conditions = (each) => (each.statement.c || []).map((text, at) => element("div", { class: "condition" }, element("em", {}, at ? "and" : "if"), " ", text));

  function grouped(asked) {
    const before = other() ? new Map(answers(other(), asked)) : null, groups = new Map();
    for (const [at, answer] of answers(side(), asked)) {
      const was = before ? (before.get(at) || {}).verdict || "new" : answer.verdict;
      const why = answer.stops.map((each) => [side().nodes[each.node].k === ACCOUNT ? "own" : each.node, each.policy && each.policy.k, each.statement && each.statement.n, each.missing, (each.allows || []).map((one) => [one.policy.k, one.statement.n])]);
      const key = JSON.stringify([answer.verdict, answer.management, was, why]);
      if (!groups.has(key)) groups.set(key, { ...answer, was, accounts: [] });
      groups.get(key).accounts.push(at);
    }
    const order = Object.keys(VERDICTS);
    return [...groups.values()].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict) || b.accounts.length - a.accounts.length || a.accounts[0] - b.accounts[0]);
  }

  function accountsOf(group) {
    const units = new Map();
    group.accounts.forEach((at) => {
      const parent = side().nodes[at].p ?? 0;
      if (!units.has(parent)) units.set(parent, []);
      units.get(parent).push(at);
    });
    const rows = [...units].map(([unit, accounts]) => {
      const made = element("details", { class: "within" }, element("summary", {}, element("strong", {}, placeOf(side(), unit)), element("span", { class: "quiet" }, ` ${counted(accounts.length, "account")}`)));
      const fill = () => made.childElementCount > 1 || made.append(element("ul", { class: "values accounts" }, accounts.slice(0, 500).map((at) => element("li", {}, goNode(at))),
        accounts.length > 500 ? element("li", { class: "quiet" }, `and ${(accounts.length - 500).toLocaleString("en-US")} more`) : null));
      made.addEventListener("toggle", fill);
      if (group.accounts.length <= 12) {
        made.open = true;
        fill();
      }
      return made;
    });
    return rows.slice(0, 100).concat(rows.length > 100 ? [element("p", { class: "quiet" }, `and ${rows.length - 100} more OUs`)] : []);
  }

  function ask() {
    const text = action.value.trim();
    results.replaceChildren();
    if (!text) return;
    const asked = Actions.question(text, rules);
    if (!asked) {
      results.append(element("p", { class: "hint" }, "Type an action with its service, as s3:GetObject; * and ? stand for any characters, as in ec2:*."));
      return;
    }
    const groups = grouped(asked), totals = {};
    groups.forEach((each) => { totals[each.verdict] = (totals[each.verdict] || 0) + each.accounts.length; });
    const total = groups.reduce((sum, each) => sum + each.accounts.length, 0);
    const notes = [
      ...side().unread.map((each) => `Not read: ${each}.`),
      ...side().unmanaged.map((each) => `The spec does not manage ${each}, so what they deny is not part of this answer.`),
      ...(asked.pattern && asked.neverDenied.length ? [`No policy denies ${asked.neverDenied.join(", ")}.`] : []),
      ...(asked.unsigned.length ? [asked.pattern ? `SCPs do not apply to ${asked.unsigned.slice(0, 3).join(", ")}${asked.unsigned.length > 3 ? " and others" : ""}: callers have no principal yet.` : "SCPs do not apply to it: callers have no principal yet."] : []),
    ];
    results.append(
      element("p", { class: "totals" }, Object.keys(VERDICTS).filter((each) => totals[each]).map((each) => element("span", { class: `pill ${each}` }, `${VERDICTS[each][0]} `, element("strong", {}, totals[each].toLocaleString("en-US")))),
        element("span", { class: "quiet" }, `of ${counted(total, "account")}${other() ? `, ${side().label.toLowerCase()}` : ""}`)),
      element("div", { class: "bar", "aria-hidden": "true" }, Object.keys(VERDICTS).filter((each) => totals[each]).map((each) => {
        const part = element("span", { class: each });
        part.style.flexGrow = totals[each];
        return part;
      })),
      ...notes.map((each) => element("p", { class: "hint" }, each)),
      ...groups.slice(0, 60).map((group) => element("article", { class: `answer ${group.verdict}` },
        element("h3", {}, element("span", { class: `pill ${group.verdict}` }, VERDICTS[group.verdict][0]), " ", counted(group.accounts.length, "account"),
          group.was !== group.verdict ? element("span", { class: "was" }, group.was === "new" ? `does not exist ${other().label.toLowerCase()}` : `${other().label.toLowerCase()}: ${VERDICTS[group.was][0].toLowerCase()}`) : null,
          element("span", { class: "quiet" }, group.management ? "SCPs and RCPs do not apply to the management account" : VERDICTS[group.verdict][1])),
        group.stops.length ? element("ul", { class: "stops" }, group.stops.slice(0, 12).map(stop), group.stops.length > 12 ? element("li", { class: "quiet" }, `and ${group.stops.length - 12} more`) : null) : null,
        accountsOf(group))),
      groups.length > 60 ? element("p", { class: "quiet" }, `and ${groups.length - 60} more groups of accounts`) : "");
  }
  let waiting = 0;
  action.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 120);
  });
  $("#actions form").addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    ask();
  });
  all("[data-action]").forEach((each) => each.addEventListener("click", () => {
    action.value = each.dataset.action;
    ask();
    action.focus();
  }));

  /* Print: all that folds is open; of the tree the OUs, and the accounts where they are not too many. */
  addEventListener("beforeprint", () => {
    all("#changes details, #impact details, #notes details").forEach((each) => { each.open = true; });
    const whole = side().nodes.length <= 400;
    const open = (item) => {
      const below = side().children(+item.dataset.at);
      if (!whole && !below.some((each) => side().nodes[each].k === UNIT)) return;
      tree.open(item);
      item.querySelectorAll(":scope > ul > .unit").forEach(open);
    };
    const first = $("#tree > [role=treeitem]");
    if (first) open(first);
  });

  choose(0);
  const wanted = new URLSearchParams(location.hash.slice(1)).get("action");
  if (wanted) {
    action.value = wanted;
    ask();
    $("#actions").scrollIntoView({ block: "start" });
  }
  document.documentElement.dataset.ready = "";
})();
