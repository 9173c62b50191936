import { h, icon } from "./elements.js";
import { sendOnEnter } from "./enter.js";

const LIMIT = 2_000; // characters the server takes
const COUNT_FROM = 1_800;

/** Where a message is written. Calls `send(text)` with what is not empty and not too long. */
export class Composer {
  #words;
  #send;
  #scroll;
  #announce;
  #field;
  #count;
  #tooLong;

  /** `stop` is shown beside the send button; whoever owns it decides when. */
  constructor({ words, send, scroll, announce, stop }) {
    this.#words = words;
    this.#send = send;
    this.#scroll = scroll;
    this.#announce = announce;
    // A textarea, never contenteditable: its value is always what the visitor sees.
    this.#field = h("textarea", {
      class: "field",
      rows: 1,
      dir: "auto",
      enterkeyhint: "send",
      autocomplete: "off",
      "aria-describedby": "limit",
      oninput: () => this.#resize(),
      onkeydown: (event) => this.#page(event),
    });
    words.name(words.placeholder(this.#field, "write"), "write");
    sendOnEnter(this.#field, () => this.#submit());
    this.#count = h("span", { class: "count" });
    this.#tooLong = words.text(h("span", { hidden: true }), "too_long");
    const button = words.name(h("button", { class: "send", type: "button", onclick: () => this.#click() }, icon("send")), "send");
    this.element = h(
      "div",
      { class: "composer" },
      h("div", { class: "line" }, this.#field, stop, button),
      h("div", { class: "limit", id: "limit" }, this.#tooLong, this.#count),
    );
  }

  focus() {
    this.#field.focus({ preventScroll: true });
  }

  fill(text) {
    this.#field.value = text;
    this.#resize();
  }

  /** Send `text` as if it had been written here; what the server would refuse stays to be edited. */
  submit(text) {
    if (lengthOf(text) > LIMIT) {
      this.fill(text);
      this.#announce.say(this.#words.get("too_long"));
    } else if (text.trim()) {
      this.#send(text.trim());
    }
  }

  #submit() {
    const text = this.#field.value;
    this.fill("");
    this.submit(text);
  }

  #click() {
    this.#submit();
    this.focus();
  }

  #resize() {
    this.#field.style.height = "auto";
    this.#field.style.height = `${this.#field.scrollHeight}px`;
    const length = lengthOf(this.#field.value);
    this.#count.textContent = length >= COUNT_FROM ? `${length} / ${LIMIT}` : "";
    this.#tooLong.hidden = length <= LIMIT;
    this.#field.setAttribute("aria-invalid", String(length > LIMIT));
  }

  #page(event) {
    const pages = { PageUp: -0.9, PageDown: 0.9 }[event.key];
    if (!pages || this.#field.value) return;
    event.preventDefault();
    this.#scroll(pages);
  }
}

const lengthOf = (text) => [...text].length; // in code points, as the server counts
