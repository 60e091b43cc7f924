import { createHash } from "node:crypto";
import type { LoadedExamples } from "../../datasets/loading/examples.js";
import { filesOf } from "../../datasets/sources/files.js";
import { openHub } from "../../datasets/sources/hub.js";
import { locateHub } from "../../datasets/sources/hub-files.js";
import { templateText } from "../../datasets/templates/describe.js";
import type { DataSource } from "../../domain/template.js";
import type { Context } from "../../storage/project/context.js";
import { hashFile } from "../../storage/project/files.js";
import type { DatasetFacts } from "../../storage/project/manifest.js";
import { promptFor } from "../backends/prompts.js";
import type { DatasetJob } from "./dataset-job.js";
import type { RewrittenExample } from "./rewrite.js";

/** What tells a source's content from another's: a file's SHA-256, the commit of a Hub repository. */
export async function sourceFacts(
  source: DataSource,
  context: Pick<Context, "project" | "environment" | "fetch" | "say">,
): Promise<Record<string, unknown>> {
  if (source.kind === "file") {
    const paths = await filesOf(source.path, context.project.directory);
    const files = await Promise.all(
      paths.map(async (path) => ({ path: context.project.show(path), sha256: await hashFile(path) })),
    );
    if (files.length === 1) return { kind: "file", ...files[0]! };
    const all = createHash("sha256").update(files.map(({ sha256 }) => sha256).join("\n"));
    return { kind: "file", files, sha256: all.digest("hex") };
  }
  if (source.kind === "review_sentences") return { kind: source.kind };
  const { dataset, split, config, path } = source;
  const { repo, partial } = await locateHub(source, openHub(context));
  if (partial !== null) context.say(partial);
  return {
    kind: "hub",
    dataset,
    split,
    ...(config && { config }),
    ...(path && { path }),
    revision: repo.revision,
    commit: repo.commit,
    ...(partial !== null && { partial }),
  };
}

/** SHA-256 of what decides a data set's examples and rewrites, as text. */
export function templateHash({ template }: DatasetJob): string {
  const { source: _, ...rest } = template;
  return createHash("sha256")
    .update(templateText({ ...rest, source: { kind: "review_sentences" } }))
    .digest("hex");
}

/** Examples without all rewrites. */
export interface Losses {
  /** How many, by reason and arm. */
  readonly failed: DatasetFacts["failed"];
  /** Of each reason, what was said of one example. */
  readonly said: Readonly<Record<string, string>>;
  /** How many examples have all rewrites. */
  readonly complete: number;
}

/** Counts the examples without all rewrites. */
export async function lossesOf(rewritten: AsyncIterable<RewrittenExample>): Promise<Losses> {
  const failed: DatasetFacts["failed"] = {};
  const said: Record<string, string> = {};
  let complete = 0;
  for await (const { example, rewrite, rewriteOfRewrite } of rewritten) {
    const outcome = rewrite.status === "failed" ? rewrite : rewriteOfRewrite;
    if (outcome?.status !== "failed") {
      complete += 1;
      continue;
    }
    failed[outcome.reason] ??= { w_1: 0, w_0: 0 };
    failed[outcome.reason]![example.treated ? "w_1" : "w_0"] += 1;
    said[outcome.reason] ??= outcome.detail;
  }
  return { failed, said, complete };
}

/** What everybody knows from the reason's name. */
const CLEAR = new Set(["unchanged", "empty"]);
const LONGEST_EXAMPLE = 400;

/** The losses in words; null where there are none. */
export function lossesText({ failed, said }: Losses, examples: number): string | null {
  const reasons = Object.entries(failed);
  if (reasons.length === 0) return null;
  const count = reasons.reduce((sum, [, { w_1, w_0 }]) => sum + w_1 + w_0, 0);
  const each = reasons.map(([reason, { w_1, w_0 }]) => `${reason}: ${w_1} and ${w_0}`).join("; ");
  const shown = Object.entries(said).filter(([reason]) => !CLEAR.has(reason));
  const spoken = shown.map(([reason, text]) => {
    const short = text.slice(0, LONGEST_EXAMPLE).replace(/\s+/g, " ");
    return shown.length === 1 ? short : `${reason}: ${short}`;
  });
  const example = spoken.length === 0 ? "" : `, for example: ${spoken.join("; ")}`;
  return `${count} of ${examples} examples could not be rewritten (with w = 1 and w = 0; ${each})${example}`;
}

/** How many rewrites have no label, by arm, in words; null where all have one. `labels` are those of both rewrites in turn. */
export async function unlabelledText(
  rewritten: AsyncIterable<RewrittenExample>,
  labels: readonly (boolean | null)[],
): Promise<string | null> {
  const counts = { w_1: 0, w_0: 0 };
  let index = 0;
  for await (const { example, rewrite, rewriteOfRewrite } of rewritten)
    for (const outcome of [rewrite, rewriteOfRewrite]) {
      if (outcome?.status === "ok" && labels[index] === null) counts[example.treated ? "w_1" : "w_0"] += 1;
      index += 1;
    }
  const total = counts.w_1 + counts.w_0;
  if (total === 0) return null;
  return `of ${total} rewrites it is not known whether they have the attribute (of examples with w = 1: ${counts.w_1}, with w = 0: ${counts.w_0})`;
}

/** What made a data set's rewrites, and how many examples there are and were lost. */
export function datasetFacts(
  job: DatasetJob,
  loaded: LoadedExamples,
  rewriter: Readonly<Record<string, unknown>>,
  { failed }: Losses,
): Omit<DatasetFacts, "source" | "usage" | "seconds"> {
  return {
    template_sha256: templateHash(job),
    concept: loaded.attribute.name,
    rewrite_prompt:
      job.rewriter === "builtin"
        ? null
        : promptFor(loaded.attribute, "rewrite", "{original_completion}", true),
    rewriter: { name: job.rewriter, ...rewriter },
    labels: (loaded.labeller?.facts as Record<string, unknown> | undefined) ?? null,
    rows: { skipped: { ...loaded.skipped } },
    examples: loaded.examples.count,
    w_1: loaded.treated,
    w_0: loaded.examples.count - loaded.treated,
    failed,
  };
}
