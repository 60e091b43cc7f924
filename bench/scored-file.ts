import { once } from "node:events";
import { createWriteStream, existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { gaussian, type RandomSource, randomStream, uniform } from "../src/estimation/numeric/random.js";

const VOCABULARY = 5000;
const MEAN_LETTERS = 1300;

/** Writes a scored file with texts about as long as IMDB reviews, the same every time. */
export async function writeScoredFile(path: string, rows: number): Promise<void> {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  const random = randomStream(1, rows);
  const words = Array.from({ length: VOCABULARY }, () => word(random));
  const file = createWriteStream(path);
  for (let row = 0; row < rows; row += 1) {
    const text = () => textOf(random, words);
    const example = {
      id: `imdb-${row}`,
      w_original: uniform(random) < 0.5,
      reward_question: "Write a movie review: ",
      completions: { original: text(), rewrite: text(), "rewritten rewrite": text() },
      "org/reward-model": {
        original: gaussian(random),
        rewrite: gaussian(random),
        "rewritten rewrite": gaussian(random),
      },
    };
    if (!file.write(`${JSON.stringify(example)}\n`)) await once(file, "drain");
  }
  file.end();
  await once(file, "close");
}

function word(random: RandomSource): string {
  return Array.from({ length: 2 + (random() % 8) }, () => String.fromCharCode(97 + (random() % 26))).join("");
}

function textOf(random: RandomSource, words: readonly string[]): string {
  const letters = MEAN_LETTERS * (0.3 + 1.4 * uniform(random));
  let text = "";
  while (text.length < letters)
    text += `${words[random() % words.length]}${random() % 12 === 0 ? ". " : random() % 60 === 0 ? ' "so" ' : " "}`;
  return text;
}
