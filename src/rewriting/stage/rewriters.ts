import type { LoadedExamples } from "../../datasets/loading/examples.js";
import type { Attribute } from "../../domain/attribute.js";
import type { RewriteRequest, Rewriter } from "../../domain/rewriter.js";
import type { Budget } from "../../language-models/budget.js";
import type { Context } from "../../storage/project/context.js";
import { Journal } from "../../storage/project/journal.js";
import { linesOfFile } from "../../storage/project/lines.js";
import { Spool } from "../../storage/project/spool.js";
import { openRewriter } from "../backends/index.js";
import { promptFor } from "../backends/prompts.js";
import type { BatchEvent, BatchStore } from "../batches/ledger.js";
import { templateChat } from "./asked-models.js";
import type { DatasetJob } from "./dataset-job.js";

/** Fills the prompts of an attribute. */
export function promptsOf(attribute: Attribute) {
  return (step: Parameters<typeof promptFor>[1], text: string, target: boolean) =>
    promptFor(attribute, step, text, target);
}

/** Opens the rewriter of a data set; one that works in bulk keeps the account `budget` itself. */
export function rewriterOf(
  job: DatasetJob,
  loaded: Pick<LoadedExamples, "attribute" | "rule">,
  context: Context,
  budget: Budget | null,
): Rewriter {
  return openRewriter(job.rewriter, {
    ...loaded,
    chat: { ...templateChat(job), ...job.chat },
    environment: context.environment,
    say: context.say,
    store: batchStore(job.template.name, context),
    batch: { ...job.batch, say: context.say, ...(budget && { budget }) },
  });
}

/** The folder of a run's batches: their ledger, and every line sent and received. */
function batchStore(dataset: string, { project, stamp }: Context): BatchStore {
  const folder = project.batches(dataset, stamp);
  return {
    ledger: () => Journal.open<BatchEvent>(project.batchLedger(dataset, stamp), `batches of ${dataset}`),
    save: async (name, lines) => {
      await project.write(`${folder}/${name}`, lines);
      return `${folder}/${name}`;
    },
    scratch: () => Spool.open<RewriteRequest>(),
    lines: linesOfFile,
  };
}
