"use strict";

/* Elements. Text is always text: no string of the data is ever markup. */
const element = (tag, attributes = {}, ...content) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") made.className = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false && value !== undefined && value !== null) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...content.flat(Infinity).filter((each) => each !== null && each !== undefined && each !== false));
  return made;
};
const counted = (number, one, many = `${one}s`) => `${number.toLocaleString("en-US")} ${number === 1 ? one : many}`;

/* A tree of an organization, as https://www.w3.org/WAI/ARIA/apg/patterns/treeview/ describes it. Children are made when
   their node is opened, a batch at a time. */
class Tree {
  static BATCH = 200;

  constructor(root, side, select) {
    this.root = root;
    this.side = side;
    this.select = select;
    this.items = new Map();
    this.current = null;
    root.replaceChildren();
    root.addEventListener("keydown", (event) => this.key(event));
    root.addEventListener("click", (event) => this.click(event));
    root.append(...side.nodes.flatMap((each, at) => (each && each.p === undefined ? [this.item(at, 1)] : [])));
    const first = root.querySelector("[role=treeitem]");
    if (first) {
      first.tabIndex = 0;
      this.open(first);
    }
  }

  item(at, level) {
    const { side } = this, node = side.nodes[at], below = side.children(at);
    const kind = ["root", "unit", "account"][node.k];
    const own = (node.P || []).map((each) => side.policies[each]).filter((each) => each && !each.aws);
    const chip = own.length === 1 ? `${own[0].y} ${Organization.policyName(own[0])}` : own.length ? `${own.length} policies` : "";
    const made = element("li", {
      role: "treeitem", tabindex: "-1", "aria-level": level, "aria-selected": "false", class: `node ${kind}`, "data-at": at,
      "aria-expanded": below.length ? "false" : null,
    }, element("div", { class: "row" },
      element("span", { class: "twisty", "aria-hidden": "true" }),
      element("span", { class: "icon", "aria-hidden": "true" }),
      element("span", { class: "name" }, Organization.nameOf(node)),
      node.i && node.k === Organization.ACCOUNT ? element("span", { class: "id" }, node.i) : null,
      node.s ? element("span", { class: "state" }, node.s.replace("_", " ")) : null,
      node.c ? element("span", { class: "mark", title: "changes" }, [...new Set(node.c)].join("")) : null,
      !node.c && side.marked[at] ? element("span", { class: "dot", title: `${counted(side.marked[at], "changed node")} below` }) : null,
      element("span", { class: "chips" }, chip ? element("span", { class: "chip" }, chip) : null),
      node.k === Organization.ACCOUNT ? null : element("span", { class: "count" }, side.counts[at].toLocaleString("en-US"), element("span", { class: "unseen" }, " accounts"))));
    this.items.set(at, made);
    return made;
  }

  open(item) {
    if (item.getAttribute("aria-expanded") !== "false") return;
    item.setAttribute("aria-expanded", "true");
    if (item.querySelector(":scope > ul")) return;
    const group = element("ul", { role: "group" });
    item.append(group);
    this.more(group, item, 0);
  }

  more(group, item, from) {
    const below = this.side.children(+item.dataset.at), level = +item.getAttribute("aria-level") + 1;
    const batch = below.slice(from, from + Tree.BATCH), rest = below.length - from - batch.length;
    group.append(...batch.map((each) => this.item(each, level)));
    if (rest) {
      group.append(element("li", { role: "treeitem", tabindex: "-1", "aria-level": level, class: "node more", "data-from": from + batch.length },
        element("div", { class: "row" }, `Show ${Math.min(rest, Tree.BATCH)} more of ${rest.toLocaleString("en-US")}`)));
    }
  }

  close(item) {
    if (item.getAttribute("aria-expanded") === "true") item.setAttribute("aria-expanded", "false");
  }

  /* Opens the way to a node and chooses it; with `scroll` it is on the screen afterwards. */
  reveal(at, scroll = true) {
    const path = Organization.pathTo(this.side, at);
    path.forEach((each, index) => {
      const parent = index ? this.items.get(path[index - 1]) : null;
      if (parent) {
        this.open(parent);
        let last;
        while (!this.items.has(each) && (last = parent.querySelector(":scope > ul > .more"))) this.activate(last);
      }
    });
    const item = this.items.get(at);
    if (item) {
      this.focus(item);
      this.choose(item);
      if (scroll) item.querySelector(".row").scrollIntoView({ block: "nearest" });
    }
    return item;
  }

  focus(item, really = false) {
    const before = this.root.querySelector("[tabindex='0']");
    if (before) before.tabIndex = -1;
    item.tabIndex = 0;
    if (really) item.focus({ preventScroll: false });
  }

  choose(item) {
    if (this.current) this.current.setAttribute("aria-selected", "false");
    this.current = item;
    item.setAttribute("aria-selected", "true");
    this.select(+item.dataset.at, item);
  }

  activate(item) {
    if (!item.classList.contains("more")) return this.choose(item);
    const group = item.parentElement, owner = group.parentElement, from = +item.dataset.from;
    const focused = document.activeElement === item;
    item.remove();
    this.more(group, owner, from);
    const next = this.items.get(this.side.children(+owner.dataset.at)[from]);
    if (next && focused) this.focus(next, true);
  }

  click(event) {
    const row = event.target.closest(".row");
    if (!row || !this.root.contains(row)) return;
    const item = row.parentElement;
    this.focus(item, true);
    if (event.target.closest(".twisty")) this.toggle(item);
    else {
      this.open(item);
      this.activate(item);
    }
  }

  toggle(item) {
    if (item.getAttribute("aria-expanded") === "true") this.close(item);
    else this.open(item);
  }

  visible() {
    return [...this.root.querySelectorAll("[role=treeitem]")].filter((each) => each.querySelector(".row").offsetParent !== null);
  }

  key(event) {
    const item = event.target.closest("[role=treeitem]");
    if (!item || event.target !== item || event.ctrlKey || event.metaKey || event.altKey) return;
    const expanded = item.getAttribute("aria-expanded"), owner = item.parentElement.closest("[role=treeitem]");
    const step = (by) => {
      const all = this.visible(), next = all[all.indexOf(item) + by];
      if (next) this.focus(next, true);
    };
    const keys = {
      ArrowDown: () => step(1),
      ArrowUp: () => step(-1),
      ArrowRight: () => (expanded === "false" ? this.open(item) : expanded === "true" && step(1)),
      ArrowLeft: () => (expanded === "true" ? this.close(item) : owner && this.focus(owner, true)),
      Home: () => this.focus(this.visible()[0], true),
      End: () => this.focus(this.visible().at(-1), true),
      Enter: () => this.activate(item),
      " ": () => this.activate(item),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  }
}
