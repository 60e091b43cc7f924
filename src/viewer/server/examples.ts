import { type Json, PLACEBO_KEY, TEXT_KEYS, TEXT_NAMES } from "../../domain/example.js";
import { failureIn, isRewards, rewardsIn } from "../../storage/examples/record.js";
import { jsonText } from "../../storage/examples/stored.js";
import type {
  ExampleAnswer,
  ExampleRow,
  ExamplesAnswer,
  JsonRecord,
  ModelRewards,
  ShownText,
} from "./answers.js";
import { type ExampleColumns, FLIP, isRecord, modelOf, NO_ARM } from "./columns.js";
import type { ExampleFile } from "./example-file.js";
import type { Filter } from "./filter.js";
import { type Counts, countRows, meanDifference, selectRows } from "./query.js";

const PAGE_SIZE = 50;
const OPENING = 180;
/** More characters of a text than this are not sent. */
const MOST_TEXT = 1_500_000;
const MOST_FIELD = 4_000;
const MOST_FIELDS = 100;

/** A filter's outcome as it was last worked out; asked for again, it need not be sorted anew. */
interface Selected {
  readonly key: string;
  readonly rows: Int32Array;
  readonly counts: Counts;
  readonly mean: { readonly mean: number | null; readonly n: number };
}

const selections = new WeakMap<ExampleFile, Selected>();

function select(file: ExampleFile, filter: Filter): { selected: Selected; searched: number | null } {
  const { columns } = file;
  const search = filter.search === "" ? null : file.search(filter.search);
  const searched = search && Math.min(search.reached, columns.rows);
  const key = JSON.stringify([file.generation, columns.version, searched, filter]);
  const known = selections.get(file);
  if (known?.key === key) return { selected: known, searched };
  const rows = selectRows(columns, filter, search?.found ?? null);
  const model = modelOf(columns, filter);
  const selected = {
    key,
    rows,
    counts: countRows(columns, model),
    mean: meanDifference(columns, model, rows),
  };
  selections.set(file, selected);
  return { selected, searched };
}

/** One page of the examples that pass a filter. What has not been indexed yet is not among them. */
export async function examplesAnswer(
  file: ExampleFile,
  name: string,
  filter: Filter,
  page: number,
): Promise<ExamplesAnswer> {
  const { columns } = file;
  const { selected, searched } = select(file, filter);
  const { rows, counts, mean } = selected;
  const model = modelOf(columns, filter);
  const pages = Math.max(1, Math.ceil(rows.length / PAGE_SIZE));
  const shown = Math.min(Math.max(1, page), pages);
  const own = rows.subarray((shown - 1) * PAGE_SIZE, shown * PAGE_SIZE);
  return {
    file: name,
    rows: await Promise.all([...own].map((row) => rowOf(file, row, model))),
    page: shown,
    pages,
    matched: rows.length,
    total: columns.rows,
    mean: mean.mean,
    scored: mean.n,
    model,
    models: [...columns.rewards.keys()],
    tooManyModels: columns.tooManyModels,
    counts,
    complete: file.complete,
    share: file.share,
    searched,
    unreadable: file.unreadable,
    failure: file.failure,
  };
}

async function rowOf(file: ExampleFile, row: number, model: string): Promise<ExampleRow> {
  const { columns } = file;
  const record = await file.record(row);
  const texts = isRecord(record?.completions) ? record.completions : {};
  const original = texts[TEXT_KEYS.original];
  const length = columns.lengths.original[row]!;
  return {
    ...marksOf(columns, row),
    length: length < 0 ? null : length,
    difference: orNull(columns.difference(row, model)),
    opening: typeof original === "string" ? original.slice(0, OPENING).toWellFormed() : "",
  };
}

function marksOf(columns: ExampleColumns, row: number) {
  const flip = (value: number) => (value === FLIP.unknown ? null : value === FLIP.failed);
  const treated = columns.treated[row]!;
  return {
    id: columns.ids[row]!,
    treated: treated === NO_ARM ? null : (treated as 0 | 1),
    failedFlips: [flip(columns.firstFlip[row]!), flip(columns.secondFlip[row]!)] as const,
    failure: columns.reasons[columns.failure[row]!] || null,
  };
}

