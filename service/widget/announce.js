import { h } from "./elements.js";

const SPOKEN_MS = 1_000; // a screen reader has taken a line by then; left there, it would be read again on browsing

/**
 * The live region: whole sentences for a screen reader, apart from the transcript.
 *
 * A live transcript would be read from the start with every token, so the streaming answer itself is never live.
 */
export class Announcer {
  #pending = "";
  #sentences = new Intl.Segmenter(undefined, { granularity: "sentence" });

  constructor() {
    this.element = h("div", { class: "unseen", "aria-live": "polite" });
  }

  /** Say `text` now, after what is still pending. */
  say(text) {
    this.flush();
    this.#speak(text);
  }

  /** Take the next piece of a stream; its sentences are said as they become whole. */
  feed(text) {
    this.#pending += text;
    const found = [...this.#sentences.segment(this.#pending)].map(({ segment }) => segment);
    this.#pending = found.pop() ?? ""; // the last one may go on
    found.forEach((sentence) => this.#speak(sentence));
  }

  flush() {
    this.#speak(this.#pending);
    this.#pending = "";
  }

  #speak(text) {
    if (!text.trim()) return;
    const line = h("p", {}, text.trim());
    this.element.append(line);
    setTimeout(() => line.remove(), SPOKEN_MS);
  }
}
