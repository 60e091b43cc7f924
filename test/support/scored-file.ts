import { type RecordFields, recordToWrite } from "../../src/storage/examples/record.js";

/** A line of a scored file as the program writes it: its own fields, and rewards or fields of the user's. */
function recordLine(fields: RecordFields, others: Record<string, unknown> = {}): string {
  return `${JSON.stringify({ ...recordToWrite(fields), ...others })}\n`;
}

/** Lines of a scored file with known contents: example i has the difference (−1)^i · i / 10 under `org/model`, and every tenth one a flip that failed. */
export function scoredLine(index: number, extra: Record<string, unknown> = {}): string {
  const treated = index % 2 === 1;
  const difference = ((index % 2 === 0 ? 1 : -1) * index) / 10;
  const rewrite = 1;
  const fields: RecordFields = {
    id: `e${index}`,
    w_original: treated,
    reward_question: `Question ${index}?`,
    completions: {
      original: `The original number ${index} ${"is long ".repeat(index % 7)}`,
      rewrite: `The changed number ${index}`,
      "rewritten rewrite": `The original number ${index} again`,
    },
    w_rewrite: index % 10 === 0 ? treated : !treated,
    w_rewritten_rewrite: treated,
  };
  const rewards = {
    "org/model": {
      original: 0.5,
      rewrite,
      "rewritten rewrite": treated ? rewrite + difference : rewrite - difference,
    },
  };
  return recordLine(fields, { ...rewards, ...extra });
}

/** An example whose rewrite was refused. */
export function refusedLine(id: string): string {
  return recordLine({
    id,
    w_original: true,
    reward_question: "Question?",
    completions: { original: "An original alone" },
    rewrite_failure: { step: "rewrite", reason: "refused", detail: "I cannot help with that" },
  });
}
