"use strict";

/* Who can do an action, by the SCPs and RCPs of one side of an organization. The caller is any role of the account, the
   resource one of the same account. It follows reconciler/policy/evaluation, but evaluates no condition by itself: what the
   data does not settle depends. A question is one action, or a pattern of actions with * and ?. */
const Actions = (() => {
  const memo = (make) => {
    const known = new Map();
    return (key) => {
      let found = known.get(key);
      if (found === undefined) known.set(key, (found = make(key)));
      return found;
    };
  };

  /* The characters of a pattern in lower case; in a run of wildcards each ? comes before one *. */
  const characters = memo((text) => {
    const result = [];
    let star = false;
    for (const each of text.toLowerCase()) {
      if (each === "*") {
        star = true;
        continue;
      }
      if (star && each !== "?") {
        result.push("*");
        star = false;
      }
      result.push(each);
    }
    if (star) result.push("*");
    return result;
  });

  const isPattern = (text) => /[*?]/.test(text);

  /* Whether the pattern matches everything that `inner` does: `inner` is read as a text in which a * is matched by a *
     alone, and a ? by ? or *. A true answer is certain; in rare cases it is false though a proof would need more. */
  function contains(pattern, inner) {
    let at = 0, from = 0, star = -1, resume = 0;
    while (from < inner.length) {
      const wanted = pattern[at], given = inner[from];
      if (wanted === "*") {
        star = at++;
        resume = from;
      } else if (wanted !== undefined && (wanted === given || (wanted === "?" && given !== "*"))) {
        at++;
        from++;
      } else if (star >= 0) {
        at = star + 1;
        from = ++resume;
      } else {
        return false;
      }
    }
    while (pattern[at] === "*") at++;
    return at === pattern.length;
  }

  /* Whether some text matches both patterns. */
  function overlap(one, other) {
    let row = new Array(other.length + 1).fill(false);
    row[0] = true;
    for (let j = 0; j < other.length && other[j] === "*"; j++) row[j + 1] = true;
    for (let i = 0; i < one.length; i++) {
      const next = new Array(other.length + 1).fill(false);
      next[0] = one[i] === "*" && row[0];
      for (let j = 0; j < other.length; j++) {
        const a = one[i], b = other[j];
        if (a === "*" || b === "*") next[j + 1] = row[j + 1] || next[j] || row[j];
        else next[j + 1] = (a === b || a === "?" || b === "?") && row[j];
      }
      row = next;
    }
    return row[other.length];
  }

  /* What a written pattern covers of the question: all, some or none of its actions. */
  function covered(written, question) {
    if (written === "*") return "all";
    if (!written.includes(":")) return "none";
    const pattern = characters(written);
    if (contains(pattern, question.characters)) return "all";
    return question.pattern && overlap(pattern, question.characters) ? "some" : "none";
  }

  function coveredBy(statement, question) {
    let found = "none";
    for (const each of statement.a) {
      const one = covered(each, question);
      if (one === "all") {
        found = "all";
        break;
      }
      if (one === "some") found = "some";
    }
    if (!statement.not) return found;
    return found === "none" ? "all" : found === "all" ? "none" : "some";
  }

  const ACTION = /^[a-z0-9*?_-]+:[a-z0-9*?_-]+$/;

  /* The question that a text asks, or null where it is neither an action nor a pattern of actions. */
  function question(text, rules) {
    const written = text.trim().toLowerCase() === "*" ? "*:*" : text.trim().toLowerCase();
    if (!ACTION.test(written)) return null;
    const found = { text: written, characters: characters(written), pattern: isPattern(written) };
    const matching = (names) => names.filter((each) => contains(found.characters, characters(each)));
    found.neverDenied = matching(rules.neverDenied);
    found.unsigned = matching(rules.unsigned);
    const service = characters(written.slice(0, written.indexOf(":")));
    const reached = rules.rcp.filter((each) => contains(service, characters(each)));
    const excepted = matching(rules.neverByRcp).length > 0;
    const one = !isPattern(service.join(""));
    found.rcp = !reached.length || (excepted && !found.pattern) ? "none" : one && !excepted ? "all" : "some";
    return found;
  }

  const weaker = (one, other) => (one === "none" || other === "none" ? "none" : one === "all" ? other : one);

  /* Whether the conditions of a statement hold: true, false, or null where it depends. What is known holds for roles, not
     for calls without a principal. */
  const holds = (statement, asked) =>
    statement.c === undefined ? true : asked.unsigned.length ? null : statement.r === null || statement.r === undefined ? null : statement.r === 1;

  /* What one list of attached policies does: whether an SCP allows all of the question, and the statements that deny. */
  function level(policies, side, asked) {
    const result = { allow: "none", allows: [], denials: [] };
    const scps = side.force.has("scp") && !(asked.unsigned.length && !asked.pattern);
    if (!scps) result.allow = "all";
    for (const policy of policies) {
      const reach = policy.t === "scp" ? (scps ? "all" : "none") : policy.t === "rcp" && side.force.has("rcp") ? asked.rcp : "none";
      if (reach === "none") continue;
      for (const statement of policy.s || []) {
        if (!statement.f && policy.t !== "scp") continue;
        const all = weaker(coveredBy(statement, asked), reach), sure = all === "none" ? false : holds(statement, asked);
        if (all === "none" || sure === false) continue;
        const found = { policy, statement, part: all === "some", depends: sure === null };
        if (statement.f) {
          result.denials.push(found);
        } else if (!found.part && !found.depends) {
          result.allow = "all";
        } else if (result.allow !== "all") {
          result.allow = "some";
          result.allows.push(found);
        }
      }
    }
    if (result.allow === "all") result.allows = [];
    return result;
  }

  /* The verdict after the levels from the root down, each as { node, found }:
     can, cannot, depends (on a condition), part (of the actions) or unknown; with what stops or may stop it. */
  function verdict(levels, side, asked) {
    const stops = [], perhaps = [];
    for (const { node, found } of levels) {
      for (const each of found.denials) (each.part || each.depends ? perhaps : stops).push({ node, ...each });
      if (found.allow === "none") stops.push({ node, missing: true });
      if (found.allow === "some") perhaps.push({ node, allows: found.allows });
    }
    if (stops.length) return { verdict: "cannot", stops };
    const unread = side.unread.length && (side.unreadScps || asked.rcp !== "none");
    if (unread) return { verdict: "unknown", stops: perhaps };
    const part = perhaps.some((each) => each.part || (each.allows || []).some((one) => one.part));
    return { verdict: perhaps.length ? (part ? "part" : "depends") : "can", stops: perhaps };
  }

  return { question, level, verdict, contains, overlap, characters };
})();
