/** Whole files, to be damaged. */

export const examples = Array.from({ length: 5 }, (_, index) => ({
  id: `x${index}`,
  w_original: index % 2 === 0,
  reward_question: "q",
  completions: { original: "a", rewrite: "b\n", "rewritten rewrite": "ü" },
  m: { original: 1, rewrite: 2.5, "rewritten rewrite": -3e-2 },
}));
export const lines = examples.map((example) => `${JSON.stringify(example)}\n`).join("");
export const keyed = JSON.stringify(
  Object.fromEntries(examples.map(({ id, ...rest }) => [id, rest])),
  null,
  1,
);

export const record = JSON.stringify({
  timestamp: "20240101_120000",
  smokeTest: false,
  command: "run",
  version: "0.1.0",
  fingerprint: "f",
  arguments: ["run"],
  directory: "/",
  status: "unfinished",
  outputs: [],
  shards: { count: 2, finished: [0] },
  manifest: {
    manifest: 1,
    config: {},
    environment: {},
    datasets: {},
    scores: {},
    estimates: [],
    seeds: { inference: 1 },
  },
});
export const effects = JSON.stringify({
  dataset_name: "d",
  reward_key: "m",
  dataset_filename: "d.jsonl",
  reward_std: 1,
  Y1_count: 3,
  Y0_count: 2,
  naive_effect: 0.1,
  naive_effect_stderr: 0.1,
  ATE_rewritten_rewrite: 0.2,
  ATE_rewritten_rewrite_stderr: 0.1,
});
export const submission = JSON.stringify(
  {
    timestamp: "20240101_120000",
    config: "config.yaml",
    directory: "/",
    jobs: [
      {
        id: "17",
        stage: "score",
        name: "rate-d-score",
        tasks: 4,
        after: [],
        logs: ["logs/a_%a_res.txt", "logs/a_%a_err.txt"],
      },
      {
        id: "18",
        stage: "combine",
        name: "rate-d-combine",
        tasks: null,
        after: ["17"],
        logs: ["logs/b_res.txt", "logs/b_err.txt"],
      },
    ],
  },
  null,
  2,
);
