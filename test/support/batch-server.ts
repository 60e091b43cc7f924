import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { fractionOf } from "../../src/domain/hash.js";

interface StoredBatch {
  readonly id: string;
  readonly created: number;
  readonly lines: { custom_id: string; body: { messages: { content: string }[] } }[];
  readonly metadata: Record<string, string>;
  status: string;
  looks: number;
  output: string | null;
  errors: string | null;
  failure: { code: string; message: string; line: number | null }[];
  /** Lines of either file, once it has ended. */
  answered: number;
  failed: number;
}

export interface BatchServer {
  readonly url: string;
  readonly batches: StoredBatch[];
  /** How often each prompt was answered, that is, paid. */
  readonly paid: Map<string, number>;
  /** Resolves a while after the next call. */
  afterNextCall(milliseconds: number): Promise<void>;
}

export interface BatchBehaviour {
  /** The answer to a prompt. */
  readonly reply: (prompt: string) => { text?: string; refusal?: string; finish?: string };
  /** Lines of a batch, at most. */
  readonly maxLines?: number;
  /** Share of the lines that end in the error file. */
  readonly failing?: number;
  /** Share of the calls that fail with 429, 500 or a cut connection. */
  readonly rough?: number;
  /** Numbers (from 0) of the accepted batches that expire half done. */
  readonly expiring?: readonly number[];
  /** Looks that a batch takes from state to state. */
  readonly slow?: number;
  /** Whether a batch has ended at the first look. */
  readonly quick?: boolean;
  /** Of so many creations, the first, the answer is lost. */
  readonly lostCreations?: number;
  /** So many creations after those fail with 500 and create nothing. */
  readonly failedCreations?: number;
  /** So many batches, the first, are refused since others have filled the account's queue. */
  readonly fullFor?: number;
  /** Whether several batches may be under way at once. */
  readonly together?: boolean;
  /** Milliseconds from a batch's creation until the list shows it. */
  readonly listedAfter?: number;
}

