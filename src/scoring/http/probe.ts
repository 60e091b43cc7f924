import type { Check, Finding, ProbeReport } from "../../domain/probe.js";
import type { ScoringInput } from "../../domain/reward-model.js";
import { lastPlace, type OutputReader, rewardsAt } from "../outputs.js";
import { describeRange } from "./describe-range.js";
import type { Endpoint } from "./endpoint.js";
import { difference, sigmoid, softmax, spreadOf } from "./probe-numbers.js";
import { longResponse, PROBE_TEXTS } from "./probe-texts.js";
import { BAD_ANSWERS, type BadAnswerKind, judgeQuality, QUALITY_PROBES } from "./quality.js";
import { type AdapterAnswer, type AdapterText, BadAnswer } from "./server-adapter.js";

/** What is probed for: the reward model as the recipe describes it. */
export interface ProbeTarget {
  encode(input: ScoringInput): AdapterText & { readonly bosCount: number };
  /** How outputs become rewards; what is looked at is the first of them. */
  readonly reader: OutputReader;
  /** Why the place where a reward is read depends on the runtime, in words; null where it does not. */
  readonly padAtEnd: string | null;
  /** Whether it judges answers to prompts, so that good ones should have higher rewards than bad ones. */
  readonly judgesAnswers: boolean;
  readonly labels?: readonly string[] | undefined;
  readonly maxTokens: number;
  readonly cut: "left" | "right";
  /** Findings that do not stop a run. */
  readonly allow: readonly Check[];
}

/** Differences of rewards above this share of their spread are too large. */
const TOLERABLE = 0.1;
/** The longest text that a probe sends. */
const LONGEST = 4096;

/**
 * Finds out with about twenty short requests whether a server gives the raw scores that the recipe means. Throws when the server cannot be asked
 * at all; what it answers wrongly is in the findings.
 */
export async function probe(endpoint: Endpoint, target: ProbeTarget): Promise<ProbeReport> {
  const findings: Finding[] = [];
  const report: Report = (check, verdict, detail) => {
    const allowed = (verdict === "stop" || verdict === "warning") && target.allow.includes(check);
    findings.push({ check, verdict: allowed ? "allowed" : verdict, detail });
  };
  if (target.padAtEnd !== null) report("pad", "stop", target.padAtEnd);
  let rewards: number[] | null = null;
  try {
    rewards = await examine(endpoint, target, report);
  } catch (cause) {
    if (!(cause instanceof BadAnswer)) throw cause;
    report("answers", "stop", cause.message);
  }
  return { endpoint: endpoint.name, server: endpoint.served.facts, findings, rewards };
}

type Report = (check: Check, verdict: "pass" | "note" | "warning" | "stop", detail: string) => void;

async function examine(endpoint: Endpoint, target: ProbeTarget, report: Report): Promise<number[]> {
  const texts = PROBE_TEXTS.map((text) => target.encode(text));
  const ask = (some: readonly AdapterText[], activation = false) =>
    endpoint.ask(some, { activation, cut: target.cut });
  const together = await ask(texts);
  report("answers", "pass", `${texts.length} texts, ${texts.length} scores`);
  if (!checkOutputs(together, endpoint, target, report)) return [];
  const rewardsOf = ({ rows }: AdapterAnswer) =>
    rows.map(({ outputs }) => rewardsAt(outputs, target.reader, endpoint.name)[0]!);

  if (target.reader.reduce === null)
    await checkActivation(together, endpoint.adapter.switchable ? () => ask(texts, true) : null, report);
  checkTokens(together, texts, endpoint, report);

  const alone: number[] = [];
  for (const text of texts) alone.push(...rewardsOf(await ask([text])));
  const spread = spreadOf(alone);
  if (spread === 0)
    report("constant", "stop", `all ${texts.length} different texts have the reward ${alone[0]}`);
  else report("constant", "pass", `rewards of ${texts.length} texts spread over ${spread.toPrecision(3)}`);
  checkBatch(alone, rewardsOf(together), spread, report);
  const again = difference(rewardsOf(together), rewardsOf(await ask(texts)));
  judge("noise", again, spread, "the same texts twice", report);
  await checkLength(endpoint, target, ask, report);
  if (target.judgesAnswers) await checkQuality(endpoint, target, ask, report);
  return alone;
}

