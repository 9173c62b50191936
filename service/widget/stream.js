/** The connection broke or went silent. Whether an answer is lost is for the caller to find out. */
export class ConnectionLost extends Error {}

/**
 * Server-sent events of a response body as `{id, type, data}`, `data` parsed from JSON.
 * `heard` is called for every chunk, comments (`: ping`) included. Throws `ConnectionLost`.
 */
export async function* readEvents(body, heard = () => {}) {
  const reader = body.getReader(); // piped through a TextDecoderStream, a reset would throw away what had arrived
  const decoder = new TextDecoder();
  let pending = "";
  for (;;) {
    const { value, done } = await read(reader);
    if (done) return;
    heard();
    pending += decoder.decode(value, { stream: true }); // a chunk may end inside a character
    const blocks = pending.split(/\r\n\r\n|\n\n|\r\r/);
    pending = blocks.pop(); // and inside an event
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event) yield event;
    }
  }
}

async function read(reader) {
  try {
    return await reader.read();
  } catch (cause) {
    throw new ConnectionLost("the stream broke off", { cause });
  }
}

function parseBlock(block) {
  const event = { id: "", type: "message" };
  const lines = [];
  for (const line of block.split(/\r\n|\n|\r/)) {
    const [, field, value] = /^([^:]*)(?:: ?(.*))?$/.exec(line);
    if (field === "data") lines.push(value ?? "");
    else if (field === "id") event.id = value;
    else if (field === "event") event.type = value;
  }
  return lines.length ? { ...event, data: JSON.parse(lines.join("\n")) } : null;
}
