import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { TestContext } from "node:test";
import { REPOSITORY } from "./folders.js";

/** What the servers say they serve, unless a test says otherwise. */
export const SERVED_MODEL = join(REPOSITORY, "assets", "models", "review-sentiment");

/** A model as `/v1/models` lists it. */
export interface ListedModel {
  readonly id: string;
  readonly root?: string;
  readonly parent?: string;
}

/** A fault of a server, by what it does wrong. */
export type Fault =
  | "sigmoid"
  | "softmax"
  | "ignored field"
  | "sorted outputs"
  | "cuts"
  | "reversed"
  | "NaN"
  | "null"
  | "fewer rows"
  | "adds BOS"
  | "constant"
  | "noise"
  | "batch"
  | "other model"
  | "other labels"
  | "one label"
  | "twice";

export interface RewardServer {
  readonly url: string;
  /** Texts that were scored, as the server got them. */
  readonly scored: unknown[];
  readonly requests: {
    readonly path: string;
    readonly body: Record<string, unknown>;
    readonly key: string | undefined;
  }[];
  /** What the server does to a request instead of answering it. */
  upset: (
    count: number,
  ) =>
    | { status: number; body?: unknown; headers?: Record<string, string> }
    | "cut"
    | "hang"
    | "endless"
    | "die"
    | null;
  fault: Fault | null;
  close(): void;
}

/** A reward that every text has by itself: for token ids and for texts. */
export function rewardOf(text: readonly unknown[]): number {
  const all = text.map((part) =>
    typeof part === "number" ? [part] : [...String(part)].map((c) => c.codePointAt(0)!),
  );
  return (
    all.flat().reduce((sum, value, place) => sum + 3 * Math.sin(value * 12.9898 + place), 0) /
    Math.sqrt(all.flat().length + 1)
  );
}

const LIMIT = 64;
const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));

/** The raw outputs of a text, with a server's faults. */
function outputsOf(
  text: readonly unknown[],
  server: RewardServer,
  outputs: number,
  activation: boolean,
  together: number,
  rewarded: (text: readonly unknown[]) => number,
): number[] {
  const { fault } = server;
  let read = fault === "cuts" ? text.slice(0, LIMIT) : text;
  if (fault === "adds BOS") read = [1, ...read];
  let reward = rewarded(read);
  if (fault === "constant") reward = 0.5;
  if (fault === "other model") reward = -2 * reward;
  if (fault === "noise") reward += 20 * Math.random();
  if (fault === "batch") reward += 10 * together;
  const raw = outputs === 1 ? [reward] : [-reward, reward, reward / 2].slice(0, outputs);
  if (fault === "NaN") return raw.map(() => Number.NaN);
  const on = activation || fault === "sigmoid" || fault === "ignored field";
  if (fault === "softmax") return raw.length === 1 ? [1] : softmax(raw);
  return on ? (raw.length === 1 ? raw.map(sigmoid) : softmax(raw)) : raw;
}

function softmax(raw: readonly number[]): number[] {
  const sum = raw.reduce((total, value) => total + Math.exp(value), 0);
  return raw.map((value) => Math.exp(value) / sum);
}

const LABELS = ["BAD", "GOOD", "OTHER"];

export type Speaks = "vllm" | "vllm-pooling" | "sglang" | "tei" | "reward-server";

/** A reward model server on this machine, written from the documentation of the one whose protocol it speaks. */
export async function rewardServer(
  t: TestContext,
  speaks: Speaks,
  {
    fault = null,
    outputs = 1,
    upset = () => null,
    models = [{ id: SERVED_MODEL }],
    reward = rewardOf,
  }: {
    fault?: Fault | null;
    outputs?: number;
    upset?: RewardServer["upset"];
    models?: readonly ListedModel[];
    /** What the model says of a text. */
    reward?: (text: readonly unknown[]) => number;
  } = {},
): Promise<RewardServer> {
  let count = 0;
  const server = createServer((incoming, outgoing) => void handle(incoming, outgoing));
  const self = {
    url: "",
    scored: [] as unknown[],
    requests: [] as RewardServer["requests"],
    upset,
    fault,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const path = incoming.url!;
    const reply = (status: number, value: unknown, headers = {}) => {
      outgoing.writeHead(status, { "content-type": "application/json", ...headers });
      outgoing.end(JSON.stringify(value).replaceAll('"NaN!"', "NaN"));
    };
    let text = "";
    for await (const piece of incoming) text += piece;
    if (incoming.method === "GET") {
      const facts = greetings(speaks, outputs, self.fault, models)[path];
      return facts ? reply(200, facts) : reply(404, { detail: "Not Found" });
    }
    const body = JSON.parse(text);
    self.requests.push({ path, body, key: incoming.headers.authorization });
    count += 1;
    const upset = self.upset(count);
    if (upset === "die") return self.close();
    if (upset === "cut") return incoming.socket.destroy();
    if (upset === "hang") return;
    if (upset === "endless") return endless(outgoing);
    if (upset !== null)
      return reply(
        upset.status,
        upset.body ?? { error: { message: `status ${upset.status}` } },
        upset.headers,
      );
    const texts: unknown[][] = body.input ?? body.input_ids ?? body.inputs;
    self.scored.push(...texts);
    const activation = speaks.startsWith("vllm")
      ? body.use_activation !== false
      : speaks === "tei" && body.raw_scores !== true;
    let rows = texts.map((one) => outputsOf(one, self, outputs, activation, texts.length, reward));
    const counts = texts.map(
      (one) =>
        Math.min(one.length, self.fault === "cuts" ? LIMIT : one.length) +
        (self.fault === "adds BOS" ? 1 : 0),
    );
    if (self.fault === "reversed") rows = rows.reverse();
    if (self.fault === "fewer rows") rows = rows.slice(1);
    const answer = answers[speaks](rows, counts, self.fault);
    return reply(200, answer.body, answer.headers);
  };
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  t.after(() => self.close());
  self.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return self;
}

