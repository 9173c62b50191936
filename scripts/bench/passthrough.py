"""What most people write: FastAPI, `AsyncOpenAI`, `StreamingResponse`. It stores nothing and searches nothing.

.venv/bin/python -m scripts.bench.passthrough http://127.0.0.1:9100/v1
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import AsyncIterator  # noqa: TC003 - FastAPI reads annotations at run time

import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from openai import AsyncOpenAI
from pydantic import BaseModel


class Asked(BaseModel):
    message: str


def passthrough(base_url: str) -> FastAPI:
    app = FastAPI()
    client = AsyncOpenAI(base_url=base_url, api_key="bench", max_retries=0)

    async def pieces(message: str) -> AsyncIterator[str]:
        stream = await client.chat.completions.create(
            model="fake-1", messages=[{"role": "user", "content": message}], stream=True
        )
        async for chunk in stream:
            if chunk.choices and (text := chunk.choices[0].delta.content):
                yield f"event: delta\ndata: {json.dumps({'text': text}, ensure_ascii=False)}\n\n"
        yield "event: done\ndata: {}\n\n"

    @app.post("/api/chat")
    async def chat(asked: Asked) -> StreamingResponse:
        return StreamingResponse(pieces(asked.message), media_type="text/event-stream")

    return app


def main() -> None:
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(passthrough(sys.argv[1]), log_level="warning", access_log=False)).run([listening])


if __name__ == "__main__":
    main()
