import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Journal } from "../src/artifacts/journal.js";
import type { Example, ExampleId } from "../src/domain/example.js";
import type { RewriteAnswer } from "../src/domain/rewriter.js";
import { Answers } from "../src/pipeline/answers.js";
import { NO_EARLIER } from "../src/pipeline/reuse.js";
import { rewriteExamples } from "../src/pipeline/rewrite.js";
import { openOpenAi } from "../src/rewriters/openai.js";
import { line, median } from "./measure.js";

const CONCURRENCY = 256;
const ANSWER_MS = 20;
const TEXT = "It was a good film, and I would see it again with friends. ".repeat(12);
/** Examples of each round; two requests each. The memory is looked at in the first. */
const ROUNDS = [50_000, 5000, 5000, 5000, 5000];
const LOOKS = [5000, 25_000, 50_000, 100_000];

/**
 * Requests a second of a whole rewriting (journal on the disk included) against a server that answers in 20 ms, in turn with a bare HTTP loop to the
 * same server; and how much memory 100,000 requests take.
 */
export async function benchRequests(): Promise<string> {
  const server = fork(new URL("./answering-server.js", import.meta.url), [String(ANSWER_MS), TEXT]);
  const [port] = (await once(server, "message")) as [number];
  const rates: number[] = [];
  const bare: number[] = [];
  const sizes: number[] = [];
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
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
  const ratio = median(rates.map((rate, round) => rate / bare[round]!));
  const looks = LOOKS.map((look) => look.toLocaleString("en-US")).join(", ");
  return [
    line(
      `live requests, ${CONCURRENCY} at once, answers in ${ANSWER_MS} ms`,
      `${median(rates).toFixed(0)} a second, ${ratio.toFixed(2)} × a bare HTTP loop (${median(bare).toFixed(0)})`,
      { "0.8 ×": ratio >= 0.8 },
    ),
    line(`memory of the process after ${looks} of them`, sizes.map(megabytes).join(", "), {
      "flat from the third on, to a tenth": sizes[3]! <= 1.1 * sizes[2]!,
    }),
  ].join("");
}

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
