import { extname, resolve } from "node:path";
import { openHub } from "../datasets/sources/hub.js";
import { openSource } from "../datasets/sources/source.js";
import { startsWithVowel, withTypos } from "../datasets/templates/typos.js";
import { inputError } from "../domain/errors.js";
import type { EstimatorTally } from "../estimation/simulation/coverage.js";
import { WORLDS } from "../estimation/simulation/worlds.js";
import { runWorld } from "../estimation/stage/worlds.js";
import { ESTIMATOR_NAMES } from "../reporting/html/words.js";
import { openCommandContext } from "./command-context.js";
import type { SyntheticFlags } from "./commands/synthetic.js";
import { print, printJson } from "./terminal/print.js";
import { tableText } from "./terminal/terminal-table.js";

const METHODS = ["normal", "t", "percentile", "bca"] as const;

/** `rate synthetic worlds`: estimators and intervals against the truth of simulated worlds. */
export async function printWorlds({ replicates, seed = 0, json }: SyntheticFlags): Promise<void> {
  const results = [];
  for (const [index, world] of WORLDS.entries()) {
    const options = { bootstrapEvery: 1, diagnoseEvery: replicates };
    const { estimators } = await runWorld({ world: index, replicates, seed: seed + index, options });
    const { name, description, holds, n, truth } = world;
    const rows = Object.entries(estimators).map(([estimator, tally]) => ({ estimator, ...judged(tally) }));
    results.push({ world: name, description, assumptions_hold: holds, n, truth, estimators: rows });
    if (json) continue;
    print(
      `${name}: ${description} (${n} examples, true effect ${truth})\n${tableText(
        ["estimator", "bias", "RMSE", "mean se", ...METHODS.map((method) => `${method} covers`)],
        rows.map((row) => [
          ESTIMATOR_NAMES[row.estimator as keyof typeof ESTIMATOR_NAMES],
          row.bias.toFixed(4).replace("-", "−"),
          row.rmse.toFixed(4),
          row.mean_standard_error.toFixed(4),
          ...METHODS.map((method) => share(row.coverage[method])),
        ]),
      )}\n`,
    );
  }
  if (json) printJson({ replicates, seed, worlds: results });
  else
    print(
      `${replicates} data sets a world, seed ${seed}; coverage is the share of data sets whose 95 % interval holds the truth.`,
    );
}

function judged({ count, error, squaredError, standardError, intervals }: EstimatorTally) {
  const coverage = Object.fromEntries(
    METHODS.map((method) => {
      const found = intervals[method];
      return [method, found ? found.covered / found.count : null];
    }),
  ) as Record<(typeof METHODS)[number], number | null>;
  return {
    bias: error / count,
    rmse: Math.sqrt(squaredError / count),
    mean_standard_error: standardError / count,
    coverage,
  };
}

function share(value: number | null): string {
  return value === null ? "–" : `${(100 * value).toFixed(1)} %`;
}

/** `rate synthetic typos`: a data set with typos in its texts, everything else as it was. */
export async function writeTypos(flags: SyntheticFlags): Promise<void> {
  const { data, response, percent, output, seed = 0 } = flags;
  if (data === undefined || response === undefined || percent === undefined || output === undefined)
    throw inputError(
      "typos needs --percent NUMBER, --data FILE, --response COLUMN and --output FILE (see --help)",
    );
  if (extname(output) !== ".jsonl")
    throw inputError(`--output ${output}: data sets are written as .jsonl; end the file's name with it`);
  const { project, environment } = await openCommandContext(flags.projectDir);
  const hub = openHub({ environment, fetch, say: () => undefined });
  const rows = openSource({ kind: "file", path: data }, { projectDirectory: project.directory, hub });
  const counts = { texts: 0, changed: 0 };
  const lines = async function* () {
    for await (const { row, origin } of rows) {
      const text = row[response];
      if (typeof text !== "string")
        throw inputError(
          `${origin}: column ${response}: expected text, found ${JSON.stringify(text) ?? "nothing"} (columns: ${Object.keys(row).join(", ")})`,
        );
      const wanted = !flags.vowelsOnly || startsWithVowel(text);
      const typed = wanted ? withTypos(text, percent / 100, `${seed} ${text}`) : text;
      counts.texts += 1;
      if (typed !== text) counts.changed += 1;
      yield `${JSON.stringify({ ...row, [response]: typed })}\n`;
    }
  };
  await project.write(resolve(output), lines());
  if (flags.json) return printJson({ file: resolve(output), ...counts });
  print(`${resolve(output)}: ${counts.texts} texts, ${counts.changed} of them with typos`);
}