/** One example with its texts, rewards and neighbours; null when the file has none of this id (yet), or it cannot be read any more. */
export async function exampleAnswer(
  file: ExampleFile,
  name: string,
  id: string,
  filter: Filter,
): Promise<ExampleAnswer | null> {
  const { columns } = file;
  const row = columns.find(id);
  const record = row === undefined ? null : await file.record(row);
  if (row === undefined || record === null) return null;
  const { rows } = select(file, filter).selected;
  const place = rows.indexOf(row);
  const neighbour = (at: number) =>
    place < 0 || at < 0 || at >= rows.length ? null : columns.ids[rows[at]!]!;
  const texts = isRecord(record.completions) ? record.completions : {};
  const marks = marksOf(columns, row);
  return {
    file: name,
    ...marks,
    failure: failureText(record) ?? marks.failure,
    prompt: shown(record.reward_question),
    texts: {
      original: shown(texts[TEXT_KEYS.original]),
      rewrite: shown(texts[TEXT_KEYS.rewrite]),
      rewriteOfRewrite: shown(texts[TEXT_KEYS.rewriteOfRewrite]),
    },
    placebo: shown(texts[PLACEBO_KEY]),
    models: modelsOf(record, marks.treated),
    reading: false,
    fields: otherFields(record),
    before: neighbour(place - 1),
    after: neighbour(place + 1),
    place: place < 0 ? null : place + 1,
  };
}

/** The rewards of every model in a record. */
function modelsOf(record: JsonRecord, treated: 0 | 1 | null): ModelRewards[] {
  return Object.entries(record).flatMap(([rewardKey, value]) => {
    if (!isRewards(rewardKey, value)) return [];
    const rewards = rewardsIn(record, rewardKey);
    const { original, rewrite, rewriteOfRewrite } = rewards;
    const back = rewrite === null || rewriteOfRewrite === null ? null : rewriteOfRewrite - rewrite;
    return {
      rewardKey,
      rewards,
      difference: back === null || treated === null ? null : treated === 1 ? back : -back,
      rewriter: original === null || rewriteOfRewrite === null ? null : rewriteOfRewrite - original,
      elsewhere: null,
    };
  });
}

/** The rewards that other files have of the very same texts. */
export async function rewardsElsewhere(
  own: ExampleAnswer,
  others: readonly { readonly name: string; readonly file: ExampleFile }[],
): Promise<ModelRewards[]> {
  const known = new Set(own.models.map(({ rewardKey }) => rewardKey));
  const found: ModelRewards[] = [];
  for (const { name, file } of others) {
    const row = file.columns.find(own.id);
    const record = row === undefined ? null : await file.record(row);
    if (!record || !hasTexts(record, own)) continue;
    for (const rewards of modelsOf(record, own.treated)) {
      if (known.has(rewards.rewardKey)) continue;
      known.add(rewards.rewardKey);
      found.push({ ...rewards, elsewhere: name });
    }
  }
  return found;
}

function hasTexts({ completions }: JsonRecord, { texts }: ExampleAnswer): boolean {
  const held = isRecord(completions) ? completions : {};
  return TEXT_NAMES.every(
    (text) => (shown(held[TEXT_KEYS[text]])?.text ?? null) === (texts[text]?.text ?? null),
  );
}

function otherFields(record: JsonRecord): (readonly [string, string])[] {
  return Object.entries(record)
    .filter(
      ([key, value]) => !["id", "completions", "reward_question"].includes(key) && !isRewards(key, value),
    )
    .slice(0, MOST_FIELDS)
    .map(([key, value]) => [key, fieldText(value)] as const);
}

function fieldText(value: Json): string {
  const text = typeof value === "string" ? value : jsonText(value);
  const cut = text.length > MOST_FIELD ? `${text.slice(0, MOST_FIELD)}… (${text.length} characters)` : text;
  return cut.toWellFormed();
}

function failureText(record: JsonRecord): string | null {
  const failure = failureIn(record);
  if (failure === null) return null;
  const { step, reason, detail } = failure;
  const parts = [step, reason, detail].filter((part) => part !== "");
  return parts.join(": ").slice(0, MOST_FIELD).toWellFormed();
}

function shown(text: Json | undefined): ShownText | null {
  return typeof text === "string" ? { text: text.slice(0, MOST_TEXT).toWellFormed(), of: text.length } : null;
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
