import { Problem } from "./client.js";
import { deliver } from "./delivery.js";
import { plainText } from "./nodes.js";
import { ConnectionLost } from "./stream.js";

/** Refusals that have words of their own; the server's details are for developers. */
const REFUSED = { too_many_questions: "too_many", busy: "busy", unavailable: "busy", empty_question: "empty" };

/** The conversation: one message at a time from the outbox to its answer, and what a visitor can do beside it. */
export class Chat {
  #client;
  #session;
  #words;
  #announce;
  #tell;
  #changed;
  #exchanges = new Map(); // message key -> Exchange
  #running = null; // {message, controller, stopped}
  #escalated = false;
  #timer = 0;
  #pump = () => this.#send();

  /** `tell(name, detail)` speaks to the page, `changed()` to the panel. `transcript` is given before anything is asked. */
  constructor({ client, session, words, announce, tell, changed }) {
    this.#client = client;
    this.#session = session;
    this.#words = words;
    this.#announce = announce;
    this.#tell = tell;
    this.#changed = changed;
    addEventListener("online", this.#pump);
  }

  transcript;

  get busy() {
    return this.#running !== null;
  }

  get escalated() {
    return this.#escalated;
  }

  /** `picked` names the suggestion whose words `text` are, if they are. */
  ask(text, picked) {
    const message = { text, key: uuid(), locale: this.#words.locale, picked };
    this.#exchanges.set(message.key, this.transcript.add(message));
    this.#session.outbox = [...this.#session.outbox, message];
    this.#tell("message", { text });
    this.#send();
  }

  retry(message) {
    Object.assign(message, { failed: false, lastEventId: null });
    this.#session.save();
    this.#send();
  }

  async stop() {
    if (!this.#running) return;
    const { message, controller } = this.#running;
    this.#running.stopped = true;
    this.#exchanges.get(message.key).stopped();
    this.#announce.say(this.#words.get("stopped"));
    this.#drop(message);
    // Hanging up says "gone"; the route says "stopped". Before `meta` there is no exchange to name yet.
    if (message.exchangeId) await this.#attempt(() => this.#client.stop(message.exchangeId));
    controller.abort();
  }

  async escalate() {
    if (this.#escalated) return;
    if (!this.#session.handle) return this.ask(this.#words.get("agent_request"));
    const called = await this.#attempt(() => this.#client.escalate());
    if (called) this.#handedOver();
    this.transcript.note(called ? "agent_notice" : "agent_failed");
    this.#announce.say(this.#words.get(called ? "agent_notice" : "agent_failed"));
  }

  async feedback(exchangeId, helpful, comment) {
    const given = await this.#attempt(() => this.#client.feedback(exchangeId, helpful, comment));
    if (given) this.#tell("feedback", { exchange_id: exchangeId, helpful });
    return Boolean(given);
  }

  /** Bring back what this tab had: messages on their way first, since a server lets go of an answer nobody reads. */
  async restore() {
    const left = this.#session.outbox;
    for (const message of left) {
      const exchange = this.transcript.add(message);
      this.#exchanges.set(message.key, exchange);
      if (message.exchangeId) Object.assign(message, { lastEventId: `${message.exchangeId}:0`, failed: false });
      if (message.failed) exchange.fail("unsent", { retryable: true });
    }
    this.#send();
    if (this.#session.handle) await this.#restoreHistory(left);
  }

  destroy() {
    removeEventListener("online", this.#pump);
    clearTimeout(this.#timer);
    this.#running?.controller.abort();
  }

  async #restoreHistory(left) {
    const note = this.transcript.note("loading");
    try {
      const { exchanges, escalated } = await this.#client.history();
      const isLeft = ({ exchange_id: id, question, answer }) =>
        left.some((message) => (message.exchangeId ? message.exchangeId === id : answer === null && message.text === question));
      const earlier = exchanges.filter((stored) => !isLeft(stored));
      const messages = earlier.map((stored) => ({ text: stored.question, key: uuid(), exchangeId: stored.exchange_id }));
      this.transcript.restore(messages).forEach((exchange, at) => {
        this.#exchanges.set(messages[at].key, exchange);
        showStored(exchange, earlier[at]);
      });
      if (escalated) this.#handedOver();
      this.transcript.toEnd();
    } catch (error) {
      if (isGone(error)) this.#session.handle = null;
      else this.transcript.note("not_loaded");
      this.#report(error);
    } finally {
      note.remove();
    }
  }

  async #send() {
    if (this.#running) return;
    const message = this.#session.outbox.find(({ failed }) => !failed);
    if (!message) return;
    const waitMs = (message.notBefore ?? 0) - Date.now();
    if (!navigator.onLine || waitMs > 0) {
      this.#session.outbox.filter(({ failed }) => !failed).forEach(({ key }) => this.#exchanges.get(key).wait());
      clearTimeout(this.#timer);
      if (waitMs > 0) this.#timer = setTimeout(this.#pump, waitMs);
      return;
    }
    await this.#run(message);
    this.#send();
  }

  async #run(message) {
    const exchange = this.#exchanges.get(message.key);
    const controller = new AbortController();
    this.#running = { message, controller, stopped: false };
    if (message.handle === undefined) message.handle = this.#session.handle; // null opens a conversation, also when repeated
    this.#session.save();
    exchange.begin();
    this.#announce.say(this.#words.get("preparing"));
    this.#changed();
    try {
      for await (const event of deliver(this.#client, message, controller.signal)) {
        if (!this.#running.stopped) await this.#take(event, message, exchange);
      }
    } finally {
      this.#running = null;
      this.#announce.flush();
      this.#changed();
    }
  }

  async #take({ type, data, problem }, message, exchange) {
    switch (type) {
      case "meta":
        this.#session.handle = data.conversation_id;
        message.exchangeId = data.exchange_id;
        message.meta = data;
        this.#session.save();
        return exchange.meta(data);
      case "delta":
        this.#announce.feed(data.text);
        return exchange.write(data.text);
      case "block":
        this.#announce.feed(plainText(data.nodes));
        return exchange.block(data.nodes);
      case "done":
        return this.#done(data, message, exchange);
      case "error":
        return this.#failed(message, exchange, { code: data.code, detail: data.message, retryable: data.retryable });
      case "refused":
        return this.#refused(problem, message, exchange);
      case "unsent":
        if (!navigator.onLine) return exchange.wait();
        return this.#failed(message, exchange, { key: "unsent", code: "unsent", retryable: true });
      case "interrupted":
        return this.#interrupted(message, exchange);
    }
  }

  #done(data, message, exchange) {
    const { exchange_id, source, entry_id, confidence, suggestions = [] } = message.meta ?? {};
    exchange.done(data);
    this.#drop(message);
    this.#announce.flush();
    if (source === "suggest") this.#announce.say([this.#words.get("did_you_mean"), ...suggestions.map(({ question }) => question)].join(" "));
    if (!data.complete) this.#announce.say(this.#words.get("unfinished"));
    if (data.escalated) this.#handedOver();
    this.#tell("answer", { exchange_id, source, entry_id, confidence, complete: data.complete });
  }

  async #refused(problem, message, exchange) {
    if (this.#session.handle && isGone(problem)) {
      this.#session.handle = message.handle = null; // the conversation has expired: the next attempt opens a new one
      return exchange.begin();
    }
    if (message.picked && problem.status === 422) {
      delete message.picked; // the server does not remember suggesting it, but its words are still a question
      return exchange.begin();
    }
    if (problem.retryAfterSeconds) message.notBefore = Date.now() + problem.retryAfterSeconds * 1000;
    const retryable = problem.status >= 500 || [408, 409, 425, 429].includes(problem.status);
    this.#failed(message, exchange, { key: REFUSED[problem.code], code: problem.code, retryable });
  }

  /** The stream is lost, but the server may have finished and kept the answer. */
  async #interrupted(message, exchange) {
    const kept = message.exchangeId && (await this.#attempt(() => this.#client.history()));
    const stored = kept?.exchanges.find(({ exchange_id: id, complete }) => id === message.exchangeId && complete);
    if (!stored) return this.#failed(message, exchange, { key: "interrupted", code: "interrupted", retryable: true });
    showStored(exchange, stored);
    this.#drop(message);
  }

  #failed(message, exchange, { key = "failed", code, detail, retryable }) {
    exchange.fail(key, { detail, retryable });
    this.#announce.say(detail || this.#words.get(key));
    this.#tell("error", { code });
    if (!retryable) return this.#drop(message);
    message.failed = true;
    this.#session.save();
  }

  #handedOver() {
    if (this.#escalated) return;
    this.#escalated = true;
    this.#tell("escalated", { conversation_id: this.#session.handle.split(".")[0] });
    this.#changed();
  }

  #drop(message) {
    this.#session.outbox = this.#session.outbox.filter(({ key }) => key !== message.key);
  }

  /** What `request` brings, or undefined when it was refused or did not arrive. */
  async #attempt(request) {
    try {
      return await request();
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }

  #report(error) {
    if (!(error instanceof Problem || error instanceof ConnectionLost)) throw error;
    this.#tell("error", { code: error.code || "unreachable" });
  }
}

const isGone = (error) => error instanceof Problem && error.status === 404;

function showStored(exchange, stored) {
  exchange.begin();
  exchange.meta(stored);
  if (stored.answer === null) exchange.fail("interrupted");
  else exchange.done(stored);
}

/** crypto.randomUUID is missing on plain http pages. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
