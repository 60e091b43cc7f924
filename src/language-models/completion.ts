import { z } from "zod";
import type { TokenUsage } from "../domain/rewriter.js";
import { parseJson } from "./api.js";

export interface TokenChoice {
  readonly token: string;
  readonly logprob: number;
}

/** A model's answer, as it came. */
export interface ChatAnswer {
  readonly text: string | null;
  /** The model's own refusal, where its API has a field for it. */
  readonly refusal: string | null;
  /** Why the model stopped, in the provider's word; null where the server gives none. */
  readonly finishReason: string | null;
  readonly model: string;
  readonly usage?: TokenUsage;
  /** For each token of the answer, the likeliest ones, where they were asked for and the server gives them. */
  readonly logprobs?: readonly (readonly TokenChoice[])[];
  /** What the server has put beside the text as the model's thoughts. */
  readonly reasoning?: string;
}

/** The finish reason of a stream that ended without its end. */
const STREAM_BROKEN = "stream_ended_early";

/** A part of a content that is a list: its text, and whether it is part of the answer or of the thoughts. */
const part = z.union([
  z.string().transform((text) => ({ text, isThought: false })),
  z.looseObject({ type: z.string().nullish(), text: z.string().nullish() }).transform(({ type, text }) => ({
    text: text ?? "",
    isThought: /think|reason|thought/i.test(type ?? ""),
  })),
]);

const content = z.union([
  z.string().transform((text) => ({ text, thoughts: "" })),
  z.array(part).transform((parts) => {
    const join = (isThought: boolean) =>
      parts
        .filter((entry) => entry.isThought === isThought)
        .map(({ text }) => text)
        .join("");
    return { text: join(false), thoughts: join(true) };
  }),
]);

/** A field that servers fill as they like: text, or nothing that counts. */
const thoughts = z.string().nullish().catch(null);

const logprobs = z
  .object({
    content: z
      .array(z.object({ top_logprobs: z.array(z.object({ token: z.string(), logprob: z.number() })) }))
      .nullish(),
  })
  .nullish()
  .catch(null);

const usage = z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }).nullish().catch(null);

/** What counts of a chat completion, as an answer. */
export const COMPLETION = z
  .object({
    model: z.string().nullish().catch(null),
    choices: z
      .array(
        z.object({
          message: z.object({
            content: content.nullish(),
            refusal: z.string().nullish().catch(null),
            reasoning_content: thoughts,
            reasoning: thoughts,
            thinking: thoughts,
          }),
          finish_reason: z.string().nullish(),
          logprobs,
        }),
      )
      .min(1),
    usage,
  })
  .transform(({ model, choices: [choice], usage }): ChatAnswer => {
    const { message, finish_reason: finishReason, logprobs } = choice!;
    const reasoning =
      message.reasoning_content || message.reasoning || message.thinking || message.content?.thoughts;
    return {
      text: message.content?.text ?? null,
      refusal: message.refusal ?? null,
      finishReason: finishReason || null,
      model: model ?? "",
      ...(usage && {
        usage: { promptTokens: usage.prompt_tokens, completionTokens: usage.completion_tokens },
      }),
      ...(logprobs?.content && { logprobs: logprobs.content.map(({ top_logprobs }) => top_logprobs) }),
      ...(reasoning && { reasoning }),
    };
  });

/** A chat completion, from a batch, as an answer; null when it is none. */
export function readCompletion(completion: unknown): ChatAnswer | null {
  return COMPLETION.safeParse(completion).data ?? null;
}

/** The body of a reply to a chat request: JSON, or, from servers that stream unasked, events put together. */
export function parseReply(text: string): unknown {
  return /^\s*(?:data|event|id|retry)?:/.test(text) ? joinEvents(text) : parseJson(text);
}

const chunk = z.looseObject({
  model: z.string().nullish().catch(null),
  error: z.unknown().optional(),
  choices: z
    .array(
      z.looseObject({
        delta: z
          .looseObject({
            content: content.nullish(),
            refusal: z.string().nullish().catch(null),
            reasoning_content: thoughts,
            reasoning: thoughts,
          })
          .nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  usage,
});

/** The completion that a stream of events amounts to; undefined where there is none. */
function joinEvents(text: string): unknown {
  const whole = { content: "", reasoning_content: "", refusal: "" };
  let model: string | null = null;
  let finish: string | null = null;
  let used: z.infer<typeof usage> = null;
  let isAtEnd = false;
  let seen = false;
  for (const line of text.split(/\r?\n|\r/)) {
    const data = /^data:\s?(.*)$/.exec(line)?.[1]?.trim();
    if (!data) continue;
    if (data === "[DONE]") {
      isAtEnd = true;
      continue;
    }
    const event = chunk.safeParse(parseJson(data)).data;
    if (!event) return undefined;
    if (event.error != null) return { error: event.error };
    model = event.model ?? model;
    used = event.usage ?? used;
    const [choice] = event.choices ?? [];
    if (!choice) continue;
    seen = true;
    finish = choice.finish_reason ?? finish;
    whole.content += choice.delta?.content?.text ?? "";
    whole.reasoning_content +=
      choice.delta?.reasoning_content ?? choice.delta?.reasoning ?? choice.delta?.content?.thoughts ?? "";
    whole.refusal += choice.delta?.refusal ?? "";
  }
  if (!seen) return undefined;
  return {
    model,
    choices: [
      {
        message: { ...whole, refusal: whole.refusal || null },
        finish_reason: finish ?? (isAtEnd ? null : STREAM_BROKEN),
      },
    ],
    usage: used,
  };
}
