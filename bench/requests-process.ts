import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Example, ExampleId } from "../src/domain/example.js";
import type { RewriteAnswer } from "../src/domain/rewriter.js";
import { openOpenAi } from "../src/rewriting/backends/openai.js";
import { Answers } from "../src/rewriting/stage/answers.js";
import { NO_EARLIER } from "../src/rewriting/stage/reuse.js";
import { rewriteExamples } from "../src/rewriting/stage/rewrite.js";
import { Journal } from "../src/storage/project/journal.js";
import { ANSWER_MS, CONCURRENCY, LOOKS } from "./requests.js";

const TEXT = "It was a good film, and I would see it again with friends. ".repeat(12);
/** Examples of each round; two requests each. The memory is looked at in the first. */
const ROUNDS = [50_000, 5000, 5000, 5000, 5000];

/** Measured in a process of their own, so that its memory is that of the requests alone. */
export interface MeasuredRequests {
  /** Requests a second of each round: rewriting, and the bare loop after it. */
  readonly rates: readonly number[];
  readonly bare: readonly number[];
  /** Bytes of memory after `LOOKS` requests. */
  readonly sizes: readonly number[];
}

const rates: number[] = [];
const bare: number[] = [];
const sizes: number[] = [];
const server = fork(new URL("./answering-server.js", import.meta.url), [String(ANSWER_MS), TEXT]);
const [port] = (await once(server, "message")) as [number];
for (const [round, examples] of ROUNDS.entries()) {
  rates.push(
    await rewriting(`http://127.0.0.1:${port}/v1`, examples, (answers) => {
      if (round === 0 && LOOKS.includes(answers)) sizes.push(process.memoryUsage.rss());
    }),
  );
  bare.push(
    await bareLoop(port, JSON.stringify({ model: "m", messages: [{ role: "user", content: TEXT }] })),
  );
}
server.disconnect();
process.send!({ rates, bare, sizes } satisfies MeasuredRequests);
process.disconnect();

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
  const count = 10_000;
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

async function rewriting(
  baseUrl: string,
  count: number,
  onAnswer: (answers: number) => void,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "rate-bench-"));
  const journal = await Journal.open<RewriteAnswer>(join(folder, "journal.jsonl"), "bench");
  let answers = 0;
  const started = performance.now();
  await rewriteExamples({
    examples: examples(count),
    count,
    rewriter: openOpenAi({ model: "m", baseUrl, concurrency: CONCURRENCY, apiKey: undefined }),
    earlier: NO_EARLIER,
    answers: await Answers.open(journal),
    promptOf: (_, original, target) =>
      `${original}\n\n[Adjust this review so it's ${target ? "longer" : "shorter"}]`,
    placebo: false,
    thirdPass: false,
    signal: new AbortController().signal,
    progress: () => ({
      advance() {
        answers += 1;
        onAnswer(answers);
      },
      end() {},
    }),
  });
  const seconds = (performance.now() - started) / 1000;
  await journal.close();
  rmSync(folder, { recursive: true });
  return (2 * count) / seconds;
}

function* examples(count: number): Iterable<Example> {
  for (let i = 0; i < count; i += 1)
    yield { id: String(i) as ExampleId, prompt: "", response: TEXT, treated: i % 2 === 0 };
}
