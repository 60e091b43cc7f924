import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

export interface OddRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
  readonly prompt: string;
}

export interface OddReply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** Sent as it is, or as JSON. */
  readonly body: unknown;
}

/** A server on this machine that answers just as a test says, and remembers what it was asked. */
export async function oddServer(t: TestContext, reply: (request: OddRequest, count: number) => OddReply) {
  const asked: OddRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    let text = "";
    for await (const piece of incoming) text += piece;
    const body = text === "" ? {} : JSON.parse(text);
    const { method = "", url: path = "", headers } = incoming;
    const request = { method, path, headers, body, prompt: body.messages?.[0]?.content ?? "" };
    asked.push(request);
    const { status = 200, headers: own, body: answer } = reply(request, asked.length);
    outgoing.writeHead(status, { "content-type": "application/json", ...own });
    outgoing.end(typeof answer === "string" ? answer : JSON.stringify(answer));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v1`, port, asked };
}

/** A chat completion. */
export function completion(
  text: unknown,
  more: { message?: object; finish?: string | null; top?: object } = {},
) {
  return {
    model: "m",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: text, ...more.message },
        finish_reason: more.finish === undefined ? "stop" : more.finish,
        ...more.top,
      },
    ],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  };
}

/** An error as OpenAI words it. */
export function failure(status: number, message: string, more: object = {}): OddReply {
  return {
    status,
    body: { error: { message, type: "invalid_request_error", param: null, code: null, ...more } },
  };
}
