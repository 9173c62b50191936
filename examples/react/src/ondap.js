// Asking Ondap from JavaScript, without any framework: streams, retries, stops. See docs/api.md for the events.

const ATTEMPTS = 5;
const AGAIN = new Set([409, 429, 500, 502, 503, 504]); // 409: the same question is still being answered
const LONGEST_WAIT_SECONDS = 20;

/** What went wrong, with the stable `code` of the service and a sentence that may be shown. */
export class OndapError extends Error {
  constructor(message, { code = "unavailable", retryable = true, waitSeconds = null } = {}) {
    super(message);
    this.name = "OndapError";
    Object.assign(this, { code, retryable, waitSeconds });
  }
}

/**
 * The events of one answer, as `{ name, data }`: `meta`, then `delta` or `block`, then `done`.
 *
 * What is lost on the way is asked for again with the same Idempotency-Key: the service answers once, however often it
 * is asked. `{ name: "again" }` says that what was shown is to be taken back. Throws `OndapError` in the end; an `error`
 * of the service itself at once, because it has tried already what can be tried: asking again is up to the visitor.
 */
export async function* ask(
  { message, conversationId = null, picked = null, key = crypto.randomUUID() },
  { url = "", signal, fetcher = fetch, sleep = wait, random = Math.random } = {},
) {
  const body = JSON.stringify({
    message,
    ...(conversationId && { conversation_id: conversationId }),
    ...(picked && { picked }),
  });
  for (let attempt = 1; ; attempt += 1) {
    let shown = false;
    try {
      for await (const event of once(`${url}/api/chat`, body, key, signal, fetcher)) {
        if (event.name === "error") throw new OndapError(event.data.message, { code: event.data.code, retryable: false });
        shown = true;
        yield event;
        if (event.name === "done") return;
      }
      throw new OndapError("The answer broke off."); // neither `done` nor `error`: it was cut on the way
    } catch (error) {
      if (signal?.aborted) throw error;
      const ours = error instanceof OndapError ? error : new OndapError("Ondap cannot be reached.");
      if (!ours.retryable || attempt === ATTEMPTS || ours.waitSeconds > LONGEST_WAIT_SECONDS) throw ours;
      if (shown) yield { name: "again" };
      await sleep(pause(attempt, ours.waitSeconds, random), signal);
    }
  }
}

/** How long to wait before the next attempt, in seconds: as told, else twice as long each time, spread by chance. */
export function pause(attempt, told, random) {
  const atMost = Math.min(0.5 * 2 ** attempt, 8);
  return (told ?? 0) + atMost * (told == null ? random() : 0.1 * random());
}

async function* once(url, body, key, signal, fetcher) {
  const headers = { "Content-Type": "application/json", Accept: "text/event-stream", "Idempotency-Key": key };
  const reply = await fetcher(url, { method: "POST", headers, body, signal });
  if (!reply.ok) {
    const problem = await reply.json().catch(() => ({}));
    const told = Number.parseFloat(reply.headers.get("Retry-After"));
    throw new OndapError(problem.detail ?? `The service answered ${reply.status}.`, {
      code: problem.code,
      retryable: AGAIN.has(reply.status),
      waitSeconds: Number.isFinite(told) ? told : null,
    });
  }
  yield* readEvents(reply.body);
}

/** Server-sent events as they arrive; a chunk may end inside an event, or inside a character. */
export async function* readEvents(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (pending + value).split(/\r?\n\r?\n/);
      pending = blocks.pop();
      for (const block of blocks) {
        const event = parse(block);
        if (event) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => {}); // whoever stops listening closes the connection
  }
}

function parse(block) {
  const fields = Object.fromEntries(
    block.split(/\r?\n/).map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trimStart()]),
  );
  return fields.data ? { name: fields.event, data: JSON.parse(fields.data) } : null;
}

function wait(seconds, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
  });
}
