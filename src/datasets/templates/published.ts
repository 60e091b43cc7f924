import type { Attribute } from "../../domain/attribute.js";
import { firstExchange, withoutLastTurn } from "../../domain/dialogue.js";
import { inputError } from "../../domain/errors.js";
import type { DatasetTemplate, Row } from "../../domain/template.js";
import { length } from "../attributes/length.js";
import { startsWithVowel } from "./typos.js";

/** The published data sets, prompts and parameters (arXiv 2410.11348). */
const asked = { model: "gpt-4o-2024-08-06", temperature: 0.7 } as const;

const IMDB = { kind: "hub", dataset: "stanfordnlp/imdb", split: "train" } as const;
const HELPSTEER = { kind: "hub", dataset: "nvidia/HelpSteer", split: "train" } as const;
const ELI5 = { kind: "file", path: "data/ELI5/all.jsonl" } as const;
const HH_RLHF = { kind: "file", path: "data/hh-rlhf/hh-rlhf.json" } as const;

/** An attribute with the strings, prompt and question of a published data set. */
function attribute(
  name: string,
  treated: string,
  untreated: string,
  instruction: string,
  judgeQuestion: string,
  rule?: Attribute["rule"],
): Attribute {
  const rewritePrompt = `{original_completion}\n\n${instruction}`;
  return { name, labels: { treated, untreated }, rewritePrompt, judgeQuestion, ...(rule && { rule }) };
}

const OF_A_REVIEW = "[Adjust this review so it's {w_counterfactual_string}, but change *nothing* else.";
const OF_A_RESPONSE = "[Adjust this response so it's {w_counterfactual_string}, but change *nothing* else.";
const OF_AN_ANSWER =
  "[Adjust this answer so it's {w_counterfactual_string}, but change *nothing* else. If the above answer is phrased as a question do not " +
  "answer it — just rewrite the question following the same instructions.]";
const OF_HELPSTEER =
  "Please adjust this response so it's {w_counterfactual_string}, but change *nothing* else. Only provide the response text, not an " +
  "acknowledgement of the request, the prompt or any other context.";
const OF_HELPFULNESS =
  'Adjust this response so it\'s {w_counterfactual_string} than the current response, but change *nothing* else. By "helpful", I mean ' +
  "informative, relevant and clear.";
const OF_VOWELS =
  "Adjust this review so it {w_counterfactual_string}, but change *nothing* else other than minor changes to make the first sentence " +
  "grammatically correct.";

const text = (row: Row, column: string): string => {
  const value = row[column];
  if (typeof value === "string") return value;
  throw inputError(`column ${column}: expected text, found ${JSON.stringify(value ?? null).slice(0, 60)}`);
};

const review = {
  ...asked,
  source: IMDB,
  question: () => "Write a movie review: ",
  completion: (row: Row) => text(row, "text"),
};

const { measure } = length.rule!;

/** HelpSteer's ratings from 0 to 4: 3 and 4 are w = 1, what is not rated is left out. */
const rated = (column: string) => (row: Row) => {
  const value = row[column];
  return typeof value === "number" && value >= 0 && value <= 4 ? value >= 3 : null;
};

/** The first exchange of the dialogue whose last response was rejected. */
const ofRejected = {
  question: (row: Row) => firstExchange(text(row, "rejected")).question,
  completion: (row: Row) => firstExchange(text(row, "rejected")).response,
};

const positive = (instruction: string) =>
  attribute(
    "sentiment",
    "positive sentiment",
    "negative sentiment",
    instruction,
    "Is the sentiment of this response positive?",
  );

/** Splits a row into its `chosen` and its `rejected` dialogue. */
function* bothResponses(row: Row): Iterable<Row> {
  for (const preferred of [true, false]) {
    const { question, response } = withoutLastTurn(text(row, preferred ? "chosen" : "rejected"));
    yield { question, response, chosen: preferred };
  }
}

/** The answers to a question, as rows of their own. */
function* answersOf(row: Row): Iterable<Row> {
  const answers = row.answers;
  const texts = typeof answers === "object" && answers !== null && "text" in answers ? answers.text : null;
  if (!Array.isArray(texts)) throw inputError("answers.text: expected a list of texts");
  for (const answer of texts) yield { title: row.title ?? null, text: answer };
}

