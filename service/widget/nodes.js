import { h } from "./elements.js";

const TAGS = { strong: "strong", emphasis: "em", quote: "blockquote", paragraph: "p", item: "li" };
const BLOCKS = new Set(["paragraph", "item", "quote"]);
const SAFE_URL = /^(https?:\/\/|mailto:|tel:)/i;

/** An answer's nodes as DOM nodes. Words become text nodes, so nothing in them can become markup. */
export function render(nodes, words) {
  return nodes.map((node) => element(node, words));
}

/** The same nodes as words, a space between blocks; for screen readers. */
export function plainText(nodes) {
  return nodes.map((node) => (node.type === "break" ? " " : (node.text ?? "") + plainText(node.children ?? []) + gap(node))).join("");
}

const gap = ({ type }) => (["paragraph", "heading", "item", "code_block"].includes(type) ? "\n" : "");

function element(node, words) {
  const children = render(node.children ?? [], words);
  switch (node.type) {
    case "text":
      return document.createTextNode(node.text);
    case "break":
      return h("br");
    case "rule":
      return h("hr");
    case "code":
      return h("code", {}, node.text);
    case "code_block":
      return h("pre", { tabindex: 0, dir: "ltr" }, h("code", {}, node.text));
    case "heading":
      return h("p", { class: "heading", role: "heading", "aria-level": 3 }, ...children); // under the panel's own h2
    case "list":
      return node.ordered ? h("ol", { start: node.start ?? 1 }, ...children) : h("ul", {}, ...children);
    case "link":
      return link(node.url, children, words);
    default:
      return h(TAGS[node.type] ?? "span", { dir: BLOCKS.has(node.type) ? "auto" : null }, node.text, ...children);
  }
}

function link(url, children, words) {
  if (!SAFE_URL.test(url)) return h("span", {}, ...children);
  const rel = "noopener noreferrer nofollow";
  if (!/^http/i.test(url)) return h("a", { href: url, rel }, ...children);
  const hint = words.text(h("span", { class: "unseen" }), "new_window");
  return h("a", { href: url, rel, target: "_blank" }, ...children, hint);
}
