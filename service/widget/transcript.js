import { h, icon } from "./elements.js";
import { Exchange } from "./exchange.js";

const NEAR_END_PX = 40;

/** The conversation, and the rule for its scroll: it follows the newest words unless the reader has gone back. */
export class Transcript {
  #tools;
  #words;
  #list = h("ol", { class: "exchanges", role: "list" });
  #newer;
  #following = true;
  #lastTop = 0;
  #observer = new ResizeObserver(() => this.#following && this.toEnd());

  constructor({ words, actions, announce }) {
    this.#words = words;
    this.#tools = (message) => ({
      words,
      announce,
      actions: { ...actions, retry: () => actions.retry(message) },
      changed: () => this.#grew(),
    });
    const greeting = h("div", { class: "greeting" }, words.text(h("p"), "greeting"), words.text(h("p", { class: "fine" }), "greeting_ai"));
    this.scroller = h("div", { class: "transcript", role: "region", tabindex: 0, onscroll: () => this.#scrolled() }, greeting, this.#list);
    words.name(this.scroller, "transcript");
    this.#newer = h("button", { type: "button", class: "newer", hidden: true, onclick: () => this.#catchUp() }, icon("newer"), words.text(h("span"), "newer"));
    this.element = h("div", { class: "reading" }, this.scroller, this.#newer);
    this.#observer.observe(this.scroller);
    this.#observer.observe(this.#list);
  }

  /** A message just written, at the end and in view. */
  add(message) {
    const exchange = new Exchange(message.text, this.#tools(message));
    this.#list.append(exchange.element);
    this.toEnd();
    return exchange;
  }

  /** Exchanges of an earlier visit, before everything that is here. */
  restore(messages) {
    const exchanges = messages.map((message) => new Exchange(message.text, this.#tools(message)));
    this.#list.prepend(...exchanges.map(({ element }) => element));
    return exchanges;
  }

  /** A sentence of ours between the exchanges. */
  note(key) {
    const note = h("li", { class: "note" }, this.#words.text(h("span"), key));
    this.#list.append(note);
    this.#grew();
    return note;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#lastTop = this.scroller.scrollTop;
    this.#following = true;
    this.#newer.hidden = true;
  }

  /** `pages` is a share of the visible height, negative for up. */
  scroll(pages) {
    this.scroller.scrollBy({ top: pages * this.scroller.clientHeight });
  }

  destroy() {
    this.#observer.disconnect();
  }

  #catchUp() {
    this.toEnd();
    this.scroller.focus({ preventScroll: true }); // the button that had the focus is gone
  }

  #grew() {
    if (this.#following) this.toEnd();
    else this.#newer.hidden = false;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    // Growth between our own scroll and its event must not look like a reader going back.
    const nearEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    this.#following = nearEnd || (this.#following && scrollTop >= this.#lastTop);
    if (nearEnd) this.#newer.hidden = true;
    this.#lastTop = scrollTop;
  }
}