/** OpenAI's Files and Batches API on this machine, written from its documentation, that misbehaves as the API may, and quotes the key in its errors. One batch at a time. */
export async function batchServer(t: TestContext, behaviour: BatchBehaviour): Promise<BatchServer> {
  const files = new Map<string, string>();
  const batches: StoredBatch[] = [];
  const paid = new Map<string, number>();
  let calls = 0;
  let creations = 0;
  let called: (() => void)[] = [];
  let authorization = "";
  const server = createServer(async (incoming, outgoing) => {
    const body = await bodyOf(incoming).catch(() => null);
    if (body === null) return;
    calls += 1;
    authorization = incoming.headers.authorization ?? "";
    for (const tell of called) tell();
    called = [];
    const send = (status: number, value: unknown) => {
      outgoing.writeHead(status, { "content-type": "application/json" });
      outgoing.end(typeof value === "string" ? value : JSON.stringify(value));
    };
    const roll = fractionOf(`call ${calls}`);
    const rough = behaviour.rough ?? 0;
    if (roll < rough / 3) {
      outgoing.writeHead(429, { "content-type": "application/json", "retry-after-ms": "2" });
      return outgoing.end(JSON.stringify({ error: { message: "slow down", code: "rate_limit" } }));
    }
    if (roll < (2 * rough) / 3) return send(500, { error: { message: "oops" } });
    // The connection breaks after the work was done: the worst moment.
    const isCreation = incoming.method === "POST" && incoming.url!.endsWith("/batches");
    if (isCreation) creations += 1;
    const lost = behaviour.lostCreations ?? 0;
    const isLost = isCreation && creations <= lost;
    if (isCreation && !isLost && creations <= lost + (behaviour.failedCreations ?? 0))
      return send(500, { error: { message: "oops" } });
    const answer = route(incoming, body);
    if (roll < rough || isLost) return incoming.socket.destroy();
    return send(answer.status, answer.value);
  });
  const route = (incoming: IncomingMessage, body: string): { status: number; value: unknown } => {
    const path = incoming.url!.split("?")[0]!.replace("/v1", "");
    const ok = (value: unknown) => ({ status: 200, value });
    if (path === "/files") {
      const id = `file-${files.size}`;
      const boundary = body.slice(0, body.indexOf("\r\n"));
      const part = body.split(boundary).find((text) => text.includes("filename="))!;
      files.set(id, part.slice(part.indexOf("\r\n\r\n") + 4).replace(/\r\n$/, ""));
      return ok({ id, object: "file" });
    }
    const content = /^\/files\/([^/]+)\/content$/.exec(path);
    if (content) return ok(files.get(content[1]!)!);
    if (path === "/batches" && incoming.method === "POST") {
      const { input_file_id, metadata } = JSON.parse(body);
      const lines = files
        .get(input_file_id)!
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      const running = !behaviour.together && batches.some(({ status }) => !ENDED.has(status));
      const failure =
        running || batches.length < (behaviour.fullFor ?? 0)
          ? [
              {
                code: "token_limit_exceeded",
                message: `Enqueued token limit reached for ${authorization}`,
                line: null,
              },
            ]
          : lines.length > (behaviour.maxLines ?? 50_000)
            ? [{ code: "too_many_tasks", message: "too many lines", line: null }]
            : [];
      const batch: StoredBatch = {
        id: `batch_${batches.length}`,
        created: Date.now(),
        lines,
        metadata,
        status: "validating",
        looks: 0,
        output: null,
        errors: null,
        failure,
        answered: 0,
        failed: 0,
      };
      batches.push(batch);
      return ok(show(batch));
    }
    if (path === "/batches") {
      const listed = batches.filter(({ created }) => Date.now() - created >= (behaviour.listedAfter ?? 0));
      return ok({ object: "list", data: listed.reverse().map(show), has_more: false });
    }
    const found = batches.find(({ id }) => path.startsWith(`/batches/${id}`) && path.split("/")[2] === id);
    if (!found) return { status: 404, value: { error: { message: "no such thing" } } };
    if (path.endsWith("/cancel")) {
      found.status = "cancelling";
      return ok(show(found));
    }
    advance(found);
    return ok(show(found));
  };
  const advance = (batch: StoredBatch) => {
    batch.looks += 1;
    if (ENDED.has(batch.status) || batch.looks % (behaviour.slow ?? 1) !== 0) return;
    if (batch.failure.length > 0) {
      batch.status = "failed";
      return;
    }
    if (batch.status === "cancelling") return end(batch, "cancelled", 0.5);
    const next = { validating: "in_progress", in_progress: "finalizing" }[batch.status];
    if (next && !behaviour.quick) {
      batch.status = next;
      return;
    }
    const accepted = batches.filter(({ failure }) => failure.length === 0);
    const expires = behaviour.expiring?.includes(accepted.indexOf(batch)) ?? false;
    end(batch, expires ? "expired" : "completed", expires ? 0.5 : 1);
  };
  const end = (batch: StoredBatch, status: string, share: number) => {
    const output: string[] = [];
    const errors: string[] = [];
    for (const [index, line] of batch.lines.entries()) {
      const { custom_id } = line;
      const prompt = line.body.messages[0]!.content;
      if (index >= share * batch.lines.length) {
        errors.push(
          JSON.stringify({
            custom_id,
            response: null,
            error: { code: "batch_expired", message: `too late for ${authorization}` },
          }),
        );
      } else if (fractionOf(`${batch.id} ${custom_id}`) < (behaviour.failing ?? 0)) {
        // With \`error\` null: the status alone tells.
        const bodyOfError = { error: { message: `overloaded: ${authorization}`, code: "server_error" } };
        errors.push(
          JSON.stringify({ custom_id, response: { status_code: 503, body: bodyOfError }, error: null }),
        );
      } else {
        paid.set(prompt, (paid.get(prompt) ?? 0) + 1);
        const { text = null, refusal = null, finish = "stop" } = behaviour.reply(prompt);
        const choice = {
          index: 0,
          message: { role: "assistant", content: text, refusal },
          finish_reason: finish,
        };
        const usage = { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 };
        const completion = {
          id: "c",
          object: "chat.completion",
          model: "test-model",
          choices: [choice],
          usage,
        };
        output.push(
          JSON.stringify({
            id: "r",
            custom_id,
            response: { status_code: 200, body: completion },
            error: null,
          }),
        );
      }
    }
    const shuffled = (lines: string[]) => [...lines].sort((a, b) => fractionOf(a) - fractionOf(b)).join("\n");
    if (output.length > 0) files.set(`${batch.id}-out`, shuffled(output));
    if (errors.length > 0) files.set(`${batch.id}-err`, shuffled(errors));
    batch.answered = output.length;
    batch.failed = errors.length;
    batch.output = output.length > 0 ? `${batch.id}-out` : "";
    batch.errors = errors.length > 0 ? `${batch.id}-err` : null;
    batch.status = status;
  };
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    batches,
    paid,
    async afterNextCall(milliseconds) {
      await new Promise<void>((tell) => called.push(tell));
      await new Promise((wait) => setTimeout(wait, milliseconds));
    },
  };
}

const ENDED = new Set(["completed", "failed", "expired", "cancelled"]);

function show({ id, status, metadata, lines, looks, output, errors, failure, ...counts }: StoredBatch) {
  const isRunning = !ENDED.has(status) && failure.length === 0;
  return {
    id,
    object: "batch",
    status,
    metadata,
    output_file_id: output,
    ...(errors !== null && { error_file_id: errors }),
    errors: failure.length > 0 && status === "failed" ? { object: "list", data: failure } : null,
    request_counts: {
      total: lines.length,
      completed: isRunning ? Math.min(looks, lines.length) : counts.answered,
      failed: counts.failed,
    },
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}
