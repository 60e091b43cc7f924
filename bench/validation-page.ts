import type { TopLevelSpec } from "vega-lite";
import type { EstimatorTally, WorldTally } from "../src/estimation/simulation/coverage.js";
import { WORLDS, type World } from "../src/estimation/simulation/worlds.js";

const METHODS = ["normal", "t", "percentile", "bca"] as const;
const NAMES: Record<string, string> = {
  naive: "naive",
  single_rewrite: "single rewrite",
  rate: "RATE",
  rate_att: "RATE, ATT",
};

const FEWEST_COVERED = 0.93;
const MOST_PASSED = 0.055;

const share = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;

function estimatorRow(name: string, tally: EstimatorTally): string {
  const error = tally.standardError / tally.count;
  const bias = tally.error / tally.count;
  const cells = METHODS.map((method) => {
    const interval = tally.intervals[method];
    return interval
      ? `${share(interval.covered, interval.count)} (${(interval.width / interval.count).toFixed(3)})`
      : "–";
  });
  const rmse = Math.sqrt(tally.squaredError / tally.count);
  return `| ${[NAMES[name], bias.toFixed(4), (bias / error).toFixed(2), rmse.toFixed(4), error.toFixed(4), ...cells].join(" | ")} |`;
}

function section(world: World, tally: WorldTally): string {
  const warned = Object.entries(tally.warned)
    .filter(([, count]) => count / tally.diagnosed > 0.01)
    .map(([name, count]) => `${name} in ${share(count, tally.diagnosed)}`);
  return [
    `### ${world.name}`,
    "",
    `${world.description}. ${world.n} examples, true effect ${world.truth}.`,
    "",
    `| estimator | bias | bias / se | RMSE | mean se | ${METHODS.join(" | ")} |`,
    `| --- | --- | --- | --- | --- | ${METHODS.map(() => "---").join(" | ")} |`,
    ...Object.entries(tally.estimators).map(([name, own]) => estimatorRow(name, own)),
    "",
    `Passed by the gate with the limit on the true value: ${Object.entries(tally.gate)
      .map(([name, { passed, count }]) => `${NAMES[name]} ${share(passed, count)}`)
      .join(", ")}.`,
    "",
    warned.length === 0 ? "No diagnostic warned." : "Diagnostics that warned:",
    ...warned.map((text) => `- ${text}`),
    "",
  ].join("\n");
}

/** Coverage by world and estimator. */
export function validationFigure(tallies: readonly WorldTally[]): TopLevelSpec {
  const values = WORLDS.flatMap((world, index) =>
    Object.entries(tallies[index]!.estimators).flatMap(([name, own]) =>
      name === "rate_att" || !own.intervals.t
        ? []
        : [
            {
              world: world.name,
              estimator: NAMES[name],
              coverage: (100 * own.intervals.t.covered) / own.intervals.t.count,
            },
          ],
    ),
  );
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    data: { values },
    width: 440,
    height: { step: 22 },
    layer: [
      { mark: { type: "rule", color: "#999999", strokeDash: [4, 3] }, encoding: { x: { datum: 95 } } },
      {
        mark: { type: "point", filled: true, size: 70, opacity: 1 },
        encoding: {
          y: { field: "world", type: "nominal", sort: WORLDS.map(({ name }) => name), title: null },
          x: {
            field: "coverage",
            type: "quantitative",
            title: "coverage of the 95 % t interval, in percent",
            scale: { domain: [0, 100] },
          },
          color: {
            field: "estimator",
            type: "nominal",
            title: null,
            scale: { domain: ["naive", "single rewrite", "RATE"], range: ["#D55E00", "#E69F00", "#0072B2"] },
          },
        },
      },
    ],
    config: { view: { stroke: null } },
  };
}

/** Where intervals cover less than they should though the assumptions hold, and where the gate lets too much pass. */
function shortfalls(tallies: readonly WorldTally[]): string {
  const found = WORLDS.flatMap((world, index) => {
    if (!world.holds) return [];
    const { estimators, gate } = tallies[index]!;
    const intervals = ["rate", "rate_att"].flatMap((name) =>
      Object.entries(estimators[name]?.intervals ?? {}).flatMap(([method, { covered, count }]) =>
        covered / count < FEWEST_COVERED
          ? [`- ${world.name}: the ${method} interval of ${NAMES[name]} covers ${share(covered, count)}`]
          : [],
      ),
    );
    const gates = Object.entries(gate).flatMap(([name, { passed, count }]) =>
      passed / count > MOST_PASSED
        ? [`- ${world.name}: the gate passes ${NAMES[name]} in ${share(passed, count)}`]
        : [],
    );
    return [...intervals, ...gates];
  });
  const list = found.length > 0 ? found.join("\n") : "Nowhere.";
  return `## Where it falls short though the assumptions hold\n\nIntervals of RATE that cover less than 93 %, and a gate that passes more than 5.5 %:\n\n${list}\n\n`;
}

/** The page: what the worlds are, what each gave, and where it falls short. */
export function validationPage(tallies: readonly WorldTally[], seed: number): string {
  const counts = tallies.flatMap(({ estimators }) => estimators.rate?.intervals.percentile?.count ?? []);
  const [few, many] = [Math.min(...counts), Math.max(...counts)];
  const replicates = tallies[0]!.estimators.rate!.count;
  const intro = `# Validation

Simulated worlds whose truth is known, ${replicates.toLocaleString("en")} data sets each (seed ${seed}). For every estimator: bias, bias
in standard errors, root mean squared error, mean standard error, and for each 95 % interval the share of data
sets in which it holds the truth, with its mean width in parentheses. The bootstrap (\`percentile\`, \`bca\`; 999
replicates each) is drawn for ${few === many ? few : `${few} to ${many}`} of the data sets; where BCa refuses there is no
number. Estimates are of the ATE, and RATE's of the ATT too. With clusters the errors are cluster-robust.
\`make validate\` makes this page anew.

The gate (\`rate check\`, size 5 %) is asked in every data set whether the effect lies below its true value: it should
pass in 5 % at most.

![Coverage by world and estimator](images/validation.svg)

`;
  const sections = (holds: boolean) =>
    WORLDS.flatMap((world, index) => (world.holds === holds ? [section(world, tallies[index]!)] : [])).join(
      "\n",
    );
  return `${intro}${shortfalls(tallies)}## Where the assumptions hold\n\n${sections(true)}\n## Where one fails\n\n${sections(false)}`;
}
