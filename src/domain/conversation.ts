import { dialogue, dialogueText, type Exchange, looseDialogue, type Turn } from "./dialogue.js";
import { inputError } from "./errors.js";
import type { Json } from "./example.js";
import { leaveOut } from "./left-out.js";

type Spoken = Pick<Turn, "speaker" | "text">;

/** The speakers by the names that data sets give them, in lower case. */
const ROLES: Readonly<Record<string, Turn["speaker"]>> = {
  user: "Human",
  human: "Human",
  prompter: "Human",
  assistant: "Assistant",
  gpt: "Assistant",
  model: "Assistant",
  bot: "Assistant",
  chatbot: "Assistant",
  system: "System",
  developer: "System",
};

/**
 * Splits a conversation into what stands before the assistant's last turn and that turn. It may be a text in `Human:
 * … Assistant: …` form, or a list of messages: `{role, content}` or `{from, value}`, whose content may be parts,
 * texts that take turns, or the JSON of any of these. A prompt of one turn is its text alone, a longer one is a
 * dialogue again. Leaves the row out (`LeftOut`) where the conversation has no prompt or no response, or holds what a
 * text cannot say. Throws an input error on what is no conversation.
 */
export function splitConversation(value: Json): Exchange {
  const turns = merged(turnsOf(value));
  const last = turns.at(-1);
  if (last?.speaker !== "Assistant" || last.text.trim() === "") throw leaveOut("without a response");
  const before = turns.slice(0, -1);
  const spoken = before.filter(({ speaker }) => speaker !== "System");
  if (spoken.every(({ text }) => text.trim() === "")) throw leaveOut("without a prompt");
  if (spoken[0]!.speaker !== "Human") throw leaveOut("with a conversation that the assistant begins");
  if (before.slice(1).some(({ speaker }) => speaker === "System"))
    throw leaveOut("with a message of the system in the middle");
  if (before.length === 1 && !/^\s*(?:Human|System):/.test(before[0]!.text))
    return { question: before[0]!.text, response: last.text };
  const question = dialogueText(before);
  if (!isSame(dialogue(question), before))
    throw leaveOut("with a message that holds a speaker's mark (Human:, Assistant:)");
  return { question, response: last.text };
}

function turnsOf(value: Json): Spoken[] {
  if (typeof value === "string") {
    const text = value.trim();
    if (text === "") throw leaveOut("without a response");
    if (text[0] === "[" || text[0] === "{") return turnsOf(parsedList(text));
    return looseDialogue(value);
  }
  if (Array.isArray(value)) return value.map(turnOf);
  if (value !== null && typeof value === "object") {
    // Columns of a nested table: a list of roles beside a list of contents.
    const roles = value.role ?? value.from;
    const contents = value.content ?? value.value;
    if (Array.isArray(roles) && Array.isArray(contents) && roles.length === contents.length)
      return roles.map((role, index) => turnOf({ role, content: contents[index]! }, index));
    if (Array.isArray(value.messages)) return turnsOf(value.messages);
  }
  if (value === null) throw leaveOut("without a response");
  throw notOne(value);
}

function parsedList(text: string): Json {
  try {
    const value: Json = JSON.parse(text);
    if (typeof value === "object") return value;
  } catch {
    // Said below.
  }
  throw inputError(
    `expected a list of messages as JSON, found ${JSON.stringify(text.slice(0, 60))}; write the column as JSON ([{"role": "user", "content": …}, …])`,
  );
}

function turnOf(message: Json, index: number): Spoken {
  if (typeof message === "string") return { speaker: index % 2 === 0 ? "Human" : "Assistant", text: message };
  if (message === null || typeof message !== "object" || Array.isArray(message)) throw notOne(message);
  const role = message.role ?? message.from;
  if (typeof role !== "string") throw notOne(message);
  const speaker = Object.hasOwn(ROLES, role.toLowerCase()) ? ROLES[role.toLowerCase()] : undefined;
  if (!speaker) throw leaveOut(`with a message of the role ${role.slice(0, 30)}`);
  return { speaker, text: contentOf(message.content ?? message.value ?? null) };
}

/** A message's text; parts are joined. */
function contentOf(content: Json): string {
  if (content === null) return "";
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) throw notOne(content);
  return content
    .map((part) => {
      if (typeof part === "string") return part;
      const text = part !== null && typeof part === "object" && !Array.isArray(part) ? part.text : undefined;
      if (typeof text === "string") return text;
      throw leaveOut("with a message that is not text alone");
    })
    .join("");
}

/** Turns of one speaker after the other become one. */
function merged(turns: readonly Spoken[]): Spoken[] {
  const found: Spoken[] = [];
  for (const turn of turns) {
    const last = found.at(-1);
    if (last?.speaker !== turn.speaker) found.push({ speaker: turn.speaker, text: turn.text });
    else if (turn.text.trim() !== "")
      found[found.length - 1] = {
        ...last,
        text: last.text === "" ? turn.text : `${last.text}\n\n${turn.text}`,
      };
  }
  return found;
}

function isSame(found: readonly Spoken[], meant: readonly Spoken[]): boolean {
  return (
    found.length === meant.length &&
    found.every(
      ({ speaker, text }, index) => speaker === meant[index]!.speaker && text === meant[index]!.text.trim(),
    )
  );
}

function notOne(value: Json): Error {
  return inputError(
    `expected a conversation (a list of {role, content}, or a text "Human: … Assistant: …"), found ${JSON.stringify(value)?.slice(0, 60)}`,
  );
}
