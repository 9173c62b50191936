"""A Streamlit chat in front of Ondap, through its OpenAI-compatible routes.

    scripts/serve                                    # in one terminal
    pip install streamlit openai                     # in another, in an environment of its own
    streamlit run examples/streamlit_app.py          # then open http://127.0.0.1:8501

ONDAP_URL is where Ondap answers (http://127.0.0.1:8000), ONDAP_KEY one of its ONDAP_API_KEYS where it has any.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import openai


def connect() -> openai.OpenAI:
    url = os.environ.get("ONDAP_URL", "http://127.0.0.1:8000")
    return openai.OpenAI(base_url=f"{url}/v1", api_key=os.environ.get("ONDAP_KEY", "none-needed"))


def ask(client: openai.OpenAI, question: str, conversation: str | None, about: dict[str, Any]) -> Iterator[str]:
    """The pieces of the answer; `about` learns where they come from, how sure Ondap is, and the conversation."""
    stream = client.chat.completions.create(
        model="ondap",
        messages=[{"role": "user", "content": question}],  # Ondap remembers what came before by `conversation_id`
        metadata={"conversation_id": conversation} if conversation else None,
        stream=True,
    )
    ended = False
    with stream:  # leaving early closes the connection, and that stops the answer
        for chunk in stream:
            about |= (chunk.model_extra or {}).get("ondap") or {}
            for choice in chunk.choices:
                yield choice.delta.content or ""
                ended = ended or choice.finish_reason is not None
    if not ended:  # a proxy may close a connection as if all had been said
        raise openai.APIConnectionError(message="끊겼어요 · The answer broke off.", request=stream.response.request)


def source_of(about: dict[str, Any]) -> str:
    """Where the answer comes from and how sure Ondap is, as one line to show under it."""
    names = {"faq": "FAQ", "model": "AI", "suggest": "?", "agent": "👤"}
    parts = [names.get(about.get("source", ""), ""), about.get("entry_question") or ""]
    if about.get("source") == "faq" and about.get("confidence") is not None:
        parts.append(f"{about['confidence']:.0%}")
    if about.get("complete") is False:
        parts.append("…")
    return " · ".join(part for part in parts if part)


def main() -> None:
    import streamlit as st  # here, so that `ask` can be used without it

    st.set_page_config(page_title="온답 Ondap")
    st.title("온답 Ondap")
    kept = st.session_state
    kept.setdefault("said", [])
    kept.setdefault("conversation", None)
    for role, text, caption in kept.said:
        with st.chat_message(role):
            st.markdown(text)
            if caption:
                st.caption(caption)
    question = st.chat_input("배송비는 얼마인가요?")
    if not question:
        return
    kept.said.append(("user", question, ""))
    st.chat_message("user").markdown(question)
    about: dict[str, Any] = {}
    pieces: list[str] = []

    def shown() -> Iterator[str]:
        for piece in ask(st.cache_resource(connect)(), question, kept.conversation, about):
            pieces.append(piece)
            yield piece

    with st.chat_message("assistant"):
        try:
            st.write_stream(shown())
            caption = source_of(about)
        except openai.APIError as error:  # what was shown is not the whole answer: say so
            caption = f"⚠️ {error.message}"
        st.caption(caption)
    kept.conversation = about.get("conversation_id", kept.conversation)
    kept.said.append(("assistant", "".join(pieces), caption))


if __name__ == "__main__":
    main()
