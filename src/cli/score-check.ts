import type { ScoringConfig } from "../domain/config/schema.js";
import { escapeControls } from "../domain/escape-controls.js";
import type { RuntimeName } from "../domain/serving.js";
import { describeOutput } from "../scoring/outputs.js";
import { loadRecipe } from "../scoring/recipes/recipe-file.js";
import {
  checkReferences,
  compareRuntimes,
  type Parity,
  type ReferenceCheck,
} from "../scoring/stage/parity.js";
import { checkScoring, firstInput, SAMPLE, type ScoreCheck } from "../scoring/stage/score-check.js";
import { servingOf } from "../study/models.js";
import type { CommandContext } from "./command-context.js";
import { print, printJson } from "./terminal/print.js";

/** Longer stretches of text are shown by their ends. */
const SHOWN = 400;

/** `rate score --check`: one example as each model reads it. */
export async function scoreCheck(
  models: readonly string[],
  dataset: string | undefined,
  { environment }: CommandContext,
  json: boolean,
  scoring: Partial<ScoringConfig>,
  against?: Against,
): Promise<void> {
  const input = dataset === undefined ? SAMPLE : await firstInput(dataset);
  const say = (line: string) => void process.stderr.write(`${escapeControls(line)}\n`);
  const checks: Checked[] = [];
  for (const name of models) {
    const template = await loadRecipe(name, scoring.recipes);
    const world = { environment, fetch, say };
    const serving = servingOf(scoring, template.name);
    const check = await checkScoring(template, input, world, serving);
    const references = check.reward === null ? [] : await checkReferences(template, world, serving);
    const parity = against && (await compareRuntimes(template, world, serving, against));
    checks.push({ ...check, references, ...(parity && { against: { ...against, ...parity } }) });
  }
  const wrong = checks.some(
    ({ references, against: other }) => references.some(({ agrees }) => !agrees) || other?.alike === false,
  );
  if (wrong) process.exitCode = 1;
  if (json) printJson(checks);
  else print(checks.map(checkText).join("\n\n"));
}

/** A check with the scores that the recipe knows, and those of another runtime. */
interface Checked extends ScoreCheck {
  readonly references: readonly ReferenceCheck[];
  readonly against?: Against & Parity;
}

/** Another runtime to compare with, and where it is. */
export interface Against {
  readonly runtime: RuntimeName;
  readonly endpoints: readonly string[] | undefined;
}

function referenceText({ prompt, found, reward, tolerance, agrees }: ReferenceCheck): string {
  const verdict = agrees ? "agrees" : "DIFFERS";
  return `${verdict}: ${found} for ${JSON.stringify(prompt.slice(0, 40))}, known ${reward} ± ${tolerance}`;
}

function parityText({
  runtime,
  texts,
  largest,
  where,
  spread,
  reordered,
  pairs,
  alike,
}: Against & Parity): string {
  const share = spread > 0 ? `, ${((100 * largest) / spread).toPrecision(2)} % of their spread` : "";
  return `${runtime}: ${alike ? "the same scores" : "OTHER SCORES"}; over ${texts} texts the largest difference is ${largest.toPrecision(2)}${share} (${JSON.stringify(where)}); ${reordered} of ${pairs} pairs in another order`;
}

function checkText(check: Checked): string {
  const { template, encoded, pieces, maxTokens, facts, reward, reason, references, against } = check;
  const { runtimes, licence, dtype, notes } = template;
  const at = typeof facts.revision === "string" ? ` at ${facts.revision}` : "";
  const lines: [string, string | undefined][] = [
    ["model", `${template.model}${at}`],
    ["licence", licence],
    ["input", inputText(template)],
    ["reads", pieces.map(pieceText).join("")],
    ["tokens", `${encoded.tokens} of at most ${maxTokens}; ${encoded.bosCount} BOS or CLS at the beginning`],
    ["cut off", cutText(encoded, template)],
    ["output", `${describeOutput(template)}; no sigmoid, no softmax`],
    [
      "runs in",
      `${runtimes.join(", ")}; ${dtype} as released${typeof facts.weights === "string" ? `, here ${facts.weights}` : ""}`,
    ],
    ["score", reward === null ? `none here: ${reason}` : String(reward)],
    ...references.map((reference): [string, string] => ["known", referenceText(reference)]),
    ["against", against && parityText(against)],
    ["note", notes],
  ];
  const told = lines.filter(([, text]) => text !== undefined);
  return [
    template.rewardKey === template.name
      ? template.name
      : `${template.name} (reward key ${template.rewardKey})`,
    ...told.map(([name, text]) => `  ${name.padEnd(8)} ${escapeControls(text!)}`),
  ].join("\n");
}

function inputText({ input, bos, dialogue }: ScoreCheck["template"]): string {
  if (input === "response") return "the response alone";
  if (input === "pair") return "prompt and response as a pair of sequences";
  const turns = dialogue === "turns" ? "dialogues as turns" : "dialogues as one message";
  return `the model's chat template; BOS ${bos}; ${turns}`;
}

/** Special tokens stand in angle brackets of their own, so that they cannot be mistaken for text that looks like them. */
function pieceText({ text, special }: ScoreCheck["pieces"][number]): string {
  if (special) return `⟨${text}⟩`;
  if (text.length <= SHOWN) return text;
  const hidden = text.length - SHOWN;
  return `${text.slice(0, SHOWN / 2)} … ${hidden} characters … ${text.slice(-SHOWN / 2)}`;
}

function cutText({ cut, truncated }: ScoreCheck["encoded"], { truncation }: ScoreCheck["template"]): string {
  if (!truncated) return "nothing";
  const end = truncation === "left" ? "beginning" : "end";
  const prompt = cut.prompt > 0 ? `, ${cut.prompt} tokens of the prompt's beginning` : "";
  return `${cut.response} tokens of the response's ${end}${prompt}`;
}
