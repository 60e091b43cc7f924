import type { Json } from "../../domain/example.js";
import { EXTRA_KEYS, type PLACEBO_KEY, TEXT_KEYS, TEXT_NAMES, type TextName } from "../../domain/example.js";
import { isMissing, readLabel } from "../../domain/labels.js";
import { isObject } from "../readers/json-value.js";
import { fieldOf, type RawRecord, RECORD_FIELDS, rewardOf } from "./record.js";

/** Which columns hold the rewards of the three texts, and W, in a table made elsewhere. */
export interface ColumnNames {
  readonly original?: string | undefined;
  readonly rewrite?: string | undefined;
  readonly rewritten_rewrite?: string | undefined;
  readonly treated?: string | undefined;
}

/** How `ColumnNames` calls the texts. */
const COLUMN_OF = {
  original: "original",
  rewrite: "rewrite",
  rewriteOfRewrite: "rewritten_rewrite",
} as const satisfies Record<TextName, keyof ColumnNames>;

/** How records of other shapes are understood. */
export interface ShapeQuery {
  /** The reward key that flat columns without a name of their own go by. */
  readonly rewardKey?: string | null | undefined;
  /** Keys of the three texts below a reward key, where they are not the usual ones. */
  readonly textKeys?: Partial<Record<TextName, string>> | undefined;
  readonly columns?: ColumnNames | null | undefined;
}

/** Spellings of the texts' names in tables made elsewhere, in snake_case. */
const SPELLINGS: Readonly<Record<string, TextName>> = {
  original: "original",
  orig: "original",
  rewrite: "rewrite",
  rewritten: "rewrite",
  rewritten_rewrite: "rewriteOfRewrite",
  rewrite_of_rewrite: "rewriteOfRewrite",
  rewrite_of_the_rewrite: "rewriteOfRewrite",
  rewrite_rewrite: "rewriteOfRewrite",
  second_rewrite: "rewriteOfRewrite",
  double_rewrite: "rewriteOfRewrite",
  rr: "rewriteOfRewrite",
};
const TREATED = ["w_original", "treated", "w", "treatment"];
/** Prefixes and endings that say "reward" and name no model. */
const ANONYMOUS = new Set(["reward", "rewards", "score", "scores"]);
/** Prefixes of columns about the three texts that are no rewards. */
const OTHERS = new Set(
  "w id text texts completion completions response responses length lengths len n num count tokens words chars characters hash failure flip label difference diff".split(
    " ",
  ),
);
const TEXT_PREFIXES = new Set(["text", "texts", "completion", "completions", "response", "responses"]);

/** A name in snake_case: letters in lower case, words apart. */
function snake(name: string): string {
  return name
    .trim()
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[\s-]+/g, "_")
    .toLowerCase();
}

/** A column's name taken apart: what stands before the text's name, and the text. */
function partsOf(name: string): { prefix: string; separator: string; text: TextName } | null {
  const whole = snake(name).replace(/_(?:reward|score)s?$/, "");
  // The longest ending that is a text's name: `m_rewritten_rewrite` is no `m_rewritten` of a rewrite.
  for (let at = 0; at < whole.length; at += 1) {
    if (at > 0 && !/[._/]/.test(whole[at - 1]!)) continue;
    const text = Object.hasOwn(SPELLINGS, whole.slice(at)) ? SPELLINGS[whole.slice(at)]! : null;
    if (!text) continue;
    if (at === 0) return { prefix: "", separator: "", text };
    // The reward key as it is spelled, which has as many letters where no camelCase is taken apart.
    const own = name.trim();
    const length = own.length - (whole.length - at) - (snake(name).length - whole.length);
    const prefix =
      snake(own.slice(0, length)) === whole.slice(0, at) ? own.slice(0, length) : whole.slice(0, at);
    return { prefix: prefix.slice(0, -1), separator: prefix.at(-1)!, text };
  }
  return null;
}

type Group = Partial<Record<TextName, string>>;

/** Where the values of a record stand, by the names of its fields alone. */
interface Layout {
  /** The field with W. */
  readonly treated: string | null;
  /** Columns of rewards by reward key. */
  readonly rewards: ReadonlyMap<string, Group>;
  /** Columns that are texts unless one of them is a number. */
  readonly texts: Group | null;
  /** All columns that are taken up by these. */
  readonly used: ReadonlySet<string>;
}

