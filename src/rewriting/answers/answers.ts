import type { RewriteAnswer, RewriteFailure, RewriteOutcome, RewriteRequest } from "../../domain/rewriter.js";
import { readFinish } from "../../language-models/answers/finish.js";
import { onlyReasoning, withoutReasoning } from "../../language-models/answers/reasoning.js";
import type { ChatReply } from "../../language-models/client.js";
import type { ChatAnswer } from "../../language-models/completion.js";
import { changedLanguage } from "./language.js";
import { hasLeadIn, hasNote, isAnnouncement } from "./lead-ins.js";
import { isRefusal } from "./refusals.js";
import { isUnrelated, lengthFarOff } from "./relation.js";

/** A chat model's reply to a rewrite request, judged, with the model's own account of it. */
export function answerTo(request: RewriteRequest, reply: ChatReply): RewriteAnswer {
  if ("rejected" in reply) return { request, outcome: failed("rejected", reply.rejected) };
  if ("failed" in reply) return { request, outcome: failed("failed", reply.failed) };
  const outcome = judgeAnswer(request.text, reply);
  const isAsItCame = outcome.status === "ok" && outcome.text === reply.text;
  return {
    request,
    outcome,
    ...(!isAsItCame && { text: reply.text }),
    ...(reply.reasoning && { reasoning: reply.reasoning }),
    model: reply.model,
    ...(reply.finishReason !== null && { finishReason: reply.finishReason }),
    ...(reply.usage && { usage: reply.usage }),
  };
}

/** What is known of an answer to a rewrite request. */
export type GivenAnswer = Pick<ChatAnswer, "text" | "refusal" | "finishReason" | "reasoning">;

/**
 * Judges an answer to a rewrite request: the rewrite, without the model's thoughts, or why it is none. What the original itself has (an apology, a code block, a lead-in) is no fault of its rewrite.
 */
export function judgeAnswer(original: string, answer: GivenAnswer): RewriteOutcome {
  if (answer.refusal) return failed("refused", answer.refusal.slice(0, 300));
  const finish = readFinish(answer.finishReason);
  if (finish.kind === "refused") return failed("refused", finish.detail);
  const bare = withoutReasoning(answer.text ?? "", original);
  const { text } = bare;
  const isEmpty = text.trim() === "";
  if (finish.kind === "cut_off") {
    const thoughts = isEmpty ? onlyReasoning(answer.reasoning, bare.reasoned) : null;
    return failed("cut_off", thoughts === null ? finish.detail : `${finish.detail}; ${thoughts}`);
  }
  if (isEmpty) {
    const thoughts = onlyReasoning(answer.reasoning, bare.reasoned);
    return thoughts === null ? failed("empty", "the answer holds no text") : failed("reasoning", thoughts);
  }
  if (!text.isWellFormed()) return failed("empty", "the answer holds half a character (a lone surrogate)");
  const [fault] = FAULTS.flatMap((find) => find(original, text) ?? []);
  return fault ?? { status: "ok", text };
}

/** A text of so many characters has more to say than "Okay". */
const SOME_TEXT = 40;

type FindFault = (original: string, text: string) => RewriteOutcome | null;

/** What can be wrong with a text, in the order in which it is looked for. */
const FAULTS: readonly FindFault[] = [
  (original, text) =>
    isRefusal(text) && !isRefusal(original) ? failed("refused", text.slice(0, 300)) : null,
  (original, text) =>
    text.trim() === original.trim() ? failed("unchanged", "the answer is the text itself") : null,
  (original, text) =>
    hasLeadIn(text.trim()) && !hasLeadIn(original.trim()) ? failed("wrapped", text.slice(0, 160)) : null,
  (original, text) =>
    hasNote(text.trim()) && !hasNote(original.trim()) ? failed("wrapped", `… ${text.slice(-160)}`) : null,
  (original, text) =>
    isAnnouncement(text.trim()) && original.trim().length >= SOME_TEXT
      ? failed("wrapped", text.slice(0, 160))
      : null,
  (original, text) => {
    const off = lengthFarOff(original, text);
    return off === null ? null : failed("length_far_off", off);
  },
  (original, text) => {
    const changed = changedLanguage(original, text);
    return changed === null ? null : failed("other_language", changed);
  },
  (original, text) =>
    isUnrelated(original, text)
      ? failed("unrelated", `hardly a word of the text is left: ${text.slice(0, 160)}`)
      : null,
];

function failed(reason: RewriteFailure, detail: string): RewriteOutcome {
  return { status: "failed", reason, detail };
}