/** Answers with blanks until the other side has gone. */
export function endless(outgoing: ServerResponse): void {
  const blanks = Buffer.alloc(1 << 20, " ");
  Readable.from(
    (function* () {
      for (;;) yield blanks;
    })(),
  )
    .pipe(outgoing)
    .on("error", () => undefined);
}

function greetings(
  speaks: Speaks,
  outputs: number,
  fault: Fault | null,
  models: readonly ListedModel[],
): Record<string, unknown> {
  const loaded = models[0]?.root ?? models[0]?.id;
  const labels = (fault === "other labels" ? ["X", "Y", "Z"] : LABELS).slice(0, outputs);
  const id2label = Object.fromEntries(labels.map((label, index) => [index, label]));
  if (speaks === "sglang") return { "/get_model_info": { model_path: loaded, is_generation: false } };
  if (speaks === "tei") {
    return {
      "/info": {
        model_id: loaded,
        model_sha: "abc",
        model_dtype: "float32",
        model_type: { [outputs > 1 ? "classifier" : "reranker"]: { id2label, label2id: {} } },
        max_input_length: 512,
        max_client_batch_size: 16,
        version: "1.9.3",
      },
    };
  }
  if (speaks === "reward-server")
    return { "/health": { status: "ready", model: loaded, dtype: "float32", max_tokens: 1024 } };
  return {
    "/v1/models": {
      object: "list",
      data: models.map((model) => ({ ...model, object: "model", max_model_len: 1024 })),
    },
    "/version": { version: "0.32.0" },
  };
}

type Answer = (
  rows: number[][],
  counts: number[],
  fault: Fault | null,
) => { body: unknown; headers?: Record<string, string> };

const notNumbers = (rows: number[][], fault: Fault | null): unknown[][] =>
  rows.map((row) => row.map((value) => (fault === "null" ? null : Number.isNaN(value) ? "NaN!" : value)));
const sum = (counts: number[]) => counts.reduce((total, value) => total + value, 0);
const labelOf = (row: number[]) => LABELS[row.indexOf(Math.max(...row))];

const answers: Record<Speaks, Answer> = {
  vllm: (rows, counts, fault) => ({
    body: {
      id: "classify-1",
      object: "list",
      // Rows may come in any order: their index tells which they are.
      data: notNumbers(
        fault === "sorted outputs" ? rows.map((row) => [...row].sort((a, b) => b - a)) : rows,
        fault,
      )
        .map((probs, index) => ({
          index: fault === "twice" ? 0 : index,
          label: fault === "one label" ? LABELS[0] : labelOf(rows[index]!),
          probs,
          num_classes: probs.length,
        }))
        .reverse(),
      usage: { prompt_tokens: sum(counts), total_tokens: sum(counts) },
    },
  }),
  "vllm-pooling": (rows, counts, fault) => ({
    body: {
      data: notNumbers(rows, fault).map((data, index) => ({ index, object: "pooling", data })),
      usage: { prompt_tokens: sum(counts) },
    },
  }),
  sglang: (rows, counts, fault) => ({
    body: notNumbers(rows, fault).map((embedding, index) => ({
      embedding,
      meta_info: { prompt_tokens: counts[index] },
    })),
  }),
  tei: (rows, counts, fault) => ({
    body: notNumbers(rows, fault).map((row) =>
      row
        .map((score, index) => ({ score, label: LABELS[index] }))
        .sort((a, b) => Number(b.score) - Number(a.score)),
    ),
    ...(fault === "cuts" || fault === "adds BOS"
      ? { headers: { "x-compute-tokens": String(sum(counts)) } }
      : {}),
  }),
  "reward-server": (rows, counts, fault) => ({
    body: { data: notNumbers(rows, fault).map((probs, index) => ({ index, probs, tokens: counts[index] })) },
  }),
};
