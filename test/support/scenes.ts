import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { batchServer } from "./batch-server.js";
import { chatServer } from "./chat-server.js";
import { filesIn } from "./contents.js";
import { emptyFolder, REPOSITORY } from "./folders.js";
import { rate } from "./program.js";
import { rewardOf, rewardServer } from "./reward-servers.js";
import { scoredLine } from "./scored-file.js";

/** A project with all that a command needs. */
export interface Prepared {
  readonly args: readonly string[];
  /** Answers that servers have given, in order, by what they are answers to. */
  asked(): readonly string[];
  /** Which of them the disk holds, so that they must not be asked for again. */
  kept(): readonly string[];
  /** Called at each request that comes to the server. */
  onRequest?: () => void;
  /** The address of the server, which is another one for each project. */
  readonly url?: string;
}

/** A command in a project of its own. */
export type Scene = (t: TestContext, folder: string, examples: number) => Promise<Prepared>;

const reviews = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: `r${index}`,
    text: `Review ${index}: it was ${index % 3 === 0 ? "good" : "bad"}. ${"It went on. ".repeat(index % 5)}`,
  }));

const jsonl = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

/** The whole lines of the files below a folder whose path fits, parsed. */
export function linesIn(folder: string, fits: RegExp): Record<string, unknown>[] {
  return filesIn(folder)
    .filter((name) => fits.test(name))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n").slice(0, -1))
    .map((line) => JSON.parse(line));
}

/** A number in words that the model's tokenizer tells apart. */
function wordsOf(number: number): string {
  return number.toString(2).replaceAll("0", " good").replaceAll("1", " bad");
}

const asksNothing = { asked: () => [], kept: () => [] };

export const SCENES: Readonly<Record<string, Scene>> = {
  async run(t, folder, examples) {
    const server = await chatServer(t, (prompt) => {
      prepared.onRequest?.();
      return { text: `${prompt.slice(0, 40)}, again ${prompt.length}` };
    });
    writeFileSync(join(folder, "rows.jsonl"), jsonl(reviews(examples)));
    writeFileSync(
      join(folder, "config.yaml"),
      `rewrites:
  dataset_name: reviews
  data: { file: rows.jsonl, columns: { id: id, response: text }, prompt: "Write a review: " }
  attribute: ${examples < 10 ? "length" : "[length, sentiment]"}
  rewriter: openai
  model: test-model
  base_url: ${server.url}
  concurrency: 4
  placebo: true
scoring: { model: embedded }
`,
    );
    const prepared: Prepared = {
      args: ["run", "--config", "config.yaml"],
      url: server.url,
      asked: () => server.answered,
      kept: () =>
        linesIn(folder, /^data\/batch_api\/[^/]*\.jsonl$/).flatMap(({ request }) =>
          request === undefined ? [] : [(request as { prompt: string }).prompt],
        ),
    };
    return prepared;
  },

  "create-dataset": async (t, folder, examples) => {
    const server = await batchServer(t, {
      reply: (prompt) => {
        prepared.onRequest?.();
        return { text: `${prompt.slice(0, 40)}, again ${prompt.length}` };
      },
      failing: 0.1,
      expiring: [1],
    });
    writeFileSync(join(folder, "rows.jsonl"), jsonl(reviews(examples)));
    writeFileSync(
      join(folder, "config.yaml"),
      `rewrites:
  dataset_name: reviews
  data: { file: rows.jsonl, columns: { id: id, response: text }, prompt: "Write a review: " }
  attribute: length
  rewriter: openai-batch
  model: test-model
  base_url: ${server.url}
  batch: { max_requests: ${Math.ceil(examples / 3)}, poll_seconds: 0.02, search_seconds: 0.2 }
`,
    );
    const paid = () => [...server.paid].flatMap(([prompt, times]) => Array(times).fill(prompt) as string[]);
    const prepared: Prepared = {
      args: ["create-dataset", "--config", "config.yaml"],
      url: server.url,
      asked: paid,
      // The provider keeps what it has done: all of it is to be fetched, none to be asked for anew.
      kept: paid,
    };
    return prepared;
  },

  async score(t, folder, examples) {
    const upset = () => {
      prepared.onRequest?.();
      return null;
    };
    const server = await rewardServer(t, "vllm", { upset });
    const model = join(REPOSITORY, "assets", "models", "review-sentiment");
    writeFileSync(
      join(folder, "mine.yaml"),
      `model: ${model}\ninput: response\nreward_key: org/mine\nruntimes: [vllm]\n`,
    );
    writeFileSync(
      join(folder, "rewrites.jsonl"),
      jsonl(
        Array.from({ length: 2 * examples }, (_, index) => ({
          id: `e${index}`,
          w_original: index % 2 === 0,
          reward_question: "Write a review.",
          completions: Object.fromEntries(
            ["original", "rewrite", "rewritten rewrite"].map((key) => [
              key,
              `The ${key} is ${wordsOf(index)}.`,
            ]),
          ),
        })),
      ),
    );
    writeFileSync(
      join(folder, "config.yaml"),
      `scoring:
  model: [embedded, mine.yaml]
  dataset_name: reviews
  serving: { mine: { runtime: vllm, endpoints: ["${server.url}"], concurrency: 2 } }
`,
    );
    const prepared: Prepared = {
      args: ["score", "--config", "config.yaml", "--dataset", "rewrites.jsonl"],
      url: server.url,
      asked: () => server.scored.map((ids) => String(rewardOf(ids as number[]))),
      kept: () => [
        ...linesIn(folder, /^data\/scored\/\..*_mine_.*\.journal$/).flatMap(({ rewards }) =>
          Object.values(rewards ?? {}).map(String),
        ),
        ...linesIn(folder, /^data\/scored\/[^.].*_mine_.*\.jsonl$/).flatMap((line) =>
          Object.values(line["org/mine"] as object).map(String),
        ),
      ],
    };
    return prepared;
  },

  async combine(t, folder) {
    if (!shards) {
      const made = emptyFolder(t);
      writeFileSync(
        join(made, "rewrites.jsonl"),
        Array.from({ length: 30 }, (_, i) => scoredLine(i)).join(""),
      );
      const config = "scoring: { model: embedded, dataset_name: reviews }\n";
      writeFileSync(join(made, "config.yaml"), config);
      for (const shard of ["1/2", "2/2"]) {
        const call = ["score", "--config", "config.yaml", "--dataset", "rewrites.jsonl", "--shard", shard];
        const done = await rate(call, { cwd: made });
        if (done.code !== 0) throw new Error(done.stderr);
      }
      shards = made;
    }
    cpSync(shards, folder, { recursive: true });
    return { args: ["combine", "--config", "config.yaml", "--shards", "2"], ...asksNothing };
  },

  async report(_, folder, examples) {
    const rows = Array.from({ length: 10 * examples }, (_, index) => scoredLine(index)).join("");
    writeFileSync(join(folder, "scored.jsonl"), rows);
    return { args: ["report", "scored.jsonl", "--output", "report.html"], ...asksNothing };
  },
};

/** A project whose two shards are scored; made once. */
let shards: string | undefined;
