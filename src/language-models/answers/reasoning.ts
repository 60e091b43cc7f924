/** Marks around a model's thoughts: what opens and what closes them. */
interface Marks {
  readonly open: RegExp;
  readonly close: RegExp;
}

const TAGS = "think(?:ing)?|thought|reasoning|reflection|analysis|scratchpad|seed:think|antthinking";

/** The forms that models are known to use, besides the channels below. */
const FORMS: readonly Marks[] = [
  // DeepSeek R1, Qwen, GLM, EXAONE, Seed and many others.
  { open: new RegExp(`<(?:${TAGS})>`, "i"), close: new RegExp(`</(?:${TAGS})>`, "gi") },
  // Mistral's Magistral.
  { open: /\[THINK\]/, close: /\[\/THINK\]/g },
  // Kimi.
  { open: /◁think▷/, close: /◁\/think▷/g },
  // Cohere's Command, and models trained on open thoughts.
  {
    open: /<\|(?:START_THINKING|begin_of_thought)\|>/i,
    close: /<\|(?:END_THINKING|end_of_thought)\|>/gi,
  },
  // MedGemma.
  { open: /<unused94>/, close: /<unused95>/g },
];

/** gpt-oss: the final channel follows the others. Without its marks the words run together. */
const CHANNEL = /<\|channel\|>/;
const FINAL_CHANNEL = /<\|channel\|>\s*final\b[^<]*<\|message\|>/g;
const BARE_CHANNELS = /^\s*(?:analysis|commentary)(?=\S)[\s\S]*?assistant\s*final(?=\S)/;
/** IBM's Granite. */
const GRANITE = /^\s*Here is my thought process:[\s\S]*?\n?Here is my response:\s*/i;

/** Marks that end or begin a turn, where a server has left them in. */
const TURN_MARK =
  /(?:<\|(?:im_end|eot_id|end|return|endoftext|end_of_text|end_of_turn|END_RESPONSE|END_OF_TURN_TOKEN|end_of_solution)\|>|<end_of_turn>|<\/s>|<｜end▁of▁sentence｜>)$/i;
const LONGEST_MARK = 40;
const FIRST_MARKS = /^\s*<\|(?:START_RESPONSE|begin_of_solution)\|>\s*/i;
/** Around the answer proper, where thoughts came before it. */
const FRAMED = /^\s*<(answer|response|output|final)>([\s\S]*)<\/\1>\s*$/i;

/** An answer without its thoughts. */
export interface Bare {
  readonly text: string;
  /** Whether there were thoughts. */
  readonly reasoned: boolean;
}

/**
 * Takes the thoughts off an answer in all forms that are known: before a closing mark (templates may open the block in the prompt, so that the closing mark stands alone),
 * after an opening one that is never closed, or in channels. Marks that `original` holds too are text.
 */
export function withoutReasoning(answer: string, original = ""): Bare {
  const bare = stripped(answer, original);
  let { text } = bare;
  if (bare.reasoned) text = FRAMED.exec(text)?.[2] ?? text;
  text = withoutTurnMarks(text, original);
  if (bare.reasoned)
    text = text
      .replace(FIRST_MARKS, "")
      .replace(/^\s*\n/, "")
      .trimStart();
  return { ...bare, text };
}

function withoutTurnMarks(text: string, original: string): string {
  const markOf = (value: string) => TURN_MARK.exec(value.slice(-LONGEST_MARK))?.[0];
  if (markOf(original.trimEnd()) !== undefined) return text;
  let rest = text;
  for (;;) {
    const end = rest.trimEnd();
    const mark = markOf(end);
    if (mark === undefined) return rest;
    rest = end.slice(0, -mark.length).trimEnd();
  }
}

function stripped(answer: string, original: string): Bare {
  if (CHANNEL.test(answer) && !CHANNEL.test(original)) {
    const end = endOfLast(FINAL_CHANNEL, answer);
    const final = end === null ? "" : answer.slice(end).split(/<\|(?:end|return|start)\|>/)[0]!;
    return { text: final, reasoned: true };
  }
  for (const pattern of [BARE_CHANNELS, GRANITE]) {
    const found = pattern.exec(answer);
    if (found && !pattern.test(original)) return { text: answer.slice(found[0].length), reasoned: true };
  }
  for (const { open, close } of FORMS) {
    if (new RegExp(close.source, close.flags.replace("g", "")).test(original) || open.test(original))
      continue;
    const end = endOfLast(close, answer);
    if (end !== null) {
      const after = answer.slice(end);
      // Thoughts may also follow what they are about; then the answer stands before them.
      const before = open.exec(answer);
      const text = after.trim() === "" && before ? answer.slice(0, before.index) : after;
      return { text: open.test(text) ? text.slice(0, open.exec(text)!.index) : text, reasoned: true };
    }
    const begin = open.exec(answer);
    if (begin) return { text: answer.slice(0, begin.index), reasoned: true };
  }
  return { text: answer, reasoned: false };
}

function endOfLast(pattern: RegExp, text: string): number | null {
  let end: number | null = null;
  for (const found of text.matchAll(pattern)) end = found.index + found[0].length;
  return end;
}

/** How thinking is turned off, by those who can. */
export const THINKING_OFF =
  "turn the model's thinking off: chat_template_kwargs: { enable_thinking: false } (Qwen and others behind vLLM or SGLang), reasoning_effort: low, minimal or none (OpenAI, OpenRouter, gpt-oss), " +
  "extra_body: { think: false } (Ollama), or raise max_completion_tokens";

/** Why an answer holds no text though the model has answered; null where it has said nothing at all. */
export function onlyReasoning(beside: string | undefined, reasoned: boolean): string | null {
  if (beside)
    return `the server gives the whole answer as reasoning (${beside.length} characters) and no text: ${THINKING_OFF}`;
  return reasoned ? `the answer holds nothing but reasoning: ${THINKING_OFF}` : null;
}
