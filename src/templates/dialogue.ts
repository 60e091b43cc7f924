import { inputError } from "../domain/errors.js";

/** One turn of a dialogue. */
export interface Turn {
  readonly speaker: "Human" | "Assistant";
  readonly text: string;
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
  }));
}

/** All that stands before the last turn of the assistant, and that turn. Throws when the assistant does not have the last word. */
export function withoutLastTurn(text: string): { question: string; response: string } {
  const last = dialogue(text).at(-1)!;
  if (last.speaker !== "Assistant")
    throw inputError("expected a dialogue that ends with a turn of the Assistant");
  const mark = text.lastIndexOf("\n\nAssistant:");
  return { question: text.slice(0, mark).trim(), response: last.text };
}