/** Whether the outputs are those that the recipe speaks of. */
function checkOutputs(
  { rows }: AdapterAnswer,
  { served }: Endpoint,
  target: ProbeTarget,
  report: Report,
): boolean {
  const count = rows[0]!.outputs.length;
  // Steps: as many numbers as a response has steps.
  if (target.reader.reduce !== null) {
    report("labels", "pass", "one probability for each step");
    return true;
  }
  const wanted = lastPlace(target.reader);
  if (rows.some(({ outputs }) => outputs.length !== count) || wanted >= count) {
    report(
      "labels",
      "stop",
      `the reward is output ${wanted}, counted from 0, but the server gives ${count} a text`,
    );
    return false;
  }
  const { labels } = target;
  if (count > 1 && labels && served.labels && labels.join("\n") !== served.labels.join("\n")) {
    report(
      "labels",
      "stop",
      `the server's labels are ${served.labels.join(", ")}; the recipe's are ${labels.join(", ")}`,
    );
    return true;
  }
  // The label of the largest output must be tied to its place.
  const placeOf = new Map<string, number>();
  const named = new Set(rows.flatMap(({ label }) => label ?? []));
  const largest = new Set(rows.map(({ outputs }) => outputs.indexOf(Math.max(...outputs))));
  if (count > 1 && named.size === 1 && largest.size > 1) {
    report("labels", "note", `the server calls the largest output ${[...named][0]} whichever it is`);
    return true;
  }
  for (const { outputs, label } of count > 1 ? rows : []) {
    if (label === null) continue;
    const place = outputs.indexOf(Math.max(...outputs));
    if (
      (placeOf.get(label) ?? place) !== place ||
      [...placeOf].some(([other, at]) => at === place && other !== label)
    ) {
      report(
        "labels",
        "stop",
        "outputs are sorted by size instead of by label: the largest one comes first whatever its label",
      );
      return true;
    }
    placeOf.set(label, place);
  }
  report(
    "labels",
    "pass",
    count === 1 ? "one output" : `${count} outputs${served.labels ? `: ${served.labels.join(", ")}` : ""}`,
  );
  return true;
}

async function checkActivation(
  { rows }: AdapterAnswer,
  withActivation: (() => Promise<AdapterAnswer>) | null,
  report: Report,
) {
  const raw = rows.map(({ outputs }) => outputs);
  const within = raw.flat().every((value) => value >= 0 && value <= 1);
  const words = describeRange(raw);
  if (!withActivation) {
    return report("activation", within ? "stop" : "pass", within ? words : "outputs go beyond 0 to 1");
  }
  const activated = (await withActivation()).rows.map(({ outputs }) => outputs);
  const same = difference(raw.flat(), activated.flat()) <= 1e-6;
  if (same && within) {
    report(
      "ignored_field",
      "stop",
      `use_activation true and false give the same numbers, ${words}: serve with --pooler-config '{"use_activation": false}'`,
    );
    return report("activation", "stop", words);
  }
  const expected = raw.map((outputs) => (outputs.length === 1 ? outputs.map(sigmoid) : softmax(outputs)));
  const obeys = difference(expected.flat(), activated.flat()) < 0.02;
  report("ignored_field", "pass", same ? "the model has no activation" : "use_activation is heeded");
  if (within && !obeys) return report("activation", "stop", words);
  report(
    "activation",
    "pass",
    obeys
      ? "outputs are raw: with an activation the server gives their sigmoid or softmax"
      : "outputs go beyond 0 to 1",
  );
}

function checkTokens(
  { rows, tokens }: AdapterAnswer,
  texts: readonly (AdapterText & { bosCount: number })[],
  { adapter }: Endpoint,
  report: Report,
) {
  const most = Math.max(...texts.map(({ bosCount }) => bosCount));
  const sent = texts.reduce((sum, { ids }) => sum + ids.length, 0);
  const read =
    tokens ??
    (rows.every((row) => row.tokens !== null) ? rows.reduce((sum, row) => sum + row.tokens!, 0) : null);
  if (most > 1)
    report(
      "bos",
      "stop",
      `texts begin with ${most} BOS tokens: the chat template has one and the tokenizer adds another`,
    );
  else if (read === null)
    report("bos", "note", "the server does not say how many tokens it read: a doubled BOS would not be seen");
  else if (read > sent) {
    const each = (read - sent) / texts.length;
    const how = Number.isInteger(each) ? `${each} to each text` : `${read - sent} to ${texts.length} texts`;
    report("bos", "stop", `the server adds tokens, ${how}: it probably puts a second BOS before them`);
  } else if (read < sent) report("truncation", "stop", `the server read ${read} tokens of ${sent}`);
  else
    report(
      "bos",
      "pass",
      `${read} tokens, as ${adapter.takes === "ids" ? "sent" : "expected"}; BOS tokens a text: ${most}`,
    );
}

function checkBatch(alone: readonly number[], together: readonly number[], spread: number, report: Report) {
  const drift = difference(alone, together);
  const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
  const permuted = difference(sorted(alone), sorted(together)) <= TOLERABLE * spread;
  if (drift > TOLERABLE * spread && permuted) {
    report("order", "stop", "scores of several texts come back in another order than the texts were sent in");
    return;
  }
  report("order", "pass", "scores belong to their texts");
  judge("batch", drift, spread, `one text at a time and ${alone.length} together`, report);
}

