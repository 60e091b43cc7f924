import { distance } from "fastest-levenshtein";
import { sampleVariance } from "../numeric/moments.js";
import { satterthwaite } from "../numeric/satterthwaite.js";
import { scoreError } from "../numeric/score-error.js";
import { tTwoSided } from "../numeric/student-t.js";
import { type Diagnostic, type Evidence, percentText } from "./diagnostic.js";

/** Texts compared letter by letter; more would take longer than all the rest. */
const COMPARED = 16;
const LETTERS = 100;
/** Share of flips that should succeed. */
const ENOUGH_FLIPS = 0.8;
/** Shares of pairs that worked in the two arms, no farther apart than this, are alike. */
const FAIL_ALIKE = 0.1;
const FLIPPED = 1;
const FAILED = 2;

/** What the rewriter does by itself, arm against arm: where it differs, a single rewrite is biased. */
export function rewriteEffects({ summary: { rewriteEffect, rewardStd } }: Evidence): Diagnostic[] {
  const { treated, untreated } = rewriteEffect;
  const arms = [
    ["rewrite_effect_w_1", treated.value],
    ["rewrite_effect_w_0", untreated.value],
  ] as const;
  const scale = rewardStd.value || null;
  const each = arms.flatMap(([name, value]): Diagnostic[] => {
    if (value === null || scale === null) return [];
    const size = value / scale;
    const sentence = `rewriting twice moves the reward by ${size.toFixed(3)} sd where ${name.endsWith("1") ? "w = 1" : "w = 0"}: a single rewrite carries this as bias, RATE does not`;
    return [{ name, value: size, threshold: 0.2, warns: false, sentence }];
  });
  if (
    treated.value === null ||
    untreated.value === null ||
    !treated.standardError ||
    !untreated.standardError
  )
    return each;
  const parts = [treated, untreated].map(({ standardError, df }) => ({
    variance: standardError! ** 2,
    degrees: df!,
  }));
  const error = Math.hypot(treated.standardError, untreated.standardError);
  const p = tTwoSided((treated.value - untreated.value) / error, satterthwaite(parts));
  const differs = p < 0.05;
  return [
    ...each,
    {
      name: "rewrite_effects_differ_p_value",
      value: p,
      threshold: 0.05,
      warns: false,
      sentence: differs
        ? "what the rewriter does by itself differs between the arms: the single rewrite is biased by it; RATE is not, and taking away a confounder alone makes such a difference"
        : "what the rewriter does by itself does not differ between the arms by more than chance",
    },
  ];
}

/** Flips that failed, by text and direction, and the estimate where both worked. */
export function flips(evidence: Evidence): Diagnostic[] {
  const { table, flipOf } = evidence;
  if (
    ![FLIPPED, FAILED].some((flip) => flipOf.rewrite.includes(flip) || flipOf.rewriteOfRewrite.includes(flip))
  )
    return [];
  const shares = (["rewrite", "rewriteOfRewrite"] as const).flatMap((text) =>
    ([1, 0] as const).flatMap((target) => {
      let [succeeded, of] = [0, 0];
      const column = flipOf[text];
      for (let row = 0; row < column.length; row += 1) {
        const aimed = text === "rewrite" ? 1 - table.treated[row]! : table.treated[row]!;
        if (column[row] === 0 || aimed !== target) continue;
        of += 1;
        if (column[row] === FLIPPED) succeeded += 1;
      }
      if (of === 0) return [];
      const share = succeeded / of;
      const what = text === "rewrite" ? "rewrites" : "rewrites of rewrites";
      const warns = share < ENOUGH_FLIPS;
      const tail = warns && failAlike(evidence) ? ": failed flips pull the estimate towards zero" : "";
      return [
        {
          name: `flips_${text === "rewrite" ? "rewrite" : "rewritten_rewrite"}_to_w_${target}`,
          value: share,
          threshold: ENOUGH_FLIPS,
          warns,
          sentence: `${warns ? "only " : ""}${percentText(share)} of the ${what} to w = ${target} succeeded${tail}`,
        },
      ];
    }),
  );
  return shares.length === 0 ? [] : [...shares, ...whereBothWorked(evidence)];
}

/** Whether pairs fail about as often in both arms: where they do not, the estimate need not be pulled towards zero. */
function failAlike({ summary }: Evidence): boolean {
  const { flips } = summary.facts;
  if (!flips || flips.known.treated === 0 || flips.known.untreated === 0) return false;
  const share = (arm: "treated" | "untreated") => flips.worked[arm] / flips.known[arm];
  return Math.abs(share("treated") - share("untreated")) < FAIL_ALIKE;
}

/** The estimate from the pairs of which both flips are known to have worked, the arms weighted as in all. */
function whereBothWorked({ table, flipOf, differences, summary, effect: all }: Evidence): Diagnostic[] {
  const scale = summary.rewardStd.value || null;
  const counts = [0, 0];
  const sums = [0, 0];
  let anyFailed = false;
  for (let row = 0; row < differences.length; row += 1) {
    const [first, second] = [flipOf.rewrite[row], flipOf.rewriteOfRewrite[row]];
    if (first === FAILED || second === FAILED) anyFailed = true;
    if (first !== FLIPPED || second !== FLIPPED) continue;
    counts[table.treated[row]!]! += 1;
    sums[table.treated[row]!]! += differences[row]!;
  }
  const weights = [summary.untreatedCount, summary.treatedCount];
  if (!anyFailed || !all || scale === null || [0, 1].some((arm) => weights[arm]! > 0 && counts[arm] === 0))
    return [];
  const n = weights[0]! + weights[1]!;
  const value = [0, 1].reduce(
    (total, arm) => (counts[arm] === 0 ? total : total + (weights[arm]! / n) * (sums[arm]! / counts[arm]!)),
    0,
  );
  return [
    {
      name: "estimate_where_both_flips_worked",
      value: value / scale,
      threshold: 0.1,
      warns: Math.abs(value - all.value) / scale > 0.1,
      sentence: `among the ${counts[0]! + counts[1]!} examples whose flips are known to have succeeded the effect is ${(value / scale).toFixed(3)} sd (all: ${(all.value / scale).toFixed(3)})`,
    },
  ];
}