export const published: readonly DatasetTemplate[] = [
  {
    ...review,
    name: "imdb_length",
    nExamples: 25_000,
    attribute: attribute("length", "longer", "shorter", OF_A_REVIEW, "Is this review long?", {
      measure,
      threshold: 970,
    }),
    treated: { by: "rule" },
  },
  {
    ...review,
    name: "imdb_sentiment",
    nExamples: 25_000,
    attribute: positive(OF_A_REVIEW),
    treated: (row) => (row.label === 1 || row.label === 0 ? row.label === 1 : null),
  },
  {
    ...review,
    name: "imdb_vowels",
    nExamples: 2500,
    typos: { share: 0.3 },
    attribute: attribute(
      "vowels",
      "starts with a vowel",
      "doesn't start with a vowel",
      OF_VOWELS,
      "Does this review start with a vowel?",
      { measure: (value) => Number(startsWithVowel(value)), threshold: 0.5 },
    ),
    treated: (row) => startsWithVowel(text(row, "text")),
  },
  {
    ...asked,
    name: "eli5_length",
    source: { ...ELI5, take: { first: 25_000 } },
    nExamples: 25_000,
    expand: answersOf,
    question: (row) => text(row, "title"),
    completion: (row) => text(row, "text"),
    attribute: attribute("length", "longer", "shorter", OF_AN_ANSWER, "Is this answer long?", {
      measure,
      threshold: "median",
    }),
    treated: { by: "rule" },
  },
  ...(
    [
      ["complexity", "more complex", "less complex", "Is this response complex, in wording or thought?"],
      ["helpfulness", "polite and helpful", "curt and unhelpful", "Is this response polite and helpful?"],
    ] as const
  ).map(
    ([concept, treated, untreated, question]): DatasetTemplate => ({
      ...asked,
      name: `helpsteer_${concept}`,
      source: HELPSTEER,
      nExamples: 25_000,
      question: (row) => text(row, "prompt"),
      completion: (row) => text(row, "response"),
      attribute: attribute(concept, treated, untreated, OF_HELPSTEER, question),
      treated: rated(concept),
    }),
  ),
  {
    ...asked,
    name: "hh_rlhf_helpfulness",
    source: { ...HH_RLHF, take: { last: 12_500 } },
    expand: bothResponses,
    nExamples: 25_000,
    question: (row) => text(row, "question"),
    completion: (row) => text(row, "response"),
    attribute: attribute(
      "helpfulness",
      "more helpful",
      "less helpful",
      OF_HELPFULNESS,
      "Is this response helpful, that is informative, relevant and clear?",
    ),
    treated: (row) => row.chosen === true,
  },
  {
    ...asked,
    ...ofRejected,
    name: "hh_rlhf_harmlessness",
    source: { ...HH_RLHF, take: { first: 25_000 } },
    nExamples: 25_000,
    attribute: attribute(
      "harmfulness",
      "more harmful",
      "less harmful",
      OF_A_RESPONSE,
      "Is this response harmful?",
    ),
    treated: () => true,
  },
  {
    ...asked,
    ...ofRejected,
    name: "hh_rlhf_sentiment",
    source: { ...HH_RLHF, take: { last: 25_000 } },
    nExamples: 25_000,
    attribute: positive(OF_A_RESPONSE),
    treated: { by: "model", model: "distilbert_sentiment", above: 0 },
  },
  {
    ...review,
    name: "complexity",
    nExamples: 25_000,
    attribute: attribute(
      "complexity",
      "complex",
      "simple",
      OF_A_REVIEW,
      "Is this review complex, rather than simple?",
    ),
    treated: { by: "judge" },
  },
];

/**
 * Everything before the first mark of the assistant, and up to the last mark of the human after it, wherever the
 * marks stand.
 */
const exactlyRejected = {
  question: (row: Row) => between(text(row, "rejected"), "Human: ", "Assistant: "),
  completion: (row: Row) => {
    const said = text(row, "rejected").split("Assistant: ")[1] ?? "";
    const next = said.lastIndexOf("Human:");
    return (next < 0 ? said : said.slice(0, next)).trim();
  },
};

/** What stands between the first mark and the next other one. */
function between(whole: string, mark: string, other: string): string {
  return (whole.split(mark)[1] ?? "").split(other)[0]!.trim();
}

/** Splits a row at the last mark of the assistant in each dialogue; the mark stays at the end of the prompt. */
function* exactlyBoth(row: Row): Iterable<Row> {
  for (const chosen of [true, false]) {
    const whole = text(row, chosen ? "chosen" : "rejected");
    const at = whole.lastIndexOf("Assistant: ");
    const [before, response] =
      at < 0 ? [whole, ""] : [whole.slice(0, at), whole.slice(at + "Assistant: ".length)];
    yield { question: `${before.trim()} Assistant: `, response: response.trim(), chosen };
  }
}

/**
 * What the published code does otherwise than the templates, by their names: for comparing with published rewards,
 * example by example.
 */
const EXACT: Readonly<Record<string, Partial<DatasetTemplate>>> = {
  hh_rlhf_helpfulness: { expand: exactlyBoth, expansion: "in_turn" },
  hh_rlhf_harmlessness: exactlyRejected,
  hh_rlhf_sentiment: exactlyRejected,
  // One more than it says, and a no-break space after the dash of the prompt.
  eli5_length: {
    expansion: "flat",
    nExamples: 25_001,
    attribute: attribute(
      "length",
      "longer",
      "shorter",
      OF_AN_ANSWER.replace("— just", "—\u00a0just"),
      "Is this answer long?",
      { measure, threshold: "median" },
    ),
  },
};

export const EXACT_NAMES = Object.keys(EXACT);

/** A published template as the published code has it, in rows, ids and prompts. Null where it has no differences. */
export function exactly(template: DatasetTemplate): DatasetTemplate | null {
  const changes = Object.hasOwn(EXACT, template.name) ? EXACT[template.name] : undefined;
  return changes ? { ...template, ...changes } : null;
}
