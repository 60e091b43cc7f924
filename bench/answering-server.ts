import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A chat completions server that answers every request after a while, with a text that is always another, since one that comes back unchanged is asked for again. */
const [answerMs, text] = [Number(process.argv[2]), process.argv[3]];
let count = 0;
const answer = () =>
  JSON.stringify({
    id: "c",
    object: "chat.completion",
    model: "m",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: `${text}${(count++).toString().padStart(9)}` },
        finish_reason: "stop",
      },
    ],
    usage: { prompt_tokens: 200, completion_tokens: 180, total_tokens: 380 },
  });
const server = createServer((incoming, outgoing) => {
  incoming.resume();
  const reply = () => outgoing.writeHead(200, { "content-type": "application/json" }).end(answer());
  setTimeout(reply, answerMs);
});
server.listen(0, "127.0.0.1", () => process.send!((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit());
