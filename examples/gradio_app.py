"""A Gradio chat in front of Ondap, through its OpenAI-compatible routes.

    scripts/serve                                    # in one terminal
    pip install gradio openai                        # in another, in an environment of its own
    python examples/gradio_app.py                    # then open http://127.0.0.1:7860

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


def ask(client: openai.OpenAI, question: str, conversation: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """The answer so far with what is known about it, again and again until it is whole."""
    stream = client.chat.completions.create(
        model="ondap",
        messages=[{"role": "user", "content": question}],  # Ondap remembers what came before by `conversation_id`
        metadata={"conversation_id": conversation} if conversation else None,
        stream=True,
    )
    text, about, ended = "", {}, False
    with stream:  # leaving early closes the connection, and that stops the answer
        for chunk in stream:
            about |= (chunk.model_extra or {}).get("ondap") or {}
            for choice in chunk.choices:
                text += choice.delta.content or ""
                ended = ended or choice.finish_reason is not None
            yield text, about
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
    import gradio as gr  # here, so that `ask` can be used without it

    client = connect()

    def answer(question: str, _history: object, conversation: str | None) -> Iterator[tuple[str, str | None]]:
        text = ""
        try:
            for text, about in ask(client, question, conversation):
                conversation = about.get("conversation_id", conversation)
                yield text, conversation
            yield f"{text}\n\n*{source_of(about)}*", conversation
        except openai.APIError as error:  # what was shown is not the whole answer: say so
            yield f"{text}\n\n⚠️ {error.message}".strip(), conversation

    kept = gr.State(None)
    gr.ChatInterface(
        answer,
        title="온답 Ondap",
        examples=[["배송비는 얼마인가요?"], ["Do you ship internationally?"], ["상담원 연결해 주세요"]],
        additional_inputs=[kept],
        additional_outputs=[kept],
        additional_inputs_accordion=gr.Accordion(visible=False),
        cache_examples=False,
    ).launch()


if __name__ == "__main__":
    main()
