/** Examples of a rewrites file, with texts that try the file formats. */
export function rewritesOf(count: number): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `e${i}`,
      {
        topic: `topic ${i % 3}`,
        w_original: i % 2 === 0,
        reward_question: "Write a review: ",
        completions: {
          original: `A fine film, number ${i}. "Quoted" \u2028 \\ and 漢字.`,
          rewrite: `A poor film ${"x".repeat(i % 7)}.`,
          ...(i % 11 !== 10 && { "rewritten rewrite": `A good film, the ${i}th one.` }),
        },
      },
    ]),
  );
}
