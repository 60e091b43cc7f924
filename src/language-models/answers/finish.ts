/** What a finish reason says of an answer. */
export type Finish =
  | { readonly kind: "whole" }
  | { readonly kind: "cut_off"; readonly detail: string }
  | { readonly kind: "refused"; readonly detail: string };

/**
 * Reasons that are known to mean a whole answer, in small letters: `stop` (OpenAI, vLLM, SGLang, Ollama, llama.cpp, Mistral, DeepSeek, OpenRouter, Gemini as STOP),
 * `end_turn` and `stop_sequence` (Anthropic, Bedrock), `eos_token` and `stop_sequence` (TGI), `eos` (Together, older llama.cpp), `complete` (Cohere).
 */
const WHOLE = new Set(["stop", "end_turn", "stop_sequence", "eos_token", "eos", "complete"]);

/** Reasons by which a provider says that it withholds an answer. */
const REFUSED = new Set([
  "content_filter",
  "content_filtered",
  "refusal",
  "safety",
  "recitation",
  "blocklist",
  "prohibited_content",
  "spii",
  "sensitive",
  "guardrail_intervened",
  "error_toxic",
]);

/** Reasons by which a provider says that an answer has reached a limit of tokens. */
const LIMITED = new Set([
  "length",
  "max_tokens",
  "max_output_tokens",
  "model_length",
  "model_context_window_exceeded",
  "error_limit",
]);

/** Reads a finish reason, from an allow-list: one that is not known is no whole answer. Servers that give none (null) are believed. */
export function readFinish(reason: string | null | undefined): Finish {
  const name = (reason ?? "").trim().toLowerCase();
  if (name === "" || WHOLE.has(name)) return { kind: "whole" };
  if (REFUSED.has(name))
    return { kind: "refused", detail: `withheld by the provider (finish reason ${shown(name)})` };
  if (LIMITED.has(name))
    return {
      kind: "cut_off",
      detail: `the answer reached the limit of tokens (finish reason ${shown(name)}); see max_completion_tokens`,
    };
  return {
    kind: "cut_off",
    detail: `finish reason ${shown(name)}, which is not known to end a whole answer`,
  };
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 40));
}
