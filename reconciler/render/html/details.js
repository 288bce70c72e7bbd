"use strict";

/* The panel beside the tree: a node with its own and its inherited policies, or a policy with the nodes that it is attached
   to. `other` is the other side of the organization, where there is one. */
const Details = (() => {
  const { nameOf, placeOf, policyName, pathTo } = Organization;
  const codes = (values) => values.map((each) => element("li", {}, element("code", {}, each)));

  function statement(each) {
    const every = each.a.includes("*") && !each.not;
    return element("div", { class: `statement ${each.f ? "deny" : "allow"}` },
      element("p", {},
        element("strong", { class: "effect" }, each.f ? "Deny" : "Allow"), " ",
        element("span", { class: "quiet" }, each.n.match(/^\d+$/) ? `statement ${each.n}` : each.n, each.at ? ` · ${each.at}` : "")),
      every ? element("p", {}, "every action") : [
        each.not ? element("p", {}, "every action except") : null,
        element("ul", { class: "values" }, codes(each.a))],
      (each.c || []).map((text, at) => element("p", { class: "condition" }, element("em", {}, at ? "and" : "if"), " ", text)));
  }

  const setting = ([path, values]) => element("div", { class: "setting" },
    element("code", {}, path), element("ul", { class: "values" }, codes(values)));

  const contents = (policy) => [
    policy.d ? element("p", {}, policy.d) : null,
    (policy.s || []).map(statement), (policy.v || []).map(setting),
    !(policy.s || policy.v || []).length ? element("p", { class: "quiet" }, "It has no statement.") : null];

  /* A policy that opens in place. `mark` says how it differs from the other side, `twin` is what it is there. */
  function folded(policy, mark, twin) {
    const made = element("details", { class: `policy ${mark ? mark[0] : ""}` },
      element("summary", {}, mark ? element("span", { class: "mark" }, mark[1]) : null,
        element("span", { class: "kind" }, policy.y), " ", element("strong", {}, policyName(policy)),
        policy.aws ? element("span", { class: "quiet" }, " managed by AWS") : null));
    let filled = false;
    const fill = () => {
      if (!filled) made.append(element("div", { class: "inside" }, contents(policy), twin ? [element("h5", {}, `${twin.label}:`), contents(twin.policy)] : null));
      filled = true;
    };
    made.addEventListener("toggle", fill);
    return made;
  }

  /* The policies attached to a node, those that only the other side has included. */
  function attached(side, other, at, words) {
    const here = side.nodes[at].P || [], there = other && other.nodes[at] ? other.nodes[at].P || [] : other ? [] : here;
    const all = [...new Set([...here, ...there])].sort((a, b) => a - b);
    const plain = [], own = all.flatMap((each) => {
      const policy = side.policies[each] || other.policies[each];
      const changed = other && side.policies[each] !== other.policies[each] && other.policies[each];
      const mark = !there.includes(each) ? ["added", words.only] : !here.includes(each) ? ["removed", words.other] : changed ? ["changed", words.differs] : null;
      if (policy.aws && !mark) {
        plain.push(policyName(policy));
        return [];
      }
      return [folded(policy, mark, changed ? { label: other.label, policy: other.policies[each] } : null)];
    });
    return plain.length ? [...own, element("p", { class: "quiet" }, `${own.length ? "and " : ""}${plain.join(", ")}, managed by AWS`)] : own;
  }

  const words = (side, other) => ({ only: `only ${side.label.toLowerCase()}`, other: other ? `only ${other.label.toLowerCase()}` : "", differs: "document differs" });

  const tags = (node, before) => {
    const now = node.g || {}, then = before ? before.g || {} : now;
    const keys = [...new Set([...Object.keys(now), ...Object.keys(then)])].sort();
    if (!keys.length) return null;
    return [element("h4", {}, "Tags"), element("table", { class: "tags" }, element("tbody", {}, keys.map((key) => element("tr", {},
      element("th", { scope: "row" }, key),
      element("td", {}, now[key] === then[key] ? now[key] || element("span", { class: "quiet" }, "empty") : [
        then[key] !== undefined ? element("del", {}, then[key] || "empty") : null, " ",
        now[key] !== undefined ? element("ins", {}, now[key] || "empty") : null])))))];
  };

  const fact = (label, value) => (value ? [element("dt", {}, label), element("dd", {}, value)] : []);

  function node(side, other, at, go, changes) {
    const found = side.nodes[at], before = other ? other.nodes[at] : found, text = words(side, other);
    const path = pathTo(side, at), above = path.slice(0, -1).reverse();
    const moved = before && before.p !== found.p ? placeOf(other, before.p) : null;
    const inherited = above.flatMap((each) => {
      const list = attached(side, other, each, text);
      return list.length ? [element("h5", {}, "from ", go(each)), list] : [];
    });
    const own = attached(side, other, at, text);
    return [
      element("p", { class: "path" }, path.slice(0, -1).map((each) => [go(each), element("span", { class: "quiet" }, " / ")])),
      element("h3", { tabindex: "-1" }, nameOf(found)),
      element("dl", { class: "facts" },
        fact("kind", ["root", "organizational unit", "account"][found.k]), fact("id", found.i), fact("key", found.n && found.k === 2 ? found.a : null),
        fact("e-mail", found.e), fact("state", found.s), found.k === 2 ? [] : fact("accounts", side.counts[at].toLocaleString("en-US")),
        moved ? fact(`parent ${other.label.toLowerCase()}`, moved) : [], !before ? fact("note", `it does not exist ${other.label.toLowerCase()}`) : [],
        changes ? fact("changes", changes) : []),
      tags(found, before),
      element("h4", {}, "Own policies"), own.length ? own : element("p", { class: "quiet" }, "none"),
      found.k === 0 ? null : [element("h4", {}, "Inherited policies"), inherited.length ? inherited : element("p", { class: "quiet" }, "none")]];
  }

  function policy(side, other, at, go) {
    const found = side.policies[at], before = other ? other.policies[at] : found;
    const differs = other && before && before !== found;
    return [
      element("h3", { tabindex: "-1" }, policyName(found)),
      element("dl", { class: "facts" }, fact("kind", found.y), fact("id", found.i), fact("key", found.n ? found.k : null), fact("declared", found.at),
        other && !before ? fact("note", `it does not exist ${other.label.toLowerCase()}`) : []),
      contents(found), tags(found, before),
      differs ? [element("h4", {}, other.label), contents(before)] : null,
      element("h4", {}, "Attached to"),
      side.targets[at].length ? element("ul", { class: "plain" }, side.targets[at].slice(0, 200).map((each) => element("li", {}, go(each))),
        side.targets[at].length > 200 ? element("li", { class: "quiet" }, `and ${(side.targets[at].length - 200).toLocaleString("en-US")} more`) : null)
        : element("p", { class: "quiet" }, "nothing")];
  }

  return { node, policy, statement };
})();
