import { RepeatedAnswers } from "../answers/repeated.js";
import type { RewrittenExample } from "./rewrite.js";

/** The answers that many different texts of a data set have got. */
export async function repeatedIn(rewritten: AsyncIterable<RewrittenExample>): Promise<RepeatedAnswers> {
  const repeated = new RepeatedAnswers();
  for await (const { example, rewrite, rewriteOfRewrite } of rewritten) {
    if (rewrite.status !== "ok") continue;
    repeated.add(example.response, rewrite.text);
    if (rewriteOfRewrite?.status === "ok") repeated.add(rewrite.text, rewriteOfRewrite.text);
  }
  return repeated;
}

/** The examples with such answers as failures. */
export async function* withoutRepeated(
  rewritten: AsyncIterable<RewrittenExample>,
  repeated: RepeatedAnswers,
): AsyncIterable<RewrittenExample> {
  for await (const found of rewritten) {
    const { example, rewrite, rewriteOfRewrite } = found;
    if (rewrite.status !== "ok") yield found;
    else if (repeated.has(example.response, rewrite.text))
      yield { ...found, rewrite: failure(rewrite.text), rewriteOfRewrite: null };
    else if (rewriteOfRewrite?.status === "ok" && repeated.has(rewrite.text, rewriteOfRewrite.text))
      yield { ...found, rewriteOfRewrite: failure(rewriteOfRewrite.text) };
    else yield found;
  }
}

function failure(text: string) {
  return {
    status: "failed",
    reason: "repeated",
    detail: `several different texts got this very answer: ${text.slice(0, 160)}`,
  } as const;
}
