import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

export interface ChatServer {
  readonly url: string;
  /** Prompts that were answered with 200, in order. */
  readonly answered: string[];
  readonly keys: Set<string>;
}

/** How a server answers a prompt: text and finish reason, or an HTTP status. */
export type Reply =
  | { text: string; finish?: string; refusal?: string; answerTokens?: number }
  | { status: number; headers?: Record<string, string> }
  | "cut";

/** A chat completions server on this machine, written from the API's documentation. */
export async function chatServer(
  t: TestContext,
  reply: (prompt: string, count: number) => Reply,
): Promise<ChatServer> {
  const answered: string[] = [];
  const keys = new Set<string>();
  let count = 0;
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    let body = "";
    for await (const piece of incoming) body += piece;
    keys.add(incoming.headers.authorization ?? "");
    const { messages, model } = JSON.parse(body);
    const prompt: string = messages[0].content;
    count += 1;
    const found = reply(prompt, count);
    if (found === "cut") return incoming.socket.destroy();
    if ("status" in found) {
      outgoing.writeHead(found.status, { "content-type": "application/json", ...found.headers });
      outgoing.end(
        JSON.stringify({
          error: {
            message: `status ${found.status} for key sk-secret-123`,
            type: "x",
            code: null,
            param: null,
          },
        }),
      );
      return;
    }
    answered.push(prompt);
    const { answerTokens = 5 } = found;
    outgoing.writeHead(200, { "content-type": "application/json" });
    outgoing.end(
      JSON.stringify({
        id: `chatcmpl-${count}`,
        object: "chat.completion",
        created: 1,
        model: `${model}-2024`,
        choices: [
          {
            index: 0,
            message: {
              role: "assistant",
              content: found.refusal ? null : found.text,
              refusal: found.refusal ?? null,
            },
            finish_reason: found.finish ?? "stop",
            logprobs: null,
          },
        ],
        usage: { prompt_tokens: 10, completion_tokens: answerTokens, total_tokens: 10 + answerTokens },
      }),
    );
  };
  const server = createServer((incoming, outgoing) => void handle(incoming, outgoing));
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, answered, keys };
}
