import { doseOf, offTargetOf, type TextMeasure } from "../../datasets/attributes/off-target.js";
import type { Estimand } from "../../domain/effect.js";
import { GOLD_KEY, type Json, TEXT_KEYS, THIRD_KEY } from "../../domain/example.js";
import type { ScoredTable } from "../../storage/examples/scored.js";
import { isObject, readRecords } from "../../storage/examples/stored.js";
import { sampleVariance } from "../numeric/moments.js";
import type { PairedColumns } from "../sensitivity/arms.js";
import { doseResponse } from "../sensitivity/dose.js";
import { goldTwins } from "../sensitivity/gold-twins.js";
import { type OffTargetMeasure, offTarget } from "../sensitivity/off-target.js";
import { acrossRewriters } from "../sensitivity/rewriters.js";
import type { RowScale, SensitivityRow } from "../sensitivity/row.js";
import { threePass } from "../sensitivity/three-pass.js";

/** Field of a row that names who rewrote it, where there are several. */
const REWRITER_FIELD = "rewriter";

/** What the records say of each row of the table, besides the rewards of the three texts. */
interface RecordColumns {
  /** By measure: do(1) text less do(0) text, and the values of the originals. */
  readonly changes: ReadonlyMap<string, Float64Array>;
  readonly originals: ReadonlyMap<string, Float64Array>;
  readonly third: Float64Array;
  readonly gold: Float64Array;
  readonly rewriterOf: Int32Array;
  readonly rewriters: readonly string[];
}

/** A scored file that has been read, and the attribute it is about. */
export interface TextWork {
  readonly path: string;
  readonly scored: ScoredTable;
  /** Name of the attribute, for its dose and for what is not off target. */
  readonly attribute: string | null;
}

/** The analyses that need more of the records than their three rewards: doses, off-target measures, a third pass, several rewriters, people's edits. */
export async function rowsOfTexts(
  { path, scored, attribute }: TextWork,
  data: PairedColumns,
  scale: RowScale,
): Promise<SensitivityRow[]> {
  const { measures, known } = offTargetOf(attribute);
  const dose = doseOf(attribute);
  const all = dose ? { ...measures, [DOSE]: dose.measure } : measures;
  const columns = await readColumns(path, scored, all);
  const rows: SensitivityRow[] = [];
  if (dose) rows.push(...doseResponse(data, columns.changes.get(DOSE)!, dose.unit, scale));
  const offTargets = Object.keys(measures).map(
    (name): OffTargetMeasure => ({
      name,
      changes: columns.changes.get(name)!,
      spread: spreadOf(columns.originals.get(name)!),
    }),
  );
  rows.push(
    ...offTarget(data, offTargets, scale).map((row) =>
      known || row.name !== "off_target_adjusted"
        ? row
        : { ...row, assumes: `${row.assumes}; and none of the measures is the attribute itself` },
    ),
  );
  const { rewrite, rewriteOfRewrite } = scored.table;
  rows.push(...threePass(data, { first: rewrite, second: rewriteOfRewrite, third: columns.third }, scale));
  rows.push(...acrossRewriters(data, columns.rewriterOf, columns.rewriters, scale));
  rows.push(...goldRows(data, columns.gold, scored, scale));
  return rows;
}

/** The dose stands among the measures under a name that no measure has. */
const DOSE = "\0dose";

async function readColumns(
  path: string,
  { table, idOf, rewardKey }: ScoredTable,
  measures: Readonly<Record<string, TextMeasure>>,
): Promise<RecordColumns> {
  const n = table.treated.length;
  const places = new Map<string, number>();
  for (let row = 0; row < n; row += 1) places.set(idOf(row), row);
  const column = () => new Float64Array(n).fill(Number.NaN);
  const names = Object.keys(measures);
  const all = Object.values(measures);
  const changes = new Map(names.map((name) => [name, column()]));
  const originals = new Map(names.map((name) => [name, column()]));
  const [third, gold] = [column(), column()];
  const rewriterOf = new Int32Array(n).fill(-1);
  const rewriters: string[] = [];
  for await (const { id, record } of readRecords(path)) {
    const row = places.get(id);
    if (row === undefined) continue;
    const rewards = record[rewardKey];
    third[row] = numberAt(rewards, THIRD_KEY);
    gold[row] = numberAt(rewards, GOLD_KEY);
    const rewriter = record[REWRITER_FIELD];
    if (typeof rewriter === "string") {
      if (!rewriters.includes(rewriter)) rewriters.push(rewriter);
      rewriterOf[row] = rewriters.indexOf(rewriter);
    }
    const { completions } = record;
    if (!isObject(completions)) continue;
    const [original, first, second] = Object.values(TEXT_KEYS).map((key) => measured(completions[key], all));
    names.forEach((name, k) => {
      originals.get(name)![row] = original![k]!;
      const change = second![k]! - first![k]!;
      changes.get(name)![row] = table.treated[row] === 1 ? change : -change;
    });
  }
  return { changes, originals, third, gold, rewriterOf, rewriters };
}

/** All measures of one text, so that what they share is found once; NaN where there is no text or no measure. */
function measured(text: Json | undefined, measures: readonly TextMeasure[]): number[] {
  return measures.map((measure) => (typeof text === "string" ? (measure(text) ?? Number.NaN) : Number.NaN));
}

function numberAt(rewards: Json | undefined, key: string): number {
  const value = isObject(rewards) ? rewards[key] : undefined;
  return typeof value === "number" && Number.isFinite(value) ? value : Number.NaN;
}

function spreadOf(values: Float64Array): number {
  const known = values.filter(Number.isFinite);
  return known.length < 2 ? 0 : Math.sqrt(sampleVariance(known));
}

/** A person's edit flips the original, so its difference is signed as RATE's is: do(1) − do(0). */
function goldRows(
  data: PairedColumns,
  gold: Float64Array,
  { table }: ScoredTable,
  scale: RowScale,
): SensitivityRow[] {
  const estimands: readonly Estimand[] = ["ate", "att", "atu"];
  return estimands.flatMap((estimand) => {
    const [others, differences, edits]: number[][] = [[], [], []];
    table.treated.forEach((w, row) => {
      if (estimand !== "ate" && (w === 1) !== (estimand === "att")) return;
      const edited = (2 * w - 1) * (table.original[row]! - gold[row]!);
      if (Number.isFinite(edited)) {
        differences!.push(data.differences[row]!);
        edits!.push(edited);
      } else others!.push(data.differences[row]!);
    });
    const twins = { differences: Float64Array.from(differences!), gold: Float64Array.from(edits!) };
    return goldTwins(estimand, Float64Array.from(others!), twins, scale);
  });
}
