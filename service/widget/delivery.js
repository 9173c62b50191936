import { Problem } from "./client.js";
import { ConnectionLost } from "./stream.js";

const PAUSES_MS = [50, 800, 2_000, 5_000]; // the first is short: a server lets go of an answer nobody reads

const IN_PROGRESS = "request_in_progress"; // the attempt whose answer we lost is still at work

/**
 * One message to its end: the server's events, then exactly one ending.
 *
 * Endings are the server's own `done` or `error`, or one of ours: `refused` (with `problem`), `unsent` (never heard
 * from the server) and `interrupted` (cut, and could not be resumed). A stream that is cut goes on after its last event;
 * before the first one the message is sent again, which its key makes safe. Nothing is yielded once `signal` is aborted.
 */
export async function* deliver(client, message, signal) {
  let last = message.lastEventId ?? null;
  let failures = 0;
  for (;;) {
    try {
      const events = last ? client.resume(last, signal) : client.ask(message, signal);
      for await (const event of events) {
        if (signal.aborted) return;
        if (last && numberOf(event.id) <= numberOf(last)) continue; // heard before the cut
        last = event.id;
        failures = 0;
        yield event;
        if (event.type === "done" || event.type === "error") return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem && error.code !== IN_PROGRESS) {
        yield last ? { type: "interrupted" } : { type: "refused", problem: error };
        return;
      }
      if (!(error instanceof Problem || error instanceof ConnectionLost)) throw error;
    }
    if (signal.aborted) return;
    const mayWait = Boolean(last) || navigator.onLine; // what has not left yet waits in the outbox, and is shown to
    if (!mayWait || failures === PAUSES_MS.length) {
      yield { type: last ? "interrupted" : "unsent" };
      return;
    }
    await pause(PAUSES_MS[failures++], signal);
    await online(signal);
  }
}

const numberOf = (eventId) => Number(eventId.slice(eventId.lastIndexOf(":") + 1));

/** Resolves after `milliseconds`, or at once when `signal` is aborted. */
export function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", resolve, { once: true });
  });
}

/** Resolves as soon as there is a network, or `signal` is aborted. */
export function online(signal) {
  if (navigator.onLine) return Promise.resolve();
  return new Promise((resolve) => {
    addEventListener("online", resolve, { once: true, signal });
    signal.addEventListener("abort", resolve, { once: true });
  });
}
