import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { Journal } from "../src/artifacts/journal.js";
import type { Example, ExampleId } from "../src/domain/example.js";
import type { RewriteAnswer } from "../src/domain/rewriter.js";
import { Answers, rewriteExamples } from "../src/pipeline/rewrite.js";
import { openOpenAi } from "../src/rewriters/openai.js";
import { line } from "./measure.js";

const EXAMPLES = 25_000;
const CONCURRENCY = 256;
const ANSWER_MS = 20;
const TEXT = "It was a good film, and I would see it again with friends. ".repeat(12);

/**
 * Requests a second of a whole rewriting (journal on the disk included) against a server that answers in 20 ms, beside a bare HTTP loop to the
 * same server, before and after; and how much memory 50,000 requests take.
 */
export async function benchRequests(): Promise<string> {
  const server = new Worker(new URL("./answering-server.js", import.meta.url), {
    workerData: { answerMs: ANSWER_MS, text: `${TEXT} indeed` },
  });
  const [port] = (await once(server, "message")) as [number];
  const loop = () =>
    bareLoop(port, JSON.stringify({ model: "m", messages: [{ role: "user", content: TEXT }] }));
  // Before and after, so that a busy moment of the machine falls on both.
  const before = await loop();
  const { perSecond, early, late } = await rewriting(`http://127.0.0.1:${port}/v1`, TEXT);
  const bare = (before + (await loop())) / 2;
  await server.terminate();
  return [
    line(
      `live requests, ${CONCURRENCY} at once, answers in ${ANSWER_MS} ms`,
      `${perSecond.toFixed(0)} a second, ${(perSecond / bare).toFixed(2)} × a bare HTTP loop (${bare.toFixed(0)})`,
      { "0.8 ×": perSecond / bare >= 0.8 },
    ),
    line("memory of the process after 5,000 and 50,000 of them", `${said(early)}, ${said(late)}`, {
      "what is alive: flat, to a fifth": late.alive <= 1.2 * early.alive,
    }),
  ].join("");
}

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

async function bareLoop(port: number, body: string): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  const ask = () =>
    new Promise<void>((resolve, reject) => {
      const options = { port, agent, method: "POST", path: "/v1/chat/completions" };
      const sent = request(options, (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (piece) => {
          text += piece;
        });
        answer.on("end", () => {
          JSON.parse(text);
          resolve();
        });
      });
      sent.on("error", reject);
      sent.end(body);
    });
  const count = 20_000;
  let left = count;
  const started = performance.now();
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await ask();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  agent.destroy();
  return (1000 * count) / (performance.now() - started);
}

/** Bytes of the process, and of what it still uses. */
interface Memory {
  readonly held: number;
  readonly alive: number;
}

function memory(): Memory {
  const held = process.memoryUsage.rss();
  collectGarbage();
  return { held, alive: process.memoryUsage().heapUsed };
}

function said({ held, alive }: Memory): string {
  return `${(held / 1e6).toFixed(0)} MB (${(alive / 1e6).toFixed(0)} MB of it alive)`;
}

async function rewriting(baseUrl: string, text: string) {
  const folder = mkdtempSync(join(tmpdir(), "rate-bench-"));
  const journal = await Journal.open<RewriteAnswer>(join(folder, "journal.jsonl"), "bench");
  const examples = Array.from(
    { length: EXAMPLES },
    (_, i): Example => ({
      id: String(i) as ExampleId,
      prompt: "",
      response: text,
      treated: i % 2 === 0,
    }),
  );
  let count = 0;
  let early: Memory = { held: 0, alive: 0 };
  const started = performance.now();
  await rewriteExamples({
    examples,
    count: EXAMPLES,
    rewriter: openOpenAi({ model: "m", baseUrl, concurrency: CONCURRENCY, apiKey: undefined }),
    answers: await Answers.open(journal),
    promptOf: (_, original, target) =>
      `${original}\n\n[Adjust this review so it's ${target ? "longer" : "shorter"}]`,
    placebo: false,
    signal: new AbortController().signal,
    progress: () => ({
      advance() {
        count += 1;
        if (count === 5000) early = memory();
      },
      end() {},
    }),
  });
  const seconds = (performance.now() - started) / 1000;
  await journal.close();
  rmSync(folder, { recursive: true });
  return { perSecond: (2 * EXAMPLES) / seconds, early, late: memory() };
}
