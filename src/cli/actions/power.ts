import { inputError } from "../../domain/errors.js";
import { linearSize } from "../../estimation/estimators/influence.js";
import { type Goal, planStudy, rewriteCost } from "../../estimation/estimators/power.js";
import { plain } from "../../reporting/html/words.js";
import { readScored } from "../../storage/examples/scored.js";
import type { PowerFlags } from "../commands/power.js";
import { print, printJson } from "../terminal/print.js";

/** The chance of a decision that --within is planned for, unless the call says otherwise; as in `rate check`. */
const DECISION_POWER = 0.8;

/** Letters in a token, on average in English: for pilots, whose tokens are not counted. */
const LETTERS_PER_TOKEN = 4;

/** `rate power` */
export async function run(flags: PowerFlags): Promise<void> {
  const goal = goalOf(flags);
  const pilot = await pilotOf(flags);
  const plan = planStudy(goal, pilot, flags.level);
  const tokens = {
    prompt: flags.promptTokens ?? pilot.tokens,
    completion: flags.completionTokens ?? pilot.tokens,
  };
  const priced = flags.promptPrice !== undefined && flags.completionPrice !== undefined;
  if (priced && (tokens.prompt === null || tokens.completion === null)) {
    throw inputError("the cost needs --prompt-tokens and --completion-tokens, or a pilot with texts");
  }
  const cost = priced
    ? rewriteCost(
        plan.examples,
        { prompt: tokens.prompt!, completion: tokens.completion! },
        { promptPerMillion: flags.promptPrice!, completionPerMillion: flags.completionPrice! },
      )
    : null;
  if (flags.json) {
    return printJson({ ...plan, standard_deviation: pilot.deviation, tokens_per_request: tokens, cost });
  }
  print(
    [
      `${plan.examples} examples: standard error ${plain(plan.standardError, 4)} sd, ${Math.round(100 * flags.level)} % interval ${plain(plan.intervalWidth, 4)} sd wide${plan.power === null ? "" : `, ${"within" in goal ? "chance of a decision at least" : "power"} ${plan.power.toFixed(3)}`}`,
      `The paired differences have a standard deviation of ${plain(pilot.deviation, 4)} sd (${pilot.source}).`,
      ...(cost === null
        ? []
        : [
            `Two rewrites of each would cost about ${cost.toFixed(2)} in the currency of the prices, without retries.`,
          ]),
    ].join("\n"),
  );
}

function goalOf({ standardError, width, power: wished, effect, within, alpha }: PowerFlags): Goal {
  const goals = [standardError, width, within ?? wished].filter((value) => value !== undefined);
  if (goals.length !== 1)
    throw inputError("name one goal: --standard-error, --width, --within, or --power with --effect");
  if (within !== undefined) {
    if (effect === within)
      throw inputError(`--effect ${effect} lies on the limit, where no number of examples decides`);
    return { within, power: wished ?? DECISION_POWER, effect: effect ?? 0, alpha };
  }
  if (standardError !== undefined) return { standardError };
  if (width !== undefined) return { intervalWidth: width };
  if (effect === undefined) throw inputError("--power needs --effect: the effect size that is to be found");
  return { power: wished!, effect };
}

/** Spread of an example's part in the effect size, from a pilot or as assumed. */
async function pilotOf(
  flags: PowerFlags,
): Promise<{ deviation: number; degreesEach: number; source: string; tokens: number | null }> {
  if (flags.sd !== undefined)
    return { deviation: flags.sd, degreesEach: 1, source: "as assumed", tokens: null };
  if (flags.dataset === undefined)
    throw inputError("nothing to plan from: give a pilot's scored file with --dataset, or --sd");
  const { table, rewardKey, sample } = await readScored(flags.dataset, {
    rewardKey: flags.rewardKey ?? null,
    columns: flags.columns,
    clusterBy: flags.clusterBy ?? null,
  });
  const size = linearSize(table, "rate", "ate");
  const error = size?.error;
  if (!size || !error) throw inputError(`${flags.dataset}: has too few examples for a standard error`);
  const letters =
    sample.reduce((total, { texts }) => total + texts.original.length, 0) / Math.max(1, sample.length);
  return {
    deviation: error.standardError * Math.sqrt(size.n),
    degreesEach: flags.clusterBy === undefined ? 1 : (error.degrees + 1) / size.n,
    source: `from ${size.n} examples scored by ${rewardKey}${flags.clusterBy === undefined ? "" : `, in clusters by ${flags.clusterBy}: the study's should be like them`}`,
    tokens: sample.length === 0 ? null : Math.ceil(letters / LETTERS_PER_TOKEN),
  };
}
