import type { ChatAnswer, ChatReply } from "../chat/client.js";
import type { RewriteAnswer, RewriteOutcome, RewriteRequest } from "../domain/rewriter.js";

/** A chat model's reply to a rewrite request, judged, with the model's own account of it. */
export function answerTo(request: RewriteRequest, reply: ChatReply): RewriteAnswer {
  if ("rejected" in reply)
    return { request, outcome: { status: "failed", reason: "rejected", detail: reply.rejected } };
  return {
    request,
    outcome: judgeAnswer(request.text, reply),
    model: reply.model,
    ...(reply.finishReason !== null && { finishReason: reply.finishReason }),
    ...(reply.usage && { usage: reply.usage }),
  };
}

/** How a model says that it will not. Only short answers are taken for that: a review may well say that it is sorry. */
const REFUSAL =
  /^(?:i['’]?m sorry|i am sorry|sorry,|i apologi[sz]e|i can(?:no|['’])t|i cannot|i['’]?m (?:unable|not able)|i am (?:unable|not able)|as an ai)\b.{0,200}(?:assist|help|fulfil|comply|provide|rewrite|request|continue)/is;
const REFUSAL_LENGTH = 400;

/** A lead-in that belongs to the conversation and not to the rewrite. */
const WRAPPED =
  /^(?:sure|certainly|of course|absolutely|okay|here(?:['’]s| is| are)|below is|the (?:adjusted|rewritten|revised))\b[^\n]{0,160}:\s*(?:\n|["“*])/i;

/** Judges an answer to a rewrite request: the rewrite, or why it is none. */
export function judgeAnswer(
  original: string,
  answer: Pick<ChatAnswer, "text" | "refusal" | "finishReason">,
): RewriteOutcome {
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
  if (!text.isWellFormed()) return failed("empty", "the answer holds half a character (a lone surrogate)");
  if (text.trim() === original.trim()) return failed("unchanged", "the answer is the text itself");
  if (WRAPPED.test(text.trim()) && !WRAPPED.test(original.trim()))
    return failed("wrapped", text.slice(0, 160));
  return { status: "ok", text };
}
