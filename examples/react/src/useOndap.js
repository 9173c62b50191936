// const { messages, busy, send, stop, retry, clear } = useOndap();
import { useCallback, useEffect, useRef, useState } from "react";
import { ask } from "./ondap.js";

const KEPT = "ondap.example.chat";
const EMPTY = { conversationId: null, messages: [] };

/**
 * A conversation that streams, can be stopped, and is still there after a reload.
 *
 * A message is `{ id, role, text, state, meta?, end?, error?, question? }`; `state` is `streaming`, `whole`, `cut` (by the
 * model's length), `stopped` or `failed`. The conversation's handle is the visitor's key to it: keep it as you keep
 * what they wrote.
 */
export function useOndap(options) {
  const [chat, setChat] = useState(load);
  const running = useRef(null);
  const latest = useRef(chat);
  latest.current = chat;

  useEffect(() => save(chat), [chat]);
  useEffect(() => () => running.current?.abort(), []);

  const change = useCallback((id, with_) => {
    setChat((now) => ({
      ...now,
      messages: now.messages.map((one) => (one.id === id ? { ...one, ...(with_ instanceof Function ? with_(one) : with_) } : one)),
    }));
  }, []);

  const answer = useCallback(
    async (id, question) => {
      const abort = new AbortController();
      running.current = abort;
      try {
        const asked = { ...question, conversationId: latest.current.conversationId };
        for await (const { name, data } of ask(asked, { ...options, signal: abort.signal })) {
          if (name === "meta") {
            setChat((now) => ({ ...now, conversationId: data.conversation_id }));
            change(id, { meta: data });
          } else if (name === "delta") change(id, (one) => ({ text: one.text + data.text }));
          else if (name === "again") change(id, { text: "" });
          else if (name === "done") change(id, { text: data.answer, end: data, state: data.complete ? "whole" : "cut" });
        }
      } catch (error) {
        change(id, abort.signal.aborted ? { state: "stopped" } : { state: "failed", error: error.message });
      } finally {
        if (running.current === abort) running.current = null;
      }
    },
    [change, options],
  );

  const send = useCallback(
    (message, picked = null) => {
      if (running.current || !message.trim()) return;
      const question = { message, picked, key: crypto.randomUUID() }; // one key however often it is tried
      const id = crypto.randomUUID();
      setChat((now) => ({
        ...now,
        messages: [
          ...now.messages,
          { id: crypto.randomUUID(), role: "user", text: message, state: "whole" },
          { id, role: "assistant", text: "", state: "streaming", question },
        ],
      }));
      answer(id, question);
    },
    [answer],
  );

  const retry = useCallback(
    (id) => {
      const one = latest.current.messages.find((message) => message.id === id);
      if (running.current || !one?.question) return;
      change(id, { text: "", state: "streaming", error: undefined, end: undefined });
      answer(id, one.question);
    },
    [answer, change],
  );

  const stop = useCallback(() => running.current?.abort(), []); // a closed connection stops the answer
  const clear = useCallback(() => {
    stop();
    setChat(EMPTY);
  }, [stop]);

  const busy = chat.messages.some((one) => one.state === "streaming");
  return { messages: chat.messages, busy, send, stop, retry, clear };
}

function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT)) ?? EMPTY;
    // what was under way when the page was left can be asked for again
    const messages = kept.messages.map((one) => (one.state === "streaming" ? { ...one, state: "stopped" } : one));
    return { conversationId: kept.conversationId ?? null, messages };
  } catch {
    return EMPTY;
  }
}

function save(chat) {
  try {
    localStorage.setItem(KEPT, JSON.stringify(chat));
  } catch {
    // full, or not allowed: then it lasts as long as the page
  }
}
