import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parentPort, workerData } from "node:worker_threads";

/** A chat completions server that answers every request with the same text, after a while. */
const body = JSON.stringify({
  id: "c",
  object: "chat.completion",
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: workerData.text }, finish_reason: "stop" }],
  usage: { prompt_tokens: 200, completion_tokens: 180, total_tokens: 380 },
});
const server = createServer((incoming, outgoing) => {
  incoming.resume();
  setTimeout(
    () => outgoing.writeHead(200, { "content-type": "application/json" }).end(body),
    workerData.answerMs,
  );
});
server.listen(0, "127.0.0.1", () => parentPort!.postMessage((server.address() as AddressInfo).port));
