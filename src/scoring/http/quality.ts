/** Whether a reward model makes sense: good answers beside answers that are plainly none. */

export const BAD_ANSWERS = ["gibberish", "refusal", "empty"] as const;
export type BadAnswerKind = (typeof BAD_ANSWERS)[number];

/** Prompts with a helpful answer, and answers that any judge of answers puts below it. */
export const QUALITY_PROBES: readonly {
  readonly prompt: string;
  readonly good: string;
  readonly bad: Readonly<Record<BadAnswerKind, string>>;
}[] = [
  {
    prompt: "How do I get a red wine stain out of a cotton shirt?",
    good: "Blot it with a cloth right away, do not rub. Cover it with salt, rinse with cold water, then soak it for half an hour in water with a little stain remover before you wash it as usual. Check that the stain is gone before the shirt goes into the dryer.",
    bad: {
      gibberish: "zxv qqpl 88 ;;; mnb trrk owq lkj",
      refusal: "I'm sorry, but I cannot help with that request.",
      empty: "",
    },
  },
  {
    prompt: "What is the difference between weather and climate?",
    good: "Weather is what the air does at one place over hours or days: rain, wind, temperature. Climate is the average of it over decades, together with how much it varies. A cold week is weather; winters that grow milder over thirty years are a change of climate.",
    bad: {
      gibberish: "pota 3 3 3 dfgh !! uiop vbn wert wert",
      refusal: "I can't discuss this topic.",
      empty: "",
    },
  },
  {
    prompt: "Write two sentences that thank a colleague for covering my shift.",
    good: "Thank you so much for covering my shift on Saturday, it let me be there for my sister's move. I owe you one, so please tell me whenever you need a day off.",
    bad: { gibberish: "hhhh jjjj kkkk 0101 ,,, yxcv", refusal: "I am unable to write that.", empty: "" },
  },
  {
    prompt: "How many minutes are there in a day and a half?",
    good: "A day has 24 hours of 60 minutes, which is 1,440 minutes. A day and a half is 1.5 × 1,440 = 2,160 minutes.",
    bad: {
      gibberish: "bnm rty 7t7t7 __ plok qwe qwe",
      refusal: "Sorry, I can't answer questions like this.",
      empty: "",
    },
  },
];

/** Of the pairs of a good and a bad answer, the share that should be in the right order. */
const SENSIBLE = 0.75;

/**
 * What the rewards of the probes say, in the order of `QUALITY_PROBES`, the good answer first and then the bad ones of `kinds`. A tie counts half.
 */
export function judgeQuality(
  rewards: readonly number[],
  kinds: readonly BadAnswerKind[],
): { readonly verdict: "pass" | "warning"; readonly detail: string } {
  const width = kinds.length + 1;
  const wins = kinds.map((_, kind) =>
    QUALITY_PROBES.reduce((sum, _probe, index) => {
      const [good, bad] = [rewards[index * width]!, rewards[index * width + kind + 1]!];
      return sum + (good > bad ? 1 : good === bad ? 0.5 : 0);
    }, 0),
  );
  const total = QUALITY_PROBES.length * kinds.length;
  const share = wins.reduce((sum, value) => sum + value, 0) / total;
  const counts = kinds.map((kind, index) => `${NAMES[kind]} ${wins[index]} of ${QUALITY_PROBES.length}`);
  const seen = `a helpful answer beats ${counts.join(", ")}`;
  if (share >= SENSIBLE) return { verdict: "pass", detail: seen };
  if (share <= 1 - SENSIBLE) {
    return {
      verdict: "warning",
      detail: `the order of answers is reversed: ${seen}; is the sign of the output right, and is it this output?`,
    };
  }
  return {
    verdict: "warning",
    detail: `rewards have little to do with the quality of answers: ${seen}; are the model's head, its chat template and the output right?`,
  };
}

const NAMES: Readonly<Record<BadAnswerKind, string>> = {
  gibberish: "gibberish",
  refusal: "a refusal",
  empty: "an empty one",
};
