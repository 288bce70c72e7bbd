"use strict";

/* The data of the page as one or two sides of an organization. Keys of a node: k kind (0 root, 1 OU, 2 account), a what
   follows the kind in its address, n name, i id, e e-mail, s state, p parent, g tags, P attached policies, c marks of its
   changes. Of a policy: k key, n name, t type where it decides on actions, y label of the type, i id, d description, g tags,
   at place in the spec, aws managed by AWS, s statements, v settings. Of a statement: n name, f denies, a actions, not all
   others, c conditions, r whether they hold for roles, at place. Both may have o, the same on the other side where it differs,
   and x where only the other side has it. */
const Organization = ((data) => {
  const ROOT = 0, UNIT = 1, ACCOUNT = 2;
  const isClosed = (node) => node.s === "closed" || node.s === "removed";
  const onSide = (all, side) => all.map((each) => {
    const other = side === 1;
    if (each.x) return other ? each : null;
    if (!other || each.o === undefined) return each;
    return each.o === 0 ? null : { ...each.o, c: each.c };
  });

  const sides = data.sides.map((written, index) => {
    const policies = onSide(data.policies, index);
    const nodes = onSide(data.nodes, index);
    const children = new Map();
    nodes.forEach((each, at) => {
      if (!each || each.p === undefined) return;
      if (!children.has(each.p)) children.set(each.p, []);
      children.get(each.p).push(at);
    });
    const targets = policies.map(() => []);
    nodes.forEach((each, at) => each && (each.P || []).forEach((policy) => targets[policy].push(at)));
    const counts = new Array(nodes.length).fill(0);
    const marked = new Array(nodes.length).fill(0);
    nodes.forEach((each) => {
      if (!each) return;
      for (let up = each.p; up !== undefined; up = nodes[up] && nodes[up].p) {
        if (each.k === ACCOUNT && !isClosed(each)) counts[up]++;
        if (each.c) marked[up]++;
      }
    });
    return {
      label: written.l, policies, nodes, targets, counts, marked, management: written.m,
      unmanaged: written.unmanaged || [], unread: (written.unread || []).map((each) => each[1]),
      unreadScps: (written.unread || []).some((each) => each[0] === "scp"),
      force: new Set(written.force || []), children: (at) => children.get(at) || [],
    };
  });

  const last = (path) => path.split(/(?<!\\)\//).pop().replace(/\\(.)/g, "$1");
  const nameOf = (node) => (node.k === ROOT ? "Root" : node.n || (node.k === UNIT ? last(node.a) : node.a));
  const pathTo = (side, at) => {
    const path = [];
    for (let up = at; up !== undefined && side.nodes[up]; up = side.nodes[up].p) path.unshift(up);
    return path;
  };
  const placeOf = (side, at) => {
    const node = side.nodes[at];
    return node.k === ROOT ? "the root" : node.k === UNIT ? node.a : nameOf(node);
  };
  const policyName = (policy) => policy.n || policy.k;

  /* The verdict for every account of a side on a question: [node, verdict]. Levels of OUs are computed once, those of
     accounts once for each list of policies. */
  function answers(side, asked) {
    const known = new Map(), above = new Map(), decided = new Map();
    const levelOf = (at) => {
      const key = (side.nodes[at].P || []).join();
      if (!known.has(key)) {
        known.set(key, Actions.level((side.nodes[at].P || []).map((each) => side.policies[each]).filter(Boolean), side, asked));
      }
      return { key, found: known.get(key) };
    };
    const levelsAbove = (at) => {
      if (!above.has(at)) {
        const parent = side.nodes[at].p;
        above.set(at, [...(parent === undefined ? [] : levelsAbove(parent)), { node: at, found: levelOf(at).found }]);
      }
      return above.get(at);
    };
    return side.nodes.flatMap((node, at) => {
      if (!node || node.k !== ACCOUNT || isClosed(node)) return [];
      if (node.a === side.management) return [[at, { verdict: "can", stops: [], management: true }]];
      if (!asked.pattern && asked.neverDenied.length) return [[at, { verdict: "can", stops: [] }]];
      const own = levelOf(at), plain = own.found.allow === "all" && !own.found.denials.length;
      const levels = [...levelsAbove(node.p === undefined ? 0 : node.p), { node: at, found: own.found }];
      if (!plain) return [[at, Actions.verdict(levels, side, asked)]];
      if (!decided.has(node.p)) decided.set(node.p, Actions.verdict(levels, side, asked));
      return [[at, decided.get(node.p)]];
    });
  }

  return { ROOT, UNIT, ACCOUNT, sides, rules: data.rules, nameOf, pathTo, placeOf, policyName, isClosed, answers };
})(JSON.parse(document.getElementById("data").textContent));