function layoutOf(names: readonly string[], rewardKeyField: string | null, query: ShapeQuery): Layout {
  const columns = query.columns ?? {};
  const has = new Set(names);
  const treated =
    columns.treated ?? TREATED.flatMap((wanted) => names.filter((name) => snake(name) === wanted))[0] ?? null;
  const rewards = new Map<string, Group>();
  const used = new Set<string>(treated === null ? [] : [treated]);
  const unnamed = rewardKeyField ?? query.rewardKey ?? null;
  const explicit = Object.fromEntries(
    TEXT_NAMES.flatMap((text) => {
      const name = columns[COLUMN_OF[text]];
      return name === undefined || !has.has(name) ? [] : [[text, name] as const];
    }),
  ) as Group;
  if (Object.keys(explicit).length > 0) {
    rewards.set(unnamed ?? "reward", explicit);
    for (const name of Object.values(explicit)) used.add(name);
    return { treated, rewards, texts: null, used };
  }
  const groups = new Map<string, Group>();
  const words: Group = {};
  for (const name of names) {
    if (name === treated || (RECORD_FIELDS as readonly string[]).includes(name)) continue;
    const parts = partsOf(name);
    if (!parts) continue;
    const { prefix, separator, text } = parts;
    if (TEXT_PREFIXES.has(prefix.toLowerCase())) words[text] = name;
    const isOther = separator === "_" && OTHERS.has(prefix.toLowerCase());
    if (isOther && prefix !== query.rewardKey) continue;
    const group = groups.get(prefix) ?? {};
    if (group[text] === undefined) group[text] = name;
    groups.set(prefix, group);
  }
  const isWhole = ([, group]: readonly [string, Group]) =>
    group.rewrite !== undefined && group.rewriteOfRewrite !== undefined;
  const whole = [...groups].filter(isWhole);
  const named = whole.filter(([prefix]) => prefix !== "" && !ANONYMOUS.has(prefix.toLowerCase()));
  const anonymous = whole.filter(([prefix]) => ANONYMOUS.has(prefix.toLowerCase()));
  const bare = whole.find(([prefix]) => prefix === "");
  const taken = named.some(([prefix]) => prefix === query.rewardKey);
  for (const [prefix, group] of named) rewards.set(prefix, group);
  for (const [prefix, group] of anonymous)
    rewards.set(taken || anonymous.length > 1 ? prefix : (unnamed ?? prefix), group);
  let texts: Group | null = Object.keys(words).length > 0 ? words : null;
  if (bare && rewards.size > 0) texts ??= bare[1];
  else if (bare) rewards.set(unnamed ?? "reward", bare[1]);
  for (const group of rewards.values()) for (const name of Object.values(group)) used.add(name);
  for (const name of Object.values(texts ?? {})) used.add(name);
  return { treated, rewards, texts, used };
}

/** Understands records of any shape; one for all records of a file, since it remembers what it has seen. */
export class Shape {
  private readonly layouts = new Map<string, Layout>();
  private readonly keys: Readonly<Record<TextName, string>>;

  constructor(private readonly query: ShapeQuery) {
    this.keys = { ...TEXT_KEYS, ...query.textKeys };
  }

  /**
   * The same record in the shape of our own files: W in `w_original`, texts in `completions`, rewards as objects under their reward keys. One that is in that shape is returned
   * as it is.
   */
  canonical(record: RawRecord): RawRecord {
    const nested = withLabels(this.withKnownKeys(record));
    const layout = this.layoutFor(nested);
    const flat = layout.used.size > (layout.treated === null ? 0 : 1);
    if (!flat && (layout.treated === null || layout.treated === "w_original")) return nested;
    return withLabels(this.moved(nested, layout));
  }

  /** The records that an object holds: itself, or those that it holds by their ids, as in a line `{"e0": {…}}`. */
  expanded(value: {
    readonly [key: string]: Json;
  }): { readonly id: string | null; readonly record: RawRecord }[] {
    const entries = Object.entries(value);
    const isKeyed = entries.length > 0 && entries.every(([key, inner]) => this.looksKeyed(key, inner));
    return isKeyed
      ? entries.map(([id, record]) => ({ id, record: record as RawRecord }))
      : [{ id: null, record: value }];
  }

  /** Whether a value looks like an example: it has a W, or texts. */
  looksLikeRecord(value: Json | undefined): boolean {
    if (!isObject(value)) return false;
    if (Object.hasOwn(value, "completions")) return true;
    const { treated } = this.query.columns ?? {};
    const names = Object.keys(value);
    return treated === undefined
      ? names.some((name) => TREATED.includes(snake(name)))
      : names.includes(treated);
  }

