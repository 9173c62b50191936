import { Announcer } from "./announce.js";
import { Chat } from "./chat.js";
import { Client } from "./client.js";
import { Composer } from "./composer.js";
import { h, icon } from "./elements.js";
import { Session } from "./session.js";
import { sheet } from "./style.js";
import { Transcript } from "./transcript.js";
import { fitAboveKeyboard } from "./viewport.js";
import { Words } from "./words.js";

/** The open widget, drawn into the loader's `root`. `widget` is the custom element, `settings` what its tag said. */
export async function createPanel({ widget, root, settings }) {
  const words = new Words(settings.base);
  await words.use(settings.locale);
  root.getRootNode().adoptedStyleSheets.push(sheet);
  return new Panel(widget, root, settings, words);
}

class Panel {
  #widget;
  #root;
  #words;
  #session;
  #announce = new Announcer();
  #transcript;
  #composer;
  #stop;
  #chat;
  #parts;
  #element;
  #opener = null;
  #unread = 0;
  #releaseViewport;
  #network = () => this.#showNetwork(true);

  constructor(widget, root, settings, words) {
    this.#widget = widget;
    this.#root = root;
    this.#words = words;
    this.#session = new Session(settings.base);
    this.#chat = new Chat({
      client: new Client(settings, this.#session),
      session: this.#session,
      words,
      announce: this.#announce,
      tell: (name, detail) => this.#tell(name, detail),
      changed: () => this.#refresh(),
    });
    const actions = {
      pick: (...chosen) => this.#chat.ask(...chosen),
      decline: (exchangeId) => this.#afterwards(() => this.#chat.feedback(exchangeId, false)),
      retry: (message) => this.#afterwards(() => this.#chat.retry(message)),
      escalate: () => this.#afterwards(() => this.#chat.escalate()),
      feedback: (...given) => this.#chat.feedback(...given),
    };
    this.#transcript = this.#chat.transcript = new Transcript({ words, actions, announce: this.#announce });
    this.#stop = words.name(h("button", { type: "button", class: "stop", hidden: true, onclick: () => this.#stopAnswer() }, icon("stop")), "stop");
    this.#composer = new Composer({
      words,
      stop: this.#stop,
      announce: this.#announce,
      send: (text) => this.#chat.ask(text),
      scroll: (pages) => this.#transcript.scroll(pages),
    });
    this.#draw(settings);
    this.#releaseViewport = fitAboveKeyboard(this.#element);
    addEventListener("online", this.#network);
    addEventListener("offline", this.#network);
    this.#showNetwork(false);
    this.#chat.restore();
  }

  open({ opener, byHand }) {
    this.#opener = opener;
    this.#element.hidden = false;
    this.#session.open = true;
    this.#unread = 0;
    this.#transcript.toEnd();
    if (byHand) this.#rest();
  }

  close({ otherwise }) {
    const hadFocus = this.#element.contains(this.#root.getRootNode().activeElement);
    this.#element.hidden = true;
    this.#session.open = false;
    if (hadFocus) (this.#opener?.isConnected && this.#opener !== document.body ? this.#opener : otherwise).focus();
  }

  ask(text) {
    this.#composer.submit(text);
  }

  prefill(text) {
    this.#composer.fill(text);
  }

  async setLocale(locale) {
    await this.#words.use(locale);
    this.#words.refresh(this.#root);
  }

  destroy() {
    this.#chat.destroy();
    this.#transcript.destroy();
    this.#releaseViewport();
    removeEventListener("online", this.#network);
    removeEventListener("offline", this.#network);
  }

  #draw({ title }) {
    const words = this.#words;
    const name = h("h2", { id: "title", dir: "auto" }, title || null);
    if (!title) words.text(name, "title");
    const called = words.text(h("span"), "agent");
    const agent = h("button", { type: "button", class: "agent", onclick: () => this.#chat.escalate() }, icon("agent"), called);
    const close = words.name(h("button", { type: "button", class: "close", onclick: () => this.#widget.close() }, icon("close")), "close");
    const mark = h("span", { class: "mark", "aria-hidden": "true" }, icon("spark"));
    const who = h("div", { class: "who" }, name, words.text(h("p"), "subtitle"));
    const offline = h("div", { class: "offline", hidden: true }, icon("offline"), words.text(h("span"), "offline"));
    this.#parts = { agent, called, offline };
    this.#element = h(
      "div",
      { class: "panel", role: "dialog", "aria-labelledby": "title", tabindex: -1, hidden: true },
      h("header", {}, mark, who, agent, close),
      offline,
      this.#transcript.element,
      h("footer", {}, this.#composer.element, words.text(h("p", { class: "fine" }), "disclosure")),
      this.#announce.element,
    );
    this.#element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing) this.#widget.close();
    });
    // To the page these keys would seem pressed outside any field, and be taken for its shortcuts.
    for (const type of ["keydown", "keypress", "keyup"]) this.#element.addEventListener(type, (event) => event.stopPropagation());
    this.#root.prepend(this.#element);
  }

  #refresh() {
    const { agent, called } = this.#parts;
    if (!this.#chat.busy && this.#root.getRootNode().activeElement === this.#stop) this.#rest();
    this.#stop.hidden = !this.#chat.busy;
    this.#element.classList.toggle("escalated", this.#chat.escalated);
    agent.setAttribute("aria-disabled", String(this.#chat.escalated));
    this.#words.text(called, this.#chat.escalated ? "agent_called" : "agent");
  }

  #stopAnswer() {
    this.#afterwards(() => this.#chat.stop());
  }

  /** Do what a button asked for; the button goes away by it, so the focus goes where the visitor goes on. */
  #afterwards(act) {
    act();
    this.#rest();
  }

  /** Where the focus belongs in an open panel: the message, unless that would raise a keyboard over the answer. */
  #rest() {
    if (matchMedia("(pointer: coarse)").matches) this.#element.focus({ preventScroll: true });
    else this.#composer.focus();
  }

  #showNetwork(announced) {
    const { onLine } = navigator;
    this.#parts.offline.hidden = onLine;
    if (announced) this.#announce.say(this.#words.get(onLine ? "online" : "offline"));
  }

  #tell(name, detail) {
    this.#widget.tell(name, detail);
    if (name === "answer" && !this.#widget.isOpen) this.#widget.showUnread(++this.#unread);
  }
}
