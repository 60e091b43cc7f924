import type { ScoringInput } from "../../domain/reward-model.js";

/** A dozen texts whose scores should differ: good, bad, short, longer, several scripts. */
export const PROBE_TEXTS: readonly ScoringInput[] = [
  {
    prompt: "How do I boil an egg?",
    response: "Put it into boiling water for eight minutes, then cool it under the tap.",
  },
  { prompt: "How do I boil an egg?", response: "No idea. Ask someone else." },
  { prompt: "Write a review of the phone.", response: "Great phone, I love it." },
  { prompt: "Write a review of the phone.", response: "It broke after two days. A waste of money!" },
  { prompt: "What is 17 + 25?", response: "42" },
  {
    prompt: "What is 17 + 25?",
    response: "It is 52, because 17 and 25 are both odd numbers and odd numbers add up.",
  },
  { prompt: "Name three rivers.", response: "1. The Danube\n2. The Mekong\n3. The Niger" },
  {
    prompt: "Name three rivers.",
    response: "Rivers are long. Rivers are wet. Rivers are rivers. Rivers are long. Rivers are wet.",
  },
  { prompt: "Wie spät ist es?", response: "Das weiß ich leider nicht: Ich habe keine Uhr." },
  { prompt: "用一句话介绍北京。", response: "北京是中国的首都，历史悠久，文化丰富。" },
  {
    prompt: "Explain recursion.",
    response:
      "A function that calls itself on a smaller part of the problem:\n\n```python\ndef f(n):\n    return 1 if n == 0 else n * f(n - 1)\n```",
  },
  { prompt: "Say something kind.", response: "asdf qwer zxcv 0000 ????" },
];

const SENTENCES = [
  "The plot was thin, but the acting made up for it.",
  "Nobody had told the engineers that the bridge was closed.",
  "After the rain the market square filled with people again.",
  "It costs more than it should and does less than it says.",
];
const OTHERS = [
  "Seven of the nine samples were lost on the way.",
  "She answered every question twice, to be certain.",
  "Wet paint; do not lean on the railing.",
  "Thank you, that was exactly what I was looking for!",
];

/** A response of so many sentences; those of `changed` are other ones than usual. */
export function longResponse(count: number, changed: "none" | "first" | "last", variant = 0): string {
  const quarter = Math.max(1, Math.floor(count / 4));
  return Array.from({ length: count }, (_, index) => {
    const other = changed === "first" ? index < quarter : changed === "last" && index >= count - quarter;
    return (other ? OTHERS : SENTENCES)[(index + variant) % 4];
  }).join(" ");
}
