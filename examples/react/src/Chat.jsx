import { useState } from "react";
import { Nodes } from "./Nodes.jsx";
import { useOndap } from "./useOndap.js";

export function Chat() {
  const { messages, busy, send, stop, retry, clear } = useOndap();
  const [text, setText] = useState("");

  const submit = (event) => {
    event.preventDefault();
    send(text);
    setText("");
  };

  return (
    <>
      <header>
        <h1>온답 Ondap</h1>
        <button onClick={clear}>처음부터 · Start over</button>
      </header>
      <ol className="chat" aria-live="polite" aria-busy={busy}>
        {messages.map((one) => (
          <Message key={one.id} one={one} send={send} retry={retry} busy={busy} />
        ))}
      </ol>
      <form onSubmit={submit}>
        <input
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder="배송비는 얼마인가요?"
          aria-label="질문 · Question"
          maxLength={2000}
        />
        {busy ? (
          <button type="button" onClick={stop}>멈춤 · Stop</button>
        ) : (
          <button disabled={!text.trim()}>보내기 · Send</button>
        )}
      </form>
    </>
  );
}

function Message({ one, send, retry, busy }) {
  const { meta } = one;
  const pick = (near) => send(near.question, { exchange_id: meta.exchange_id, entry_id: near.entry_id });
  return (
    <li className={one.role}>
      {one.end ? <Nodes nodes={one.end.nodes} /> : <p>{one.text || (one.state === "streaming" ? "…" : "")}</p>}
      {meta?.source === "suggest" &&
        meta.suggestions.map((near) => (
          <button key={near.entry_id} disabled={busy} onClick={() => pick(near)}>
            {near.question}
          </button>
        ))}
      {meta && one.state === "whole" && <small>{sourceOf(meta)}</small>}
      {one.state === "cut" && <small>답이 길어 여기서 끝납니다 · Cut at the length limit</small>}
      {["stopped", "failed"].includes(one.state) && (
        <small role="alert">
          {one.error ?? "멈췄어요 · Stopped"}{" "}
          <button disabled={busy} onClick={() => retry(one.id)}>다시 · Again</button>
        </small>
      )}
    </li>
  );
}

function sourceOf(meta) {
  if (meta.source === "faq") return `FAQ · ${meta.entry_question} · ${Math.round(meta.confidence * 100)}%`;
  return { model: "AI", agent: "상담원 · Agent", suggest: "" }[meta.source];
}