  private looksKeyed(key: string, value: Json): boolean {
    return key !== "completions" && this.looksLikeRecord(value);
  }

  private layoutFor(record: RawRecord): Layout {
    const names = Object.keys(record);
    const key = fieldOf(record, "reward_key");
    const rewardKey = typeof key === "string" ? key : null;
    const signature = JSON.stringify([rewardKey, names]);
    let layout = this.layouts.get(signature);
    if (!layout) {
      layout = layoutOf(names, rewardKey, this.query);
      this.layouts.set(signature, layout);
    }
    return layout;
  }

  private moved(record: RawRecord, layout: Layout): RawRecord {
    const made: [string, Json][] = Object.entries(record).filter(([name]) => !layout.used.has(name));
    if (layout.treated !== null) made.push(["w_original", record[layout.treated]!]);
    let { texts } = layout;
    for (const [key, group] of layout.rewards) {
      const values = TEXT_NAMES.map((name) => (group[name] === undefined ? undefined : record[group[name]]));
      // Columns called `original` and so on may as well hold the texts.
      if (texts === null && layout.rewards.size === 1 && values.every(isWords)) texts = group;
      else
        made.push([
          key,
          Object.fromEntries(
            TEXT_NAMES.flatMap((name, index) =>
              values[index] === undefined
                ? []
                : [[this.keys[name], rewardOf(values[index]) ?? values[index]]],
            ),
          ) as Json,
        ]);
    }
    if (texts !== null && !Object.hasOwn(record, "completions"))
      made.push([
        "completions",
        Object.fromEntries(
          TEXT_NAMES.flatMap((name) => {
            const column = texts[name];
            const text = column === undefined ? undefined : record[column];
            return typeof text === "string" ? [[TEXT_KEYS[name], text]] : [];
          }),
        ),
      ]);
    return Object.fromEntries(made);
  }

  /** Rewards under other spellings of the texts' names, such as `rewritten_rewrite`, get the usual ones. */
  private withKnownKeys(record: RawRecord): RawRecord {
    let changed: [string, Json][] | null = null;
    for (const [key, value] of Object.entries(record)) {
      if (!isObject(value) || key === "completions" || key === "scored_inputs") continue;
      if (Object.hasOwn(value, this.keys.rewrite) && Object.hasOwn(value, this.keys.rewriteOfRewrite))
        continue;
      const known = respelled(value, this.keys);
      if (known === null) continue;
      changed ??= Object.entries(record);
      changed[changed.findIndex(([name]) => name === key)] = [key, known];
    }
    return changed === null ? record : Object.fromEntries(changed);
  }
}

const LABELS = ["w_original", "w_rewrite", "w_rewritten_rewrite"] as const;

/** W of the three texts as true and false, however it is spelled; what is no label stays, so that the reader says so. */
function withLabels(record: RawRecord): RawRecord {
  const known = LABELS.flatMap((name) => {
    const value = fieldOf(record, name);
    const label = typeof value === "boolean" ? value : readLabel(value);
    return typeof label === "boolean" && label !== value ? [[name, label] as const] : [];
  });
  return known.length === 0 ? record : { ...record, ...Object.fromEntries(known) };
}

/** A text that is no number and no word for a missing one. */
function isWords(value: Json | undefined): boolean {
  return typeof value === "string" && !isMissing(value) && rewardOf(value) === undefined;
}

/** An object's keys as the usual names of the texts; null where it has not both rewrites. */
function respelled(value: { [key: string]: Json }, keys: Readonly<Record<TextName, string>>): Json | null {
  const entries = Object.entries(value).map(([name, inner]): [string, Json] => {
    if (EXTRA_KEYS.includes(name as typeof PLACEBO_KEY) || Object.values(keys).includes(name))
      return [name, inner];
    const spelling = snake(name).replace(/_(?:reward|score)s?$/, "");
    return [Object.hasOwn(SPELLINGS, spelling) ? keys[SPELLINGS[spelling]!] : name, inner];
  });
  const made = Object.fromEntries(entries);
  const isWhole = Object.hasOwn(made, keys.rewrite) && Object.hasOwn(made, keys.rewriteOfRewrite);
  return isWhole && Object.keys(made).length === entries.length ? made : null;
}
