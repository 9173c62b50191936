import { ConnectionLost, readEvents } from "./stream.js";

const SILENCE_MS = 45_000; // three of the server's pings; a phone that changed networks gets no other sign

/** The server refused. `message` is for the visitor and in their language; `retryAfterSeconds` is 0 where it named none. */
export class Problem extends Error {
  constructor(status, { code = "", detail = "" }, retryAfterSeconds) {
    super(detail);
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Ondap's HTTP contract, one method a route. Throws `Problem` when refused and `ConnectionLost` when unreachable. */
export class Client {
  #settings;
  #session;

  constructor(settings, session) {
    this.#settings = settings;
    this.#session = session;
  }

  /** Send a message; the same one again, key and body, asks for the same exchange and not for a second one. */
  async *ask({ text, key, locale, handle, picked }, signal) {
    const headers = { Accept: "text/event-stream", "Content-Type": "application/json", "Idempotency-Key": key };
    Object.assign(headers, await this.#identity());
    const body = JSON.stringify({ message: text, conversation_id: handle ?? undefined, locale, picked });
    yield* this.#events("api/chat", { method: "POST", headers, body }, signal);
  }

  /** Everything that comes after the event `lastEventId`. */
  resume(lastEventId, signal) {
    const headers = { Accept: "text/event-stream", "Last-Event-ID": lastEventId, ...this.#proof() };
    return this.#events(`${this.#conversation()}/events`, { headers }, signal);
  }

  /** Also says who asks: what the last customer at this computer was told is not for the next one. */
  async history() {
    const headers = { ...this.#proof(), ...(await this.#identity()) };
    return (await this.#fetch(this.#conversation(), { headers })).json();
  }

  async escalate() {
    return (await this.#post(`${this.#conversation()}/escalate`, {}, await this.#identity())).json();
  }

  feedback(exchangeId, helpful, comment) {
    return this.#post(`api/exchanges/${encodeURIComponent(exchangeId)}/feedback`, { helpful, comment });
  }

  stop(exchangeId) {
    return this.#post(`api/exchanges/${encodeURIComponent(exchangeId)}/stop`, {});
  }

  async *#events(path, init, signal) {
    const connection = new AbortController();
    const hangUp = () => connection.abort();
    let silence = setTimeout(hangUp, SILENCE_MS);
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(hangUp, SILENCE_MS);
    };
    signal.addEventListener("abort", hangUp);
    try {
      const response = await this.#fetch(path, { ...init, signal: connection.signal });
      if (response.status === 204) throw new Problem(204, {}, 0); // there is nothing left to resume
      yield* readEvents(response.body, heard);
    } finally {
      clearTimeout(silence);
      signal.removeEventListener("abort", hangUp);
      connection.abort();
    }
  }

  /** Who the visitor is, as far as the page can prove it now. */
  async #identity() {
    const { token } = this.#settings;
    if (!token) return {};
    try {
      return { "X-Ondap-Visitor-Token": token.call ? await token() : token };
    } catch {
      return { "X-Ondap-Visitor-Token": "" };
    }
  }

  #post(path, data, more = {}) {
    const headers = { "Content-Type": "application/json", ...this.#proof(), ...more };
    return this.#fetch(path, { method: "POST", headers, body: JSON.stringify(data), keepalive: true });
  }

  async #fetch(path, init) {
    const headers = { ...init.headers, "X-Request-ID": crypto.getRandomValues(new Uint32Array(4)).join("-") };
    let response;
    try {
      response = await fetch(new URL(path, this.#settings.base), { ...init, headers, credentials: "omit", cache: "no-store" });
    } catch (cause) {
      throw new ConnectionLost("the server could not be reached", { cause });
    }
    if (response.ok) return response;
    throw new Problem(response.status, await problemOf(response), Number(response.headers.get("Retry-After")) || 0);
  }

  #conversation() {
    return `api/conversations/${encodeURIComponent(this.#session.handle.split(".")[0])}`;
  }

  #proof() {
    return { Authorization: `Bearer ${this.#session.handle}` };
  }
}

async function problemOf(response) {
  const ours = (response.headers.get("Content-Type") ?? "").startsWith("application/problem+json");
  return ours ? response.json() : {}; // a proxy's own error page has nothing for the visitor
}
