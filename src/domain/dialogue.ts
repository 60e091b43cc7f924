import { inputError } from "./errors.js";

/** One turn of a dialogue. */
export interface Turn {
  readonly speaker: "Human" | "Assistant";
  readonly text: string;
  /** Where it begins in the dialogue, its speaker included. */
  readonly start: number;
}

const SPEAKER = /(?:^|\n\n)(Human|Assistant):/g;

/** The turns of a dialogue as HH-RLHF writes it: `\n\nHuman: …\n\nAssistant: …`. Throws when it does not begin with a turn of the human. */
export function dialogue(text: string): Turn[] {
  const marks = [...text.matchAll(SPEAKER)];
  if (marks[0]?.[1] !== "Human" || text.slice(0, marks[0].index).trim() !== "")
    throw inputError(
      `expected a dialogue that begins with Human:, found ${JSON.stringify(text.slice(0, 40))}`,
    );
  return marks.map((mark, index) => ({
    speaker: mark[1] as Turn["speaker"],
    text: text.slice(mark.index + mark[0].length, marks[index + 1]?.index ?? text.length).trim(),
    start: mark.index,
  }));
}

/** A question and its response; the response is empty where the assistant says nothing. */
export interface Exchange {
  readonly question: string;
  readonly response: string;
}

/** The first turn of each speaker. */
export function firstExchange(text: string): Exchange {
  const turns = dialogue(text);
  return { question: turns[0]!.text, response: turns.find(isOfAssistant)?.text ?? "" };
}

/** All that stands before the last turn of the assistant, and that turn. */
export function withoutLastTurn(text: string): Exchange {
  const last = dialogue(text).findLast(isOfAssistant);
  return { question: text.slice(0, last?.start).trim(), response: last?.text ?? "" };
}

function isOfAssistant({ speaker }: Turn): boolean {
  return speaker === "Assistant";
}
