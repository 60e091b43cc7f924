import { readFile } from "node:fs/promises";
import { turnsOfPrompt } from "../../domain/dialogue.js";
import { inputError } from "../../domain/errors.js";
import type { Recipe } from "../../domain/recipe.js";
import type { ModelFiles } from "./model-files.js";

/** One message of a chat. */
export interface Message {
  readonly role: string;
  readonly content: string;
}

export interface ChatRenderer {
  /** The template itself. */
  readonly source: string;
  /** The text of a chat, special tokens written out. Throws when the template refuses it. */
  render(messages: readonly Message[]): string;
}

/** Templates that ask for today's date get the one that Llama's own fall back to: a score must not depend on the day. */
const DATE = new Date(Date.UTC(2024, 6, 26));

/** The chat template of a model: a file of its own, or in the tokenizer's settings. */
export async function chatRenderer(
  files: ModelFiles,
  settings: Readonly<Record<string, unknown>>,
  specials: Readonly<Record<string, unknown>>,
  { chatTemplate, system, templateKwargs }: Pick<Recipe, "chatTemplate" | "system" | "templateKwargs"> = {},
): Promise<ChatRenderer> {
  const file = chatTemplate === undefined ? await files.find("chat_template.jinja") : null;
  const source =
    chatTemplate ?? (file === null ? inSettings(settings.chat_template) : await readFile(file, "utf8"));
  if (source === undefined)
    throw inputError(
      `${files.name}: has no chat template (chat_template.jinja, or chat_template in tokenizer_config.json); give the recipe one (chat_template), or is its input a pair, or the response alone?`,
    );
  const { Template } = await import("@huggingface/jinja");
  // The engine has a clock of its own, which cannot be set.
  const template = new Template(source.replaceAll(/\bstrftime_now\b/g, "date_of_templates"));
  const tokens = Object.fromEntries(
    Object.entries(specials)
      .filter(([name]) => name.endsWith("_token"))
      .map(([name, token]) => [name, contentOf(token)]),
  );
  return {
    source,
    render(messages) {
      try {
        return template.render({
          ...tokens,
          ...templateKwargs,
          messages: system === undefined ? messages : [{ role: "system", content: system }, ...messages],
          tools: null,
          documents: null,
          add_generation_prompt: false,
          date_of_templates: formatDate,
        });
      } catch (cause) {
        throw inputError(
          `${files.name}: its chat template refuses the conversation (${(cause as Error).message})`,
          cause,
        );
      }
    },
  };
}

/** A special token's text: it is kept as such, or as an object that describes it. */
export function contentOf(token: unknown): string | undefined {
  if (typeof token === "string") return token;
  const content = (token as { content?: unknown } | null | undefined)?.content;
  return typeof content === "string" ? content : undefined;
}

/** A list of named templates holds one called `default`. */
function inSettings(found: unknown): string | undefined {
  if (typeof found === "string") return found;
  if (!Array.isArray(found)) return undefined;
  return found.find(({ name }) => name === "default")?.template;
}

/**
 * The messages of a prompt. One that is written as a dialogue in which the human has the last word becomes its turns, any other a
 * single message. An empty turn of the assistant at its end is the place of the response.
 */
export function messagesOf(prompt: string, policy: Recipe["dialogue"]): Message[] {
  const turns = policy === "turns" ? turnsOfPrompt(prompt) : null;
  if (!turns) return [{ role: "user", content: prompt }];
  return turns.map(({ speaker, text }) => ({ role: ROLES[speaker], content: text }));
}

const ROLES = { System: "system", Human: "user", Assistant: "assistant" } as const;

/** The date in the format of C's strftime, as far as chat templates use it. */
function formatDate(format: string): string {
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en", { ...options, timeZone: "UTC" }).format(DATE);
  const known: Record<string, string> = {
    "%d": part({ day: "2-digit" }),
    "%b": part({ month: "short" }),
    "%B": part({ month: "long" }),
    "%m": part({ month: "2-digit" }),
    "%Y": part({ year: "numeric" }),
    "%y": part({ year: "2-digit" }),
    "%A": part({ weekday: "long" }),
    "%a": part({ weekday: "short" }),
  };
  return format.replace(/%[A-Za-z]/g, (code) => known[code] ?? code);
}
