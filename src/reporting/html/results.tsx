import { shortName } from "../../domain/escape-controls.js";
import type { ScoreDensity } from "../../estimation/estimators/score-densities.js";
import type { EffectsFile } from "../../estimation/files/effects-file.js";
import { answer } from "./answers.js";
import { type Histogram, scaleOf } from "./histogram.js";
import { Axis, Forest } from "./intervals.js";
import { type Keys, tagsOf, titleOf } from "./keys.js";
import type { ReportView, ResultView } from "./model.js";
import { Fold, Table } from "./parts.js";
import { groupsText } from "./subgroup-text.js";
import { verdictSign } from "./verdicts.js";
import { digitsFor, estimateTable, flipTable, interval, plain, signed } from "./words.js";

/** Every result by itself. */
export function Results({ report: { results }, keys }: { report: ReportView; keys: Keys }) {
  return (
    <section id="results">
      <h2>{results.length > 1 ? "Result by result" : "The result in full"}</h2>
      {results.map((result) => (
        <div {...tagsOf(result.effects, keys)}>
          <Fold summary={titleOf(result.effects)} open={results.length <= 4}>
            <Result result={result} />
          </Fold>
        </div>
      ))}
    </section>
  );
}

function Result({ result: { effects, differences, densities } }: { result: ResultView }) {
  const flips = flipTable(effects);
  const title = titleOf(effects);
  return (
    <>
      <p>{answer(effects)}</p>
      <Table caption={`Estimates of ${title}`} {...estimateTable(effects)} />
      {flips && <Table caption={`Flips of ${title}`} {...flips} />}
      <p class="quiet">
        The rewriter by itself (rewrite of the rewrite less original):{" "}
        {signed(effects.rewrite_effect_w_1 as number | null, 3)} where w = 1,{" "}
        {signed(effects.rewrite_effect_w_0 as number | null, 3)} where w = 0, in reward units; the rewards'
        standard deviation is {plain(effects.reward_std, 3)}. {effects.Y1_count} examples have w = 1,{" "}
        {effects.Y0_count} have w = 0. {errorsOf(effects)} From {shortName(effects.dataset_filename)}.
      </p>
      <div class="pair">
        {densities.length > 0 && <Densities densities={densities} title={title} />}
        {differences && <Differences histogram={differences} title={title} />}
      </div>
      <Subgroups effects={effects} />
    </>
  );
}

function errorsOf({ stderr_method, ci_method, cluster_by, clusters, bootstrap }: EffectsFile): string {
  const by = cluster_by === null ? "" : ` by ${shortName(cluster_by)} (${clusters} clusters)`;
  const drawn = bootstrap ? ` of ${bootstrap.replicates} replicates, seed ${bootstrap.seed}` : "";
  return `Standard errors: ${stderr_method}${by}; intervals: ${ci_method}${drawn}.`;
}

const CHART_HEIGHT = 120;

/** How the examples' differences are spread: an effect can be that of all, or of a few. */
function Differences({ histogram, title }: { histogram: Histogram; title: string }) {
  const { low, step, counts, mean, n } = histogram;
  const scale = scaleOf([low, low + step * counts.length, mean]);
  const most = Math.max(...counts);
  const bins = counts.map((count, index) => {
    const [from, to] = [low + index * step, low + (index + 1) * step];
    return { count, from, to, words: `${count} examples from ${tidy(from)} to ${tidy(to)} sd` };
  });
  return (
    <figure>
      <div class="chart">
        <svg
          width="100%"
          height={CHART_HEIGHT}
          role="img"
          aria-label={`Histogram of ${n} differences, mean ${signed(mean, 3)} sd; the numbers are below`}
        >
          {bins.map(({ count, from, to, words }) => (
            <g data-tip={words}>
              <title>{words}</title>
              <rect
                class="touch"
                x={`${scale.at(from)}%`}
                width={`${scale.at(to) - scale.at(from)}%`}
                y="0"
                height={CHART_HEIGHT}
              />
              <rect
                class="bar"
                x={`${scale.at(from)}%`}
                width={`${scale.at(to) - scale.at(from)}%`}
                y={CHART_HEIGHT - (CHART_HEIGHT - 8) * (count / most)}
                height={(CHART_HEIGHT - 8) * (count / most)}
              />
            </g>
          ))}
          <line class="zero" x1={`${scale.at(0)}%`} x2={`${scale.at(0)}%`} y1="0" y2={CHART_HEIGHT} />
          <line class="mean" x1={`${scale.at(mean)}%`} x2={`${scale.at(mean)}%`} y1="0" y2={CHART_HEIGHT} />
        </svg>
        <Axis scale={scale} />
      </div>
      <figcaption>
        RATE's difference of each of {n} examples, in sd; the strong line is their mean, {signed(mean)}.
      </figcaption>
      <Fold summary="The numbers" prints={false}>
        <Table
          caption={`Differences of ${title}`}
          head={["from (sd)", "to (sd)", "examples"]}
          rows={bins.map(({ from, to, count }) => [tidy(from), tidy(to), String(count)])}
        />
      </Fold>
    </figure>
  );
}

