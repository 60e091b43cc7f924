import type { RewriteOutcome } from "../domain/rewriter.js";

/** A chat model's answer, as far as it matters whether it is a rewrite. */
export interface ChatAnswer {
  readonly text: string | null;
  /** The model's own refusal, where its API has a field for it. */
  readonly refusal: string | null;
  readonly finishReason: string | null;
}

/** How a model says that it will not. Only short answers are taken for that: a review may well say that it is sorry. */
const REFUSAL =
  /^(?:i['’]?m sorry|i am sorry|sorry,|i apologi[sz]e|i can(?:no|['’])t|i cannot|i['’]?m (?:unable|not able)|i am (?:unable|not able)|as an ai)\b.{0,200}(?:assist|help|fulfil|comply|provide|rewrite|request|continue)/is;
const REFUSAL_LENGTH = 400;

/** A lead-in that belongs to the conversation and not to the rewrite. */
const WRAPPED =
  /^(?:sure|certainly|of course|absolutely|okay|here(?:['’]s| is| are)|below is|the (?:adjusted|rewritten|revised))\b[^\n]{0,160}:\s*(?:\n|["“*])/i;

/** Judges an answer to a rewrite request: the rewrite, or why it is none. */
export function judgeAnswer(original: string, answer: ChatAnswer): RewriteOutcome {
  const failed = (
    reason: Extract<RewriteOutcome, { status: "failed" }>["reason"],
    detail: string,
  ): RewriteOutcome => ({
    status: "failed",
    reason,
    detail,
  });
  if (answer.refusal) return failed("refused", answer.refusal.slice(0, 300));
  if (answer.finishReason === "content_filter")
    return failed("refused", "stopped by the provider's content filter");
  if (answer.finishReason === "length") return failed("cut_off", "the answer reached the limit of tokens");
  const text = answer.text ?? "";
  if (text.trim() === "") return failed("empty", "the answer holds no text");
  if (text.length <= REFUSAL_LENGTH && REFUSAL.test(text.trim()) && !REFUSAL.test(original.trim()))
    return failed("refused", text.slice(0, 300));
  if (text.trim() === original.trim()) return failed("unchanged", "the answer is the text itself");
  if (WRAPPED.test(text.trim()) && !WRAPPED.test(original.trim()))
    return failed("wrapped", text.slice(0, 160));
  return { status: "ok", text };
}
