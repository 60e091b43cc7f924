import { LIBRARY } from "../../datasets/attributes/library/index.js";
import { anyOf } from "../../datasets/attributes/words.js";
import { contract, expand } from "./formality.js";
import { capitalize } from "./replace.js";

/** How a surface attribute is put into a text and taken out of it. */
interface Surface {
  readonly add: (text: string) => string;
  readonly remove: (text: string) => string;
}

const END = /[.!?…]*(["'”’)]*)\s*$/u;

/** Ends the text with other marks. */
function endWith(marks: string): (text: string) => string {
  return (text) => text.replace(END, (_, closing: string) => `${marks}${closing}`);
}

/** Words before the text, whose first letter becomes small unless it begins a name or is I. */
function before(words: string): (text: string) => string {
  return (text) => `${words} ${withSmallStart(text)}`;
}

function withSmallStart(text: string): string {
  return /^(?:The|An?|It|This|That|These|Those|There|They|He|She|We|You|My|Your|And|But|If|In|On|At|As|For|So|All|No|Not|Very|One|What|When|How|Great|Good|Bad)\b/.test(
    text,
  )
    ? text[0]!.toLowerCase() + text.slice(1)
    : text;
}

/** Takes the library's phrases of an attribute out, with the commas and spaces that they leave behind. */
function without(name: string): (text: string) => string {
  const pattern = anyOf(LIBRARY[name]!.phrases!);
  return (text) => {
    const plain = text.replaceAll("’", "'");
    const rest = plain
      .replace(pattern, "")
      .replace(/\s+([,.!?;:])/g, "$1")
      .replace(/([,;:])\s*(?=[,.!?;:])/g, "")
      .replace(/(^|[.!?]\s+)[\s,.;:!?]+/g, "$1")
      .replace(/[ \t]{2,}/g, " ")
      .trim();
    return rest === plain || !/\p{L}/u.test(rest) ? text : capitalize(rest);
  };
}

/** The longest word of a text, changed. */
function atLongestWord(change: (word: string) => string): (text: string) => string {
  return (text) => {
    const words = text.match(/\p{L}[\p{L}'’-]*/gu) ?? [];
    const longest = words.reduce((most, word) => (word.length > most.length ? word : most), "");
    return longest === "" ? text : text.replace(longest, change(longest));
  };
}

const SURFACES: Readonly<Record<string, Surface>> = {
  exclamation_marks: {
    add: endWith("!"),
    remove: (text) => text.replace(/\s*[!¡]+/g, ".").replace(/\.{2,}/g, "."),
  },
  questions: {
    add: (text) => `${text.trimEnd()} Don't you think?`,
    remove: (text) => text.replace(/\?+/g, "."),
  },
  ellipses: { add: endWith("..."), remove: (text) => text.replace(/\.{3,}|…+/g, ".") },
  emoji: {
    add: (text) => `${text.trimEnd()} 🙂`,
    remove: (text) => text.replace(/\s*(?:\p{Extended_Pictographic}\uFE0F?|[\u{1F1E6}-\u{1F1FF}]{2})/gu, ""),
  },
  capitals: {
    add: atLongestWord((word) => word.toUpperCase()),
    remove: (text) =>
      text.replace(/(?<!\p{L})\p{Lu}[\p{Lu}'’-]+(?!\p{L})/gu, (word) => capitalize(word.toLowerCase())),
  },
  bold: { add: atLongestWord((word) => `**${word}**`), remove: (text) => text.replace(/\*\*|__/g, "") },
  quotes: { add: atLongestWord((word) => `"${word}"`), remove: (text) => text.replace(/["“”«»„]/g, "") },
  parentheses: {
    add: (text) => text.replace(END, (end) => ` (at least for now)${end}`),
    remove: (text) => text.replace(/\s*\([^()]*\)/g, ""),
  },
  contractions: { add: contract, remove: expand },
  hedges: { add: before("Perhaps"), remove: without("hedges") },
  certainty: { add: before("Definitely,"), remove: without("certainty") },
  intensifiers: { add: before("Really,"), remove: without("intensifiers") },
  apologies: { add: before("Sorry, but"), remove: without("apologies") },
  gratitude: { add: (text) => `${text.trimEnd()} Thank you.`, remove: without("gratitude") },
  praise_of_user: { add: (text) => `Great question! ${text}`, remove: without("praise_of_user") },
  disclaimers: {
    add: (text) => `${text.trimEnd()} Please note that results may vary.`,
    remove: without("disclaimers"),
  },
  offers: {
    add: (text) => `${text.trimEnd()} Let me know if you have any questions.`,
    remove: without("offers"),
  },
  summaries: { add: before("Overall,"), remove: without("summaries") },
  connectives: { add: before("However,"), remove: without("connectives") },
  greetings: {
    add: (text) => `Hello! ${text}`,
    remove: (text) =>
      capitalize(
        text.replace(
          /^\W*(?:hi|hello|hey|sure|certainly|of course|absolutely|okay|ok|alright|great)\b[,.!]*\s*/i,
          "",
        ),
      ) || text,
  },
};

/** Attributes of the library that the built-in rewriter can put into a text and take out. */
export const SURFACE_EDITS: Readonly<
  Record<string, (text: string, target: boolean, threshold: number) => string>
> = Object.fromEntries(
  Object.entries(SURFACES).map(([name, { add, remove }]) => {
    const { measure } = LIBRARY[name]!.rule;
    const has = (text: string, threshold: number) => (measure(text) ?? 0) > threshold;
    return [
      name,
      (text: string, target: boolean, threshold: number) =>
        has(text, threshold) === target ? text : target ? add(text) : remove(text),
    ];
  }),
);
