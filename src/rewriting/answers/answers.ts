import type { RewriteAnswer, RewriteOutcome, RewriteRequest } from "../../domain/rewriter.js";
import type { ChatReply } from "../../language-models/client.js";
import type { ChatAnswer } from "../../language-models/completion.js";

/** A chat model's reply to a rewrite request, judged, with the model's own account of it. */
export function answerTo(request: RewriteRequest, reply: ChatReply): RewriteAnswer {
  if ("rejected" in reply)
    return { request, outcome: { status: "failed", reason: "rejected", detail: reply.rejected } };
  if ("failed" in reply)
    return { request, outcome: { status: "failed", reason: "failed", detail: reply.failed } };
  const outcome = judgeAnswer(request.text, reply);
  return {
    request,
    outcome,
    ...(outcome.status === "failed" && { text: reply.text }),
    model: reply.model,
    ...(reply.finishReason !== null && { finishReason: reply.finishReason }),
    ...(reply.usage && { usage: reply.usage }),
  };
}

/** How a model says that it will not do what it is asked, and what that is. Only short answers are taken for it: a review may well say that it is sorry. */
const REFUSAL = new RegExp(
  [
    // An apology may come first.
    String.raw`^(?:(?:(?:i['’]?m|i am) )?(?:very |really |truly |so |deeply )?sorry\b[^.,!:]{0,40}[.,!]?\s*|(?:i apologi[sz]e|my apologies|unfortunately|as an ai)\b[^.,!:]{0,60}[.,!]?\s*)?(?:but,? |however,? )?`,
    String.raw`(?:that request\b|i (?:must|have to) (?:respectfully )?(?:decline|refuse)\b|`,
    String.raw`(?:i (?:can(?:no|['’])t|can not|won['’]t|will not)|(?:i['’]m|i am) (?:unable|not able|not comfortable|not willing|not going)|i (?:do not|don['’]t) feel (?:right|comfortable))\b[^.!?\n]{0,60}?\b(?:`,
    [
      String.raw`assist\b|fulfil|comply\b|help(?=$|[.!,]| (?:you|with|that|on)\b)|do (?:that|this|so)(?=$|[.!,])|continue with (?:this|that)\b|engage in\b`,
      String.raw`(?:rewrit|reword|rephras|adjust|revis)(?:e|ing|)\b`,
      String.raw`(?:creat|generat|produc|provid|writ|mak)(?:e|ing) (?:(?:that|this|it|such)(?=$|[.!,])|[^.!?\n]{0,40}?\b(?:content|material|instructions|information|advice|response|answer|text|request)\b)`,
    ].join("|"),
    "))",
  ].join(""),
  "i",
);
const REFUSAL_LENGTH = 400;

const ADJUSTED = "adjusted|rewritten|revised|edited|reworded|rephrased|updated|modified";
const REWRITE = "(?:version|response|review|answer|reply|text|passage|rewrite)s?";
const LEAD_IN = String.raw`[^\n:]{0,120}?\b${REWRITE}\b[^\n:]{0,100}:`;

/**
 * What belongs to the conversation and not to the rewrite: a lead-in that names what follows, a title, a frame, or thoughts. That a response begins with "Sure" or
 * introduces a list is no lead-in.
 */
const WRAPPED: readonly RegExp[] = [
  String.raw`^(?:(?:sure|certainly|of course|absolutely|okay|ok|alright)\b[^\n:.!,]{0,20}[.!,]*\s+)?(?:here(?:['’]s| is| are) (?:the|your|an?)\b|below is|(?:i['’]ve|i have) (?:made|${ADJUSTED})\b|the (?:${ADJUSTED})\b|this is (?:the|an?|your) (?:[\w-]+ ){1,3}version\b)(?:${LEAD_IN}|:)(?=\s|["“*])`,
  String.raw`^(?:(?:sure|certainly|of course|absolutely|okay)\b[^\n:]{0,20}\s)?here you go[.!:]`,
  String.raw`^[*_#[ ]*(?:the )?(?:${ADJUSTED})(?: ${REWRITE})?[*_\]]*(?::[*_]*(?=\s)|(?=\n))`,
  "^<think(?:ing)?>",
  "^```[^`]*```$",
].map((pattern) => new RegExp(pattern, "i"));

function isWrapped(text: string): boolean {
  return WRAPPED.some((pattern) => pattern.test(text));
}

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
  if (isWrapped(text.trim()) && !isWrapped(original.trim())) return failed("wrapped", text.slice(0, 160));
  return { status: "ok", text };
}