/** How far the rewrite of the rewrite has come away from the original. */
export function drift({ table, summary, sample }: Evidence): Diagnostic[] {
  const found: Diagnostic[] = [];
  const scale = summary.rewardStd.value || null;
  const spreads = [table.original, table.rewriteOfRewrite].map(spread);
  if (scale !== null && spreads.every((value) => value !== null && value > 0)) {
    const value = spreads[1]! / spreads[0]!;
    const warns = value < 0.5 || value > 2;
    found.push({
      name: "reward_spread_ratio",
      value,
      threshold: 2,
      warns,
      sentence: `the rewards of the rewrites of rewrites spread ${value.toFixed(2)} times as far as those of the originals${warns ? ": rewriting changes what is scored a great deal" : ""}`,
    });
  }
  if (sample.length === 0) return found;
  const ratio = average(
    sample.map(({ texts }) => texts.rewriteOfRewrite.length / Math.max(1, texts.original.length)),
  );
  const long = ratio < 0.67 || ratio > 1.5;
  found.push({
    name: "length_ratio",
    value: ratio,
    threshold: 1.5,
    warns: long,
    sentence: `rewrites of rewrites are ${ratio.toFixed(2)} times as long as the originals${long ? ": they are not what they were" : ""}`,
  });
  const step = Math.max(1, Math.floor(sample.length / COMPARED));
  const edits = average(
    sample
      .filter((_, index) => index % step === 0)
      .map(({ texts: { original, rewriteOfRewrite } }) => {
        const [a, b] = [original.slice(0, LETTERS), rewriteOfRewrite.slice(0, LETTERS)];
        return distance(a, b) / Math.max(1, a.length, b.length);
      }),
  );
  found.push({
    name: "edit_distance",
    value: edits,
    threshold: 0.7,
    warns: edits > 0.7,
    sentence: `${percentText(edits)} of the letters differ between original and rewrite of the rewrite (in the first ${LETTERS} of ${Math.min(COMPARED, sample.length)} texts)`,
  });
  return found;
}

/** Texts that the reward model has not read to the end. */
export function truncatedTexts({ table, truncated }: Evidence): Diagnostic[] {
  const share = truncated / Math.max(1, table.treated.length);
  const warns = share > 0.05;
  const tail = warns ? ": what was cut off cannot move the reward" : "";
  const sentence = `${percentText(share)} of the examples have a text that was cut to fit the reward model${tail}`;
  return truncated === 0 ? [] : [{ name: "truncated_texts", value: share, threshold: 0.05, warns, sentence }];
}

/** Empty and unchanged texts. */
export function suspectTexts({ sample }: Evidence): Diagnostic[] {
  if (sample.length === 0) return [];
  const share = (test: (texts: Evidence["sample"][number]["texts"]) => boolean) =>
    sample.filter(({ texts }) => test(texts)).length / sample.length;
  const checks = [
    [
      "empty_texts",
      share((t) => t.rewrite.trim() === "" || t.rewriteOfRewrite.trim() === ""),
      "have an empty rewrite",
    ],
    [
      "identical_texts",
      share((t) => t.rewrite === t.original || t.rewriteOfRewrite === t.rewrite),
      "have a rewrite that is the text it was made from",
    ],
  ] as const;
  return checks.map(([name, value, what]) => ({
    name,
    value,
    threshold: 0.05,
    warns: value > 0.05,
    sentence: `${percentText(value)} of ${sample.length} examples looked at ${what}`,
  }));
}

/** The rewrite that was asked to change nothing against the rewrite of the rewrite: both have been rewritten, so they should score alike. */
export function placebo({ table, placebo: rewards, summary }: Evidence): Diagnostic[] {
  const rows: number[] = [];
  for (let row = 0; row < rewards.length; row += 1) if (!Number.isNaN(rewards[row])) rows.push(row);
  if (rows.length < 2) return [];
  const differences = Float64Array.from(rows, (row) => table.rewriteOfRewrite[row]! - rewards[row]!);
  const value = average([...differences]);
  const scores = differences.map((difference) => (difference - value) / rows.length);
  const error = scoreError(
    { scores, groups: new Uint8Array(rows.length).fill(1) },
    table.clusters && Int32Array.from(rows, (row) => table.clusters![row]!),
  );
  if (!error) return [];
  const p =
    error.standardError === 0 ? Number(value === 0) : tTwoSided(value / error.standardError, error.degrees);
  const scale = summary.rewardStd.value ?? 1;
  return [
    {
      name: "placebo_p_value",
      value: p,
      threshold: 0.05,
      warns: p < 0.05,
      sentence: `rewriting twice and rewriting without a change differ by ${(value / scale).toFixed(3)} sd in reward${p < 0.05 ? ": the second rewrite has an effect of its own" : ", no more than chance"}`,
    },
  ];
}

/** Standard deviation of the values that are there; null with fewer than two. */
function spread(values: Float64Array): number | null {
  const kept = values.includes(Number.NaN) ? values.filter((value) => !Number.isNaN(value)) : values;
  return kept.length < 2 ? null : Math.sqrt(sampleVariance(kept));
}

function average(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