/** A text of nearly the greatest length, and others that differ from it at one end only. */
async function checkLength(endpoint: Endpoint, target: ProbeTarget, ask: Ask, report: Report): Promise<void> {
  const limit = Math.min(target.maxTokens, endpoint.served.maxTokens ?? Number.POSITIVE_INFINITY, LONGEST);
  if ((endpoint.served.maxTokens ?? Number.POSITIVE_INFINITY) < target.maxTokens) {
    const { maxTokens } = endpoint.served;
    report(
      "truncation",
      "note",
      `the server takes ${maxTokens} tokens at most, the recipe allows ${target.maxTokens}: longer texts will be refused`,
    );
  }
  const count = sentencesFor(target, limit);
  const long = (changed: "none" | "first" | "last", variant = 0) =>
    target.encode({ prompt: "Tell me more.", response: longResponse(count, changed, variant) });
  const base = long("none");
  try {
    const answer = await ask([base]);
    const read = answer.tokens ?? answer.rows[0]!.tokens;
    if (read !== null && read < base.ids.length) {
      return report(
        "truncation",
        "stop",
        `of a text of ${base.ids.length} tokens the server read ${read}, without saying so`,
      );
    }
    const rewardOf = async (text: AdapterText) =>
      rewardsAt((await ask([text])).rows[0]!.outputs, target.reader, endpoint.name)[0]!;
    const reward = rewardsAt(answer.rows[0]!.outputs, target.reader, endpoint.name)[0]!;
    for (const end of ["first", "last"] as const) {
      // A second text guards against rewards that are equal by chance, on the coarse grid of bfloat16.
      const unread = (await rewardOf(long(end))) === reward && (await rewardOf(long(end, 1))) === reward;
      if (!unread) continue;
      const which = end === "first" ? "beginning" : "end";
      return report(
        "truncation",
        "stop",
        `the ${which} of a text of ${base.ids.length} tokens does not change its score: the server cuts it off`,
      );
    }
    report("truncation", "pass", `a text of ${base.ids.length} tokens is read from beginning to end`);
  } catch (cause) {
    const trouble = endpoint.troubleOf(cause);
    if (trouble.kind !== "refused") throw cause;
    report("truncation", "note", `a text of ${base.ids.length} tokens is refused (${trouble.message})`);
  }
}

/** Whether good answers have higher rewards than gibberish, a refusal of nothing, and an empty answer. */
async function checkQuality(
  endpoint: Endpoint,
  target: ProbeTarget,
  ask: Ask,
  report: Report,
): Promise<void> {
  const rewardsOf = async (kinds: readonly BadAnswerKind[]) => {
    const inputs = QUALITY_PROBES.flatMap(({ prompt, good, bad }) =>
      [good, ...kinds.map((kind) => bad[kind])].map((response) => target.encode({ prompt, response })),
    );
    const { rows } = await ask(inputs);
    return rows.map(({ outputs }) => rewardsAt(outputs, target.reader, endpoint.name)[0]!);
  };
  let kinds: readonly BadAnswerKind[] = BAD_ANSWERS;
  let rewards: number[];
  try {
    rewards = await rewardsOf(kinds);
  } catch (cause) {
    // Some servers take no empty text.
    if (endpoint.troubleOf(cause).kind !== "refused") throw cause;
    kinds = kinds.filter((kind) => kind !== "empty");
    rewards = await rewardsOf(kinds);
  }
  const { verdict, detail } = judgeQuality(rewards, kinds);
  report("quality", verdict, detail);
}

/** How many sentences make the longest response that fits. */
function sentencesFor(target: ProbeTarget, limit: number): number {
  const fits = (count: number) => {
    const text = target.encode({ prompt: "Tell me more.", response: longResponse(count, "first", 1) });
    const plain = target.encode({ prompt: "Tell me more.", response: longResponse(count, "none") });
    return Math.max(text.ids.length, plain.ids.length) < limit && !text.truncated && !plain.truncated;
  };
  let low = 1;
  let high = Math.max(2, Math.ceil(limit / 4));
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

type Ask = (texts: readonly AdapterText[]) => Promise<AdapterAnswer>;

/** Whether differences that should be none are small beside the spread of the rewards. */
function judge(check: Check, largest: number, spread: number, between: string, report: Report): void {
  if (largest === 0) {
    report(check, "pass", `${between}: the same scores`);
    return;
  }
  const share = `${between}: scores differ by up to ${largest.toPrecision(2)}, ${((100 * largest) / spread).toPrecision(2)} % of their spread`;
  report(check, largest > TOLERABLE * spread ? "stop" : largest > 1e-3 * spread ? "note" : "pass", share);
}

/** Whether several servers give the same rewards: a finding for each of the others, beside the first. */
export function agreement(reports: readonly ProbeReport[], allow: readonly Check[]): ProbeReport[] {
  const [first] = reports;
  return reports.map((report) => {
    if (report === first || !first?.rewards?.length || !report.rewards?.length) return report;
    const findings = [...report.findings];
    const spread = spreadOf(first.rewards);
    judge(
      "agreement",
      difference(first.rewards, report.rewards),
      spread,
      `${first.endpoint} and this server`,
      (check, verdict, detail) => {
        const allowed = verdict === "stop" && allow.includes(check);
        findings.push({ check, verdict: allowed ? "allowed" : verdict, detail });
      },
    );
    return { ...report, findings };
  });
}
