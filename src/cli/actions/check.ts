import { resolve } from "node:path";
import type { CheckConfig, Config } from "../../domain/config/schema.js";
import { inputError } from "../../domain/errors.js";
import { escapeControls } from "../../domain/escape-controls.js";
import type { Verdict } from "../../estimation/estimators/equivalence.js";
import { inferenceOf } from "../../estimation/stage/choices.js";
import { checkSign, verdictSign } from "../../reporting/html/verdicts.js";
import {
  type CheckResult,
  checkName,
  estimateText,
  limitsText,
  looksText,
  verdictText,
} from "../../reporting/tables/check.js";
import { checkMarkdown, junitXml } from "../../reporting/tables/check-files.js";
import { checkLimits } from "../../study/check.js";
import { planChecks } from "../../study/check-plan.js";
import { openCommandContext } from "../command-context.js";
import type { CheckFlags } from "../commands/check.js";
import { readConfig, withoutUndefined } from "../settings.js";
import { print, printJson } from "../terminal/print.js";
import { tableText } from "../terminal/terminal-table.js";

/** Beside 0 and the codes of errors (1 and 2). */
const EXIT_CODES = { pass: 0, fail: 3, undecided: 4 } as const satisfies Record<Verdict, number>;

/** `rate check` */
export async function run(flags: CheckFlags): Promise<void> {
  const { project } = await openCommandContext(flags.projectDir);
  const config = flags.config === undefined ? undefined : await readConfig(flags.config);
  const { limits, origin, ...options } = await settingsOf(flags, config);
  const columns = flags.columns ?? config?.effects?.columns;
  const files = { datasets: flags.dataset ?? [], effects: flags.effects ?? [], columns };
  const works = await planChecks(limits, config, files, project, origin);
  const inference = inferenceOf({
    ...config?.effects,
    ...(flags.clusterBy !== undefined && { cluster_by: flags.clusterBy }),
    ...(flags.columns && { columns: flags.columns }),
  });
  const result = await checkLimits(works, { ...options, inference });
  if (flags.junit !== undefined) await project.write(resolve(flags.junit), junitXml(result));
  if (flags.markdown !== undefined) await project.write(resolve(flags.markdown), checkMarkdown(result));
  process.exitCode = EXIT_CODES[result.verdict];
  if (flags.json) printJson(result);
  else print(resultText(result));
}

type Settings = Pick<CheckConfig, "limits" | "alpha" | "power" | "warnings" | "looks" | "look"> & {
  readonly origin: string;
};

/** The limits: those of the flags where there are any, else those of the configuration, with what else the flags say put over them. */
async function settingsOf(flags: CheckFlags, config: Config | undefined): Promise<Settings> {
  const { within, low, high, alpha, concept, estimator, estimand, unit } = flags;
  const { checkConfig } = await import("../../domain/config/parse.js");
  const against =
    flags.against === undefined && flags.baseline === undefined
      ? undefined
      : { reward_key: flags.against, dataset_filename: flags.baseline };
  const over = withoutUndefined({ reward_key: flags.rewardKey, concept, estimator, estimand, unit, against });
  const fromFlags = within !== undefined || low !== undefined || high !== undefined;
  const block = config?.check;
  if (!fromFlags && !block) {
    const where = flags.config === undefined ? "--config FILE with" : `${flags.config}`;
    throw inputError(`no limits: give ${where} a check block, or --within, --low or --high (see --help)`);
  }
  const limits = fromFlags
    ? [{ ...(over as object), ...(withoutUndefined({ within, low, high }) as object) }]
    : block!.limits.map((limit) => ({ ...limit, ...(over as object) }));
  const value = {
    ...block,
    limits,
    ...(withoutUndefined({ alpha, looks: flags.looks, look: flags.look }) as object),
  };
  const checked = checkConfig({ check: value }, "the call").check!;
  return { ...checked, origin: fromFlags ? "the call" : `${flags.config}: check.limits` };
}

function resultText(result: CheckResult): string {
  const { checks } = result;
  const looks = looksText(result);
  const rows = checks.map((row) => [
    checkSign(row.verdict),
    row.concept ?? row.dataset ?? "",
    row.against ? `${row.reward_key} less ${row.against.reward_key}` : row.reward_key,
    limitsText(row),
    estimateText(row),
    verdictSign(row.effect_verdict),
  ]);
  const notes = checks.flatMap((row) => [
    ...(row.verdict === "pass" ? [] : [`${checkName(row)}: ${verdictText(row)}.`]),
    ...(row.against && row.against.only_here + row.against.only_there > 0
      ? [
          `Note: ${row.against.only_here} examples of the one and ${row.against.only_there} of the other have no counterpart and are left out.`,
        ]
      : []),
    ...row.warnings.map((warning) => `Note: ${warning}.`),
  ]);
  return [
    tableText(["verdict", "attribute", "reward model", "limits", "estimate", "effect"], rows, { keys: 3 }),
    ...(looks === null ? [] : [`Note: ${looks}.`]),
    ...[...new Set(notes)].map(escapeControls),
  ].join("\n");
}