/** How the rewards of the texts are spread. */
function Densities({ densities, title }: { densities: readonly ScoreDensity[]; title: string }) {
  const scale = scaleOf(densities.flatMap(({ places }) => [places[0]!, places.at(-1)!]));
  const most = Math.max(...densities.flatMap(({ heights }) => [...heights]));
  const path = ({ places, heights }: ScoreDensity) => {
    const every = Math.max(1, Math.floor(places.length / 80));
    const points = [...places.keys()].filter((index) => index % every === 0 || index === places.length - 1);
    const at = (index: number) =>
      `${scale.at(places[index]!).toFixed(2)} ${(100 - 93 * (heights[index]! / most)).toFixed(2)}`;
    return `M${points.map(at).join("L")}`;
  };
  const name = (text: ScoreDensity["text"]) =>
    text === "rewritten rewrite" ? "rewrite of the rewrite" : text;
  return (
    <figure>
      <div class="chart">
        <svg
          width="100%"
          height={CHART_HEIGHT}
          viewBox="0 0 100 100"
          preserveAspectRatio="none"
          role="img"
          aria-label={`Densities of the rewards; means: ${densities.map(({ text, mean }) => `${name(text)} ${plain(mean)}`).join(", ")}`}
        >
          {densities.map((density, index) => {
            const x = scale.at(density.mean).toFixed(2);
            const words = `${name(density.text)}: mean ${plain(density.mean, 3)} (${interval(density.low, density.high, 3)}), n = ${density.n}`;
            return (
              <g class={`density text${index}`} data-tip={words}>
                <title>{words}</title>
                <path
                  class="area"
                  d={`${path(density)}L${scale.at(density.places.at(-1)!).toFixed(2)} 100L${scale.at(density.places[0]!).toFixed(2)} 100Z`}
                />
                <path class="curve" d={path(density)} />
                <path class="curve" d={`M${x} 0V100`} />
              </g>
            );
          })}
        </svg>
        <Axis scale={scale} />
      </div>
      <figcaption>
        Rewards of the{" "}
        {densities.map(({ text }, index) => (
          <>
            {index > 0 && " and the "}
            <span class={`key text${index}`}>{name(text)}s</span>
          </>
        ))}
        , with their means, in reward units.
      </figcaption>
      <Fold summary="The numbers">
        <Table
          caption={`Rewards of ${title}`}
          head={["text", "mean", "95 % CI", "n"]}
          rows={densities.map(({ text, mean, low, high, n }) => [
            name(text),
            plain(mean, 4),
            interval(low, high, 4),
            String(n),
          ])}
        />
      </Fold>
    </figure>
  );
}

function Subgroups({ effects: { subgroups, ci_level: level } }: { effects: EffectsFile }) {
  if (!subgroups) return null;
  const lines = subgroups.groups.map(({ name, estimates }) => {
    const row = estimates.find((entry) => entry.estimator === "rate" && entry.estimand === "ate")!;
    const { effect_size: value, effect_size_ci_low: low, effect_size_ci_high: high } = row;
    const whole = value !== null && low !== null && high !== null;
    return {
      label: `${shortName(name)} (n = ${row.n})`,
      marks: whole ? [{ name: "RATE", role: "rate" as const, value, low, high }] : [],
      text: whole
        ? `${signed(value, digitsFor(low, high))} (${interval(low, high)}) ${verdictSign(row.verdict)}`
        : (row.reason ?? "no interval"),
      tags: {},
    };
  });
  return (
    <figure>
      <h3>By {shortName(subgroups.by)}</h3>
      <Forest lines={lines} caption={`Effects by ${shortName(subgroups.by)}`} />
      <figcaption>
        Effects in sd by {shortName(subgroups.by)}. {groupsText(subgroups, level)}
      </figcaption>
    </figure>
  );
}

function tidy(value: number): string {
  return String(Number(value.toPrecision(4))).replace("-", "−");
}
