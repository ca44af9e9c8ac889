
"use strict";
// Adds a filter, a search and a tree to a page that shows everything without them. It sends no request.

const one = (selector) => document.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

const cards = all(".change.entry");
const entries = all(".entry"); // Guardrails, risks, changes, and what is left alone.
const sections = entries.length ? all("section, .group, .left-alone").filter((each) => each.querySelector(".entry")) : [];
const search = one("#search");

// ---- Filter: entries that have one of the chosen values of each filter, and every word of the search.

const texts = new Map();

function textOf(entry) {
  if (!texts.has(entry)) texts.set(entry, entry.textContent.toLowerCase());
  return texts.get(entry);
}

function chosen() {
  const values = {};
  for (const box of all("fieldset input:checked")) (values[box.name] ??= []).push(box.value);
  return Object.entries(values);
}

function matches(entry, filters, words) {
  return filters.every(([name, values]) => (entry.dataset[name] ?? "").split(" ").some((each) => values.includes(each)))
    && words.every((word) => textOf(entry).includes(word));
}

function filter() {
  const filters = chosen();
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const entry of entries) entry.hidden = !matches(entry, filters, words);
  for (const section of sections) section.hidden = !section.querySelector(".entry:not([hidden])");
  for (const folded of all(".left-alone")) unfoldFound(folded, words.length > 0);
  showCount(cards.filter((card) => !card.hidden).length);
  narrow(filters.length + words.length > 0);
  mark(words);
}

// What a search finds in a folded section is shown, until the search ends.
function unfoldFound(folded, searching) {
  if (searching && !folded.hidden && !folded.open) folded.open = folded.dataset.found = true;
  else if (!searching && folded.dataset.found) folded.open = delete folded.dataset.found && false;
}

function showCount(shown) {
  const count = `${cards.length.toLocaleString("en")} change${cards.length === 1 ? "" : "s"}`;
  const text = shown === cards.length ? count : `${shown.toLocaleString("en")} of ${count}`;
  if (one("#shown").value !== text) one("#shown").value = text;
  one("#nothing").hidden = entries.length === 0 || entries.some((entry) => !entry.hidden);
}

function mark(words) {
  if (!CSS.highlights) return;
  CSS.highlights.delete("found");
  const ranges = [];
  for (const entry of words.length ? entries : []) {
    if (ranges.length > 500) break;
    if (!entry.hidden) ranges.push(...found(entry, words));
  }
  if (ranges.length) CSS.highlights.set("found", new Highlight(...ranges));
}

function* found(entry, words) {
  const walker = document.createTreeWalker(entry, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.toLowerCase();
    for (const word of words) {
      const at = text.indexOf(word);
      if (at >= 0 && at + word.length <= walker.currentNode.length) {
        yield new StaticRange({
          startContainer: walker.currentNode, startOffset: at,
          endContainer: walker.currentNode, endOffset: at + word.length,
        });
      }
    }
  }
}

// ---- Tree: a list of links becomes a tree, in which the arrow keys go about.

const tree = one(".tree");
const nodes = tree ? all(".node", tree) : [];
const MANY = 80; // More nodes than this are folded at first.
const ARROW = 14; // Pixels at the left of a node that fold it.

const branchOf = (node) => node.nextElementSibling;
const isOpen = (node) => node.getAttribute("aria-expanded") === "true";
const parentOf = (node) => node.closest("ul").previousElementSibling;
const inSight = () => nodes.filter((node) => node.checkVisibility());

function plant() {
  tree.setAttribute("role", "tree");
  nodes.forEach((node, number) => {
    node.setAttribute("role", "treeitem");
    node.tabIndex = number === 0 ? 0 : -1;
    node.parentElement.setAttribute("role", "none");
    node.setAttribute("aria-level", parentOf(node) ? Number(parentOf(node).getAttribute("aria-level")) + 1 : 1);
    const branch = branchOf(node);
    if (!branch) return;
    branch.setAttribute("role", "group");
    unfold(node, nodes.length <= MANY || parentOf(node) === null);
  });
}

function unfold(node, open) {
  if (branchOf(node)) node.setAttribute("aria-expanded", String(open));
}

// A node that does not fit stays where one below it does, and steps back.
function narrow(filtered) {
  for (const item of tree ? all("li", tree).reverse() : []) {
    const own = item.dataset.cards.split(" ").some((id) => id && !document.getElementById(id).hidden);
    item.hidden = !own && !item.querySelector("li:not([hidden])");
    item.firstElementChild.classList.toggle("passed", filtered && !own);
    if (filtered && !item.hidden) unfold(item.firstElementChild, true);
  }
  const current = nodes.find((node) => node.tabIndex === 0);
  const first = nodes.find((node) => !node.parentElement.hidden);
  if (current && first && current.parentElement.hidden) rest(first);
}

