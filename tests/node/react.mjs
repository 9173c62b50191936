// The core of the React example against a real service: node react.mjs <url> <question>; one JSON line of what it saw.
import { ask, pause } from "../../examples/react/src/ondap.js";

const [url, question] = process.argv.slice(2);
const waits = [];
const sleep = async (seconds) => void waits.push(seconds);

async function seen(asked, options) {
  const names = [];
  let text = "";
  try {
    for await (const { name, data } of ask(asked, { url, sleep, ...options })) {
      names.push(name);
      if (name === "again") text = "";
      if (name === "delta") text += data.text;
      if (name === "done") return { names, text: data.answer, streamed: text };
    }
  } catch (error) {
    return { names, text, error: { name: error.name, code: error.code } };
  }
  return { names, text };
}

/** The real fetch, but each of the first replies goes wrong in the given way. */
function failing(...ways) {
  const keys = [];
  const fetcher = async (to, request) => {
    keys.push(request.headers["Idempotency-Key"]);
    const way = ways.shift();
    if (way === "unreachable") throw new TypeError("fetch failed");
    if (way === "busy") return new Response("{}", { status: 503, headers: { "Retry-After": "2" } });
    const reply = await fetch(to, request);
    if (way !== "cut") return reply;
    const body = (await reply.text()).split("\n\n");
    return new Response(body.slice(0, 2).join("\n\n") + "\n\n"); // ends without `done`
  };
  return { fetcher, keys };
}

const abort = new AbortController();
const stopping = async (to, request) => {
  const reply = await fetch(to, request);
  abort.abort();
  return reply;
};

const unlucky = failing("unreachable", "busy", "cut");
console.log(
  JSON.stringify({
    plain: await seen({ message: question }),
    unlucky: await seen({ message: question }, unlucky),
    keys: new Set(unlucky.keys).size,
    tries: unlucky.keys.length,
    waits,
    refused: await seen({ message: "?!" }),
    away: await seen({ message: question }, failing(...Array(9).fill("unreachable"))),
    stopped: await seen({ message: question }, { fetcher: stopping, signal: abort.signal }),
    pauses: [1, 2, 3, 9].map((attempt) => pause(attempt, null, () => 1)),
    told: pause(1, 7, () => 0),
  }),
);
