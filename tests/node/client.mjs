// The real Node SDK as a client: node client.mjs <base url> <what to do>; what it saw goes to stdout as one JSON line.
import OpenAI from "openai";

const [baseURL, wanted] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: "a-key-that-nobody-checks", maxRetries: 0 });
const asked = (question, more) => ({ model: "ondap", messages: [{ role: "user", content: question }], ...more });

async function streamed(question) {
  const seen = { text: "", reasons: [], usage: null, ondap: [] };
  try {
    const stream = await client.chat.completions.create(
      asked(question, { stream: true, stream_options: { include_usage: true } }),
    );
    for await (const chunk of stream) {
      seen.text += chunk.choices[0]?.delta?.content ?? "";
      if (chunk.choices[0]?.finish_reason) seen.reasons.push(chunk.choices[0].finish_reason);
      if (chunk.usage) seen.usage = chunk.usage;
      if (chunk.ondap) seen.ondap.push(chunk.ondap);
    }
  } catch (error) {
    seen.error = { name: error.constructor.name, code: error.code, status: error.status ?? null };
  }
  return seen;
}

async function raised(request) {
  try {
    return { answer: await request };
  } catch (error) {
    return { error: { name: error.constructor.name, code: error.code, status: error.status, param: error.param } };
  }
}

const TASKS = {
  chat: (question) => client.chat.completions.create(asked(question)),
  stream: streamed,
  models: async () => (await client.models.list()).data.map((model) => model.id),
  model: () => client.models.retrieve("ondap/customer_support"),
  unknown: () => raised(client.chat.completions.create({ ...asked("안녕하세요?"), model: "gpt-5" })),
  helper: async (question) => {
    const stream = client.chat.completions.stream(asked(question));
    return { text: (await stream.finalMessage()).content };
  },
  abort: async (question) => {
    const stream = await client.chat.completions.create(asked(question, { stream: true }));
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta?.content) stream.controller.abort();
    }
    return "aborted";
  },
};

console.log(JSON.stringify(await TASKS[wanted](process.argv[4])));
if (wanted === "abort") process.stdin.resume(); // it lives on until its input ends: what closes is the connection