function rest(node) {
  for (const other of nodes) if (other.tabIndex === 0) other.tabIndex = -1;
  node.tabIndex = 0;
}

function walk(node) {
  if (!node) return;
  rest(node);
  node.focus();
}

function act(node) {
  if (node.hash) go(node.hash);
  else unfold(node, !isOpen(node));
}

function step(node, by) {
  const seen = inSight();
  walk(seen[seen.indexOf(node) + by]);
}

const KEYS = {
  ArrowDown: (node) => step(node, 1),
  ArrowUp: (node) => step(node, -1),
  Home: () => walk(inSight()[0]),
  End: () => walk(inSight().at(-1)),
  Enter: act,
  " ": act,
  ArrowRight(node) {
    if (!branchOf(node)) return;
    if (isOpen(node)) walk(all(".node", branchOf(node)).find((each) => each.checkVisibility()));
    else unfold(node, true);
  },
  ArrowLeft(node) {
    if (isOpen(node)) unfold(node, false);
    else walk(parentOf(node));
  },
};

// ---- Going about.

function go(hash) {
  const card = document.getElementById(hash.slice(1));
  if (!card) return;
  if (card.hidden) clear();
  if (card.matches("details")) card.open = true;
  card.scrollIntoView({ block: "start" });
  (card.matches("details") ? card.querySelector("summary") : card).focus({ preventScroll: true });
  card.classList.remove("arrived");
  void card.offsetWidth;
  card.classList.add("arrived");
}

function clear() {
  one("#filter").reset();
  filter();
}

function back(card) {
  const item = all("li", tree).find((each) => each.dataset.cards.split(" ").includes(card.id));
  for (let node = parentOf(item.firstElementChild); node; node = parentOf(node)) unfold(node, true);
  one("#outline").open = true;
  walk(item.firstElementChild);
}

// ---- Chips: what to type or to write, copied by a click.

for (const chip of all(".chip")) {
  chip.setAttribute("role", "button");
  chip.setAttribute("aria-label", `Copy ${chip.textContent}`);
  chip.title = "Copy";
  chip.tabIndex = 0;
}

async function copy(chip) {
  getSelection().selectAllChildren(chip);
  try {
    await navigator.clipboard.writeText(chip.textContent);
  } catch {
    return; // It is selected, for a person to copy.
  }
  one("#copied").value = `Copied ${chip.textContent}`;
  for (const other of all(".copied")) other.classList.remove("copied");
  chip.classList.add("copied");
}

document.addEventListener("keydown", (pressed) => {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return;
  const at = pressed.target;
  if (pressed.key === "/" && at !== search) search.select();
  else if (pressed.key === "Escape" && at === search && search.value) clear();
  else if (pressed.key === "Escape" && at.closest(".change")) back(at.closest(".change"));
  else if (pressed.key === "Enter" && at === search) go(`#${cards.find((card) => !card.hidden)?.id}`);
  else if (at.matches(".chip") && ["Enter", " "].includes(pressed.key)) copy(at);
  else if (at.getAttribute("role") === "treeitem" && KEYS[pressed.key]) KEYS[pressed.key](at);
  else return;
  pressed.preventDefault();
});

document.addEventListener("click", (pressed) => {
  const chip = pressed.target.closest(".chip");
  if (chip) copy(chip);
  const node = pressed.target.closest('.node, header a[href^="#"], main a[href^="#"]');
  if (!node) return;
  pressed.preventDefault();
  if (nodes.includes(node)) rest(node);
  const onArrow = pressed.target === node && pressed.offsetX < ARROW;
  if (onArrow && node.ariaExpanded) unfold(node, !isOpen(node));
  else act(node);
});

one("#fold").addEventListener("click", (pressed) => {
  const open = pressed.target.textContent !== "Fold all";
  for (const card of cards) if (card.matches("details")) card.open = open;
  pressed.target.textContent = open ? "Fold all" : "Unfold all";
});

// Draw, bit by bit, the groups that were left out when the page opened.
const undrawn = all(".group");

function draw() {
  for (const group of undrawn.splice(0, 8)) group.classList.add("drawn");
  if (undrawn.length) later(draw);
}

const later = (task) => (window.requestIdleCallback ?? setTimeout)(task);
addEventListener("load", () => later(draw));

if (matchMedia("(max-width: 60rem)").matches && tree) one("#outline").open = false;
if (tree) plant();
one("#filter").hidden = entries.length === 0;
one("#fold").hidden = !cards.some((card) => card.matches("details"));
one("#filter").addEventListener("submit", (sent) => sent.preventDefault());
one("#filter").addEventListener("input", filter);
filter();
