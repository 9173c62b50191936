import { h, icon } from "./elements.js";
import { feedback } from "./feedback.js";
import { render } from "./nodes.js";

const SURE = 0.8; // the bands of the calibrated probability, as words
const FAIR = 0.5;

/** One question and its answer, as they happen. `actions` are what a visitor can do with it. */
export class Exchange {
  #words;
  #actions;
  #announce;
  #changed;
  #waiting;
  #card = null;
  #parts = {};
  #meta = {};
  #arrived = ""; // text that waits for the next frame
  #frame = 0;

  constructor(question, { words, actions, announce, changed }) {
    this.#words = words;
    this.#actions = actions;
    this.#announce = announce;
    this.#changed = changed;
    this.#waiting = words.text(h("span", { class: "waiting", hidden: true }), "waiting");
    const who = words.text(h("span", { class: "unseen" }), "you");
    const asked = h("div", { class: "question" }, who, h("p", { dir: "auto" }, question), this.#waiting);
    this.element = h("li", { class: "exchange" }, asked);
  }

  /** The message has not left yet. */
  wait() {
    this.#card?.remove();
    this.#waiting.hidden = false;
    this.#changed();
  }

  /** The message is on its way; what an earlier attempt had shown is gone. */
  begin() {
    this.#waiting.hidden = true;
    this.#draw();
    this.#card.setAttribute("aria-busy", "true");
    this.#parts.body.append(h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")));
    this.#changed();
  }

  meta(meta) {
    this.#meta = meta;
    this.#parts.source.replaceChildren(...sourceLine(meta, this.#words));
    if (meta.entry_question) this.#cite(meta.entry_question);
  }

  /** The next words of a completion, shown with the next frame. */
  write(text) {
    this.#arrived += text;
    this.#frame ||= requestAnimationFrame(() => this.#flush());
  }

  /** A finished part; it takes the place of the words streamed so far for it. */
  block(nodes) {
    this.#dropTail();
    this.#parts.body.append(...render(nodes, this.#words));
    this.#changed();
  }

  /** The whole answer. `nodes` is what stays, whatever was streamed before. */
  done({ nodes, answer, complete, offer_agent: offerAgent, cited = [] }) {
    this.#flush();
    if (nodes.length || answer) {
      this.#parts.body.replaceChildren(...(nodes.length ? render(nodes, this.#words) : [h("p", { class: "tail", dir: "auto" }, answer)]));
    }
    for (const { question } of cited) this.#cite(question);
    if (!complete) this.#notice(this.#words.text(h("span"), "unfinished"));
    this.#settle();
    this.#showSuggestions();
    if (offerAgent) this.#parts.more.append(this.#offer());
    if (this.#meta.source === "faq" || this.#meta.source === "model") this.#parts.more.append(this.#thumbs());
    this.#changed();
  }

  /** The visitor pressed stop. What is already there stays. */
  stopped() {
    this.#end(this.#words.text(h("span"), "stopped"), false);
  }

  /** No (whole) answer: `key` names our own words, `detail` is the server's sentence where it sent one. */
  fail(key, { detail = "", retryable = false } = {}) {
    this.#waiting.hidden = true;
    if (!this.#card) this.#draw();
    this.#end(detail ? h("span", { dir: "auto" }, detail) : this.#words.text(h("span"), key), retryable);
  }

  /** The entry whose words these are, or which a completion used. */
  #cite(question) {
    this.#parts.source.append(h("cite", { dir: "auto" }, question));
  }

  #draw() {
    const [source, body, notice, more] = [h("p", { class: "source" }), h("div", { class: "body" }), h("div"), h("div", { class: "more" })];
    this.#parts = { source, body, notice, more };
    this.#meta = {};
    this.#arrived = "";
    this.#card?.remove();
    this.#card = this.#words.name(h("div", { class: "answer", role: "group" }, source, body, notice, more), "bot");
    this.element.append(this.#card);
  }

  #end(sentence, retryable) {
    this.#flush();
    this.#notice(sentence, retryable);
    this.#settle();
    this.#changed();
  }

  #settle() {
    this.#card.removeAttribute("aria-busy");
    this.#parts.body.querySelector(".dots")?.remove();
  }

  #flush() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    if (!this.#arrived) return;
    this.#parts.tail ??= this.#startTail();
    this.#parts.tail.appendData(this.#arrived);
    this.#arrived = "";
    this.#changed();
  }

  #startTail() {
    const tail = document.createTextNode("");
    this.#parts.body.querySelector(".dots")?.remove();
    this.#parts.body.append(h("p", { class: "tail", dir: "auto" }, tail));
    return tail;
  }

  #dropTail() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#arrived = "";
    this.#parts.tail?.parentNode.remove();
    this.#parts.tail = undefined;
    this.#parts.body.querySelector(".dots")?.remove();
  }

  #notice(sentence, retryable) {
    const retry = () => this.#actions.retry();
    const again = h("button", { type: "button", class: "quiet", onclick: retry }, icon("retry"), this.#words.text(h("span"), "retry"));
    this.#parts.notice.replaceChildren(h("p", { class: "notice" }, icon("notice"), sentence, retryable ? again : null));
  }

  #showSuggestions() {
    const { exchange_id, suggestions = [], source, confidence } = this.#meta;
    if (!suggestions.length || (source === "faq" && confidence >= SURE)) return;
    const title = this.#words.text(h("p", { class: "near-title" }), source === "suggest" ? "did_you_mean" : "related");
    const items = suggestions.map(({ entry_id, question }) => {
      const onclick = () => this.#actions.pick(question, { exchange_id, entry_id });
      return h("li", {}, h("button", { type: "button", class: "pick", onclick }, h("span", { dir: "auto" }, question), icon("next")));
    });
    const none = source === "suggest" ? this.#noneOfThese() : null;
    this.#parts.more.append(h("div", { class: "near" }, title, h("ul", { role: "list" }, ...items), none));
  }

  #noneOfThese() {
    const advice = this.#words.text(h("p"), "rephrase");
    if (this.#meta.helpful === false) return advice; // said on an earlier visit
    const onclick = () => {
      none.replaceWith(advice);
      this.#announce.say(this.#words.get("rephrase"));
      this.#actions.decline(this.#meta.exchange_id);
      this.#changed();
    };
    const none = this.#words.text(h("button", { type: "button", class: "quiet", onclick }), "none_of_these");
    return none;
  }

  #offer() {
    const onclick = () => this.#actions.escalate();
    return h("button", { type: "button", class: "offer", onclick }, icon("agent"), this.#words.text(h("span"), "agent"));
  }

  #thumbs() {
    const send = (helpful, comment) => this.#actions.feedback(this.#meta.exchange_id, helpful, comment);
    const { helpful: given } = this.#meta;
    return feedback({ words: this.#words, announce: this.#announce, given, send, changed: this.#changed });
  }
}

/** Where an answer comes from and how far to trust it, in words. */
function sourceLine({ source, confidence }, words) {
  const look = { faq: "check", model: "spark", suggest: "unsure", agent: "agent" }[source];
  const band = source === "faq" ? bandOf(confidence) : source === "agent" ? null : "check";
  const parts = source === "suggest" ? [band] : [`source_${source}`, band];
  const said = parts.filter(Boolean).flatMap((key, at) => [at ? " · " : "", words.text(h("span"), key)]);
  return [h("span", { class: `badge-${band ?? "sure"}` }, icon(look), ...said)];
}

const bandOf = (confidence) => (confidence >= SURE ? "sure" : confidence >= FAIR ? "fair" : "check");
