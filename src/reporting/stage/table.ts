import { extname } from "node:path";
import { inputError } from "../../domain/errors.js";
import { TEXT_KEYS } from "../../domain/example.js";
import { inferenceOf } from "../../estimation/stage/choices.js";
import { findResults, type WantedKeys } from "../../estimation/stage/results.js";
import { scoredQueryOf } from "../../estimation/stage/scored-query.js";
import type { ColumnNames } from "../../storage/examples/layout.js";
import { rewardsIn, treatedIn } from "../../storage/examples/record.js";
import { readShown } from "../../storage/examples/stored.js";
import type { Project } from "../../storage/project/project.js";
import { csvLines, csvTable } from "../tables/csv.js";
import { estimatesData, estimatesTable } from "../tables/estimates.js";
import { examplesTable, Reservoir, type SampledExample } from "../tables/examples.js";
import { latexTable } from "../tables/latex.js";
import { markdownTable } from "../tables/markdown.js";
import type { TextTable } from "../tables/table.js";

export const TABLE_FORMATS = ["terminal", "markdown", "csv", "latex"] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];

/** The format that the end of a file's name stands for. */
export function formatOfFile(path: string): TableFormat | null {
  const known: Record<string, TableFormat> = {
    ".md": "markdown",
    ".csv": "csv",
    ".tex": "latex",
    ".txt": "terminal",
  };
  return known[extname(path).toLowerCase()] ?? null;
}

export interface TableWork {
  readonly kind: string;
  readonly files: readonly string[];
  readonly format: TableFormat;
  readonly rewardKeys: WantedKeys;
  /** The columns of scores made elsewhere. */
  readonly columns?: ColumnNames | undefined;
  /** ATT and ATU too. */
  readonly allEstimands: boolean;
  readonly rows: number;
  readonly letters: number;
  readonly seed: number;
  /** Whether LaTeX may hold any character (LuaLaTeX, XeLaTeX), or what pdfLaTeX's fonts have. */
  readonly unicode: boolean;
  /** CSV with its cells as they are, though a spreadsheet may take one for a formula. */
  readonly raw?: boolean | undefined;
  /** How a table is drawn on a terminal. */
  readonly draw: (table: TextTable) => string;
}

/** A table of estimates or of sampled examples as text in the wanted format. */
export async function tableOf(work: TableWork, project: Project): Promise<string> {
  if (work.kind === "estimates") {
    const results = (
      await findResults(work.files, work.rewardKeys, project, inferenceOf({ columns: work.columns }))
    ).map(({ result }) => result);
    if (work.format === "csv") return csvLines(estimatesData(results), work);
    return formatted(estimatesTable(results, work.allEstimands), work);
  }
  if (work.kind === "examples") return formatted(await sampled(work, project), work);
  throw inputError(`there is no table ${JSON.stringify(work.kind)} (known: estimates, examples)`);
}

function formatted(table: TextTable, { format, unicode, raw, draw }: TableWork): string {
  if (format === "latex") return latexTable(table, { unicode });
  if (format === "markdown") return markdownTable(table);
  return format === "csv" ? csvTable(table, { raw }) : draw(table);
}

async function sampled(work: TableWork, project: Project) {
  const { files, rewardKeys, rows, letters, seed, columns } = work;
  const found = await findResults(files, rewardKeys, project, inferenceOf({ columns }));
  const [first] = found;
  if (found.length !== 1)
    throw inputError(
      `examples are of one data set and reward model, but there are ${found.length} results; say which with --reward-key (${[...new Set(found.map(({ result }) => result.reward_key))].join(", ")})`,
    );
  const { result, scored } = first!;
  if (scored === null)
    throw inputError(
      `${result.dataset_filename}: is not to be found; give the scored file in place of its effects`,
    );
  const reservoir = new Reservoir<SampledExample>(rows, seed);
  for await (const { id, record, completions } of readShown(scored, scoredQueryOf(result))) {
    const { original, rewrite, [TEXT_KEYS.rewriteOfRewrite]: rewriteOfRewrite } = completions;
    const rewards = rewardsIn(record, result.reward_key);
    if (original === undefined || rewrite === undefined || rewriteOfRewrite === undefined) continue;
    if (rewards.rewrite === null || rewards.rewriteOfRewrite === null) continue;
    reservoir.offer({
      id,
      treated: treatedIn(record) === true,
      texts: { original, rewrite, rewriteOfRewrite },
      rewards: {
        original: rewards.original,
        rewrite: rewards.rewrite,
        rewriteOfRewrite: rewards.rewriteOfRewrite,
      },
    });
  }
  const { items } = reservoir;
  if (items.length === 0) throw inputError(`${scored}: no example has all three texts`);
  const concept = result.concept ?? result.dataset_name ?? result.dataset_filename;
  return examplesTable(items, { rewardKey: result.reward_key, concept, letters, seed });
}
