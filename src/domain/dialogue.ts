import { inputError } from "./errors.js";

/** One turn of a dialogue. */
export interface Turn {
  readonly speaker: "System" | "Human" | "Assistant";
  readonly text: string;
  /** Where it begins in the dialogue, its speaker included. */
  readonly start: number;
}

const SPEAKER = /(?:^\s*|(?:\r?\n){2})(Human|Assistant):/g;
/** How others write it: with one line end between turns, or User in place of Human. */
const LOOSE_SPEAKER = /(?:^\s*|\n[^\S\n]*)(Human|User|Assistant):/g;
const SYSTEM = /^\s*System:/;

/**
 * The turns of a dialogue as HH-RLHF writes it: `\n\nHuman: …\n\nAssistant: …`, perhaps with the system's words
 * before them (`System: …`). Throws when it does not begin with a turn of the human.
 */
export function dialogue(text: string): Turn[] {
  return turnsAt(text, [...text.matchAll(SPEAKER)]);
}

/** The same, also where turns are separated by one line end, if they are not by two. */
export function looseDialogue(text: string): Turn[] {
  const marks = [...text.matchAll(SPEAKER)];
  const isStrict = marks[0]?.[1] === "Human" && marks.some(([, speaker]) => speaker === "Assistant");
  return turnsAt(text, isStrict ? marks : [...text.matchAll(LOOSE_SPEAKER)]);
}

function turnsAt(text: string, marks: readonly RegExpExecArray[]): Turn[] {
  const before = text.slice(0, marks[0]?.index);
  const hasSystem = SYSTEM.test(before);
  if (marks[0] === undefined || marks[0][1] === "Assistant" || (!hasSystem && before.trim() !== ""))
    throw inputError(
      `expected a dialogue that begins with Human:, found ${JSON.stringify(text.slice(0, 40))}`,
    );
  const turns = marks.map(
    (mark, index): Turn => ({
      speaker: mark[1] === "Assistant" ? "Assistant" : "Human",
      text: text.slice(mark.index + mark[0].length, marks[index + 1]?.index ?? text.length).trim(),
      start: mark.index,
    }),
  );
  if (!hasSystem) return turns;
  return [{ speaker: "System", text: before.replace(SYSTEM, "").trim(), start: 0 }, ...turns];
}

/**
 * Whether a text is written as a dialogue: it begins with the human's mark (or the system's), and the assistant
 * answers in it.
 */
export function isDialogue(text: string): boolean {
  const start = text.trimStart();
  const human = start.startsWith("Human:")
    ? 0
    : start.startsWith("System:")
      ? start.indexOf("\n\nHuman:")
      : -1;
  return human >= 0 && /\n\s*Assistant:/.test(start.slice(human));
}

/** Turns as one text, which `dialogue` reads again. */
export function dialogueText(turns: readonly Pick<Turn, "speaker" | "text">[]): string {
  return turns.map(({ speaker, text }) => `${speaker}: ${text}`).join("\n\n");
}

/**
 * The turns of a prompt: of one that is written as a dialogue in which the human has the last word. An empty turn of
 * the assistant at its end is the place of the response, and no turn. Null for any other text: it is what one person
 * says.
 */
export function turnsOfPrompt(prompt: string): Turn[] | null {
  if (!/^\s*(?:Human|System):/.test(prompt) || !/(?:^|\n\n)Human:/.test(prompt)) return null;
  const turns = dialogue(prompt);
  const last = turns.at(-1)!;
  if (last.speaker === "Assistant" && last.text === "") turns.pop();
  const spoken = turns.filter(({ speaker }) => speaker !== "System");
  const alternate = spoken.every(
    ({ speaker }, index) => speaker === (index % 2 === 0 ? "Human" : "Assistant"),
  );
  return spoken.length % 2 === 1 && alternate ? turns : null;
}

/** A question and its response; the response is empty where the assistant says nothing. */
export interface Exchange {
  readonly question: string;
  readonly response: string;
}

/** The first turn of each speaker. */
export function firstExchange(text: string): Exchange {
  const turns = dialogue(text);
  return {
    question: turns.find(({ speaker }) => speaker === "Human")!.text,
    response: turns.find(isOfAssistant)?.text ?? "",
  };
}

/** All that stands before the last turn of the assistant, and that turn. */
export function withoutLastTurn(text: string): Exchange {
  const last = dialogue(text).findLast(isOfAssistant);
  return { question: text.slice(0, last?.start).trim(), response: last?.text ?? "" };
}

function isOfAssistant({ speaker }: Turn): boolean {
  return speaker === "Assistant";
}
