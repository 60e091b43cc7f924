import { createHash } from "node:crypto";
import { hashFile } from "../artifacts/files.js";
import type { DatasetFacts } from "../artifacts/manifest.js";
import { locate, revisionOf } from "../datasets/source.js";
import type { DataSource } from "../domain/template.js";
import { openHub } from "../hub/hub.js";
import { promptFor } from "../rewriters/prompts.js";
import { templateText } from "../templates/describe.js";
import type { Context } from "./context.js";
import type { DatasetJob } from "./create-dataset.js";
import type { LoadedExamples } from "./examples.js";
import type { RewrittenExample } from "./rewrite.js";

/** What tells a source's content from another's: a file's SHA-256, the commit of a Hub repository. */
export async function sourceFacts(
  source: DataSource,
  context: Pick<Context, "project" | "environment" | "fetch" | "say">,
): Promise<Record<string, unknown>> {
  if (source.kind === "file") {
    const path = await locate(source.path, context.project.directory);
    return { kind: "file", path: context.project.show(path), sha256: await hashFile(path) };
  }
  if (source.kind === "review_sentences") return { kind: source.kind };
  const { dataset: name, split, config, path } = source;
  const revision = revisionOf(source);
  const { commit } = await openHub(context).pin({ type: "dataset", name, revision });
  return {
    kind: "hub",
    dataset: name,
    split,
    ...(config && { config }),
    ...(path && { path }),
    revision,
    commit,
  };
}

/** SHA-256 of what decides a data set's examples and rewrites, as text. */
export function templateHash({ template }: DatasetJob): string {
  const { source: _, ...rest } = template;
  return createHash("sha256")
    .update(templateText({ ...rest, source: { kind: "review_sentences" } }))
    .digest("hex");
}

/** What made a data set's rewrites, and how many examples there are and were lost. */
export async function datasetFacts(
  job: DatasetJob,
  loaded: LoadedExamples,
  rewriter: Readonly<Record<string, unknown>>,
  rewritten: AsyncIterable<RewrittenExample>,
): Promise<Omit<DatasetFacts, "source" | "usage" | "seconds">> {
  const failed: Record<string, { w_1: number; w_0: number }> = {};
  for await (const { example, rewrite, rewriteOfRewrite } of rewritten) {
    const outcome = rewrite.status === "failed" ? rewrite : rewriteOfRewrite;
    if (outcome?.status !== "failed") continue;
    failed[outcome.reason] ??= { w_1: 0, w_0: 0 };
    failed[outcome.reason]![example.treated ? "w_1" : "w_0"] += 1;
  }
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
