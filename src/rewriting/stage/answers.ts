import type { ExampleId } from "../../domain/example.js";
import { hashOf } from "../../domain/hash.js";
import {
  type AppendLog,
  type Place,
  REWRITE_FAILURES,
  type RewriteAnswer,
  type RewriteFailure,
  type RewriteOutcome,
  type RewriteStep,
} from "../../domain/rewriter.js";
import { Pages } from "../../storage/examples/growing.js";
import { IdNumbers } from "../../storage/examples/ids.js";

/** What is kept in memory of an answer; its texts are on the disk. */
export interface Kept {
  readonly attempt: number;
  /** Null when there is a usable text. */
  readonly failure: RewriteFailure | null;
  /** Of the text that was to be rewritten. */
  readonly hash: number;
  readonly place: Place;
}

/** The last answer to each request, on the disk before it counts. An answer that is here is never asked for again. */
export class Answers {
  private readonly kept = new KeptAnswers();

  private constructor(private readonly journal: AppendLog<RewriteAnswer> | null) {}

  /** Where nothing has been asked, and nothing will be. */
  static none(): Answers {
    return new Answers(null);
  }

  /** Reads what is there already, and tells of each answer. A failure that is `toBeAskedAgain` counts as no answer. */
  static async open(
    journal: AppendLog<RewriteAnswer>,
    onAnswer: (answer: RewriteAnswer) => void = () => undefined,
    toBeAskedAgain: (failure: RewriteFailure) => boolean = () => false,
  ): Promise<Answers> {
    const answers = new Answers(journal);
    for await (const [answer, place] of journal.placed()) {
      const { outcome } = answer;
      if (outcome.status === "ok" || !toBeAskedAgain(outcome.reason)) answers.remember(answer, place);
      onAnswer(answer);
    }
    return answers;
  }

  get count(): number {
    return this.kept.count;
  }

  find(id: ExampleId, step: RewriteStep): Kept | undefined {
    return this.kept.get(id, step);
  }

  /** Returns whether it is the first answer to its request. */
  async add(answer: RewriteAnswer): Promise<boolean> {
    const place = await this.journal!.append(answer);
    return this.remember(answer, place);
  }

  async outcome(id: ExampleId, step: RewriteStep): Promise<RewriteOutcome | null> {
    const kept = this.find(id, step);
    return kept ? (await this.journal!.read(kept.place)).outcome : null;
  }

  private remember({ request, outcome }: RewriteAnswer, place: Place): boolean {
    const failure = outcome.status === "ok" ? null : outcome.reason;
    return this.kept.set(request.id, request.step, {
      attempt: request.attempt,
      failure,
      hash: hashOf(request.text),
      place,
    });
  }
}

/** Answers as rows of numbers, a row for each example in the order of their first answers: as objects they would take five times the memory. */
class KeptAnswers {
  private readonly rows = new IdNumbers();
  private readonly numbers: Readonly<Record<RewriteStep, Pages>> = {
    rewrite: new Pages(FIELDS),
    rewriteOfRewrite: new Pages(FIELDS),
    thirdRewrite: new Pages(FIELDS),
    placebo: new Pages(FIELDS),
  };
  count = 0;

  get(id: ExampleId, step: RewriteStep): Kept | undefined {
    const row = this.rows.get(id);
    const [code, hash, at, length] = (row !== undefined && this.numbers[step].get(row)) || NOTHING;
    if (!code) return undefined;
    const failure = (code - 1) % OUTCOMES;
    return {
      attempt: (code - 1 - failure) / OUTCOMES,
      failure: REWRITE_FAILURES[failure - 1] ?? null,
      hash: hash!,
      place: { at: at!, length: length! },
    };
  }

  /** Returns whether there was no answer before. */
  set(id: ExampleId, step: RewriteStep, { attempt, failure, hash, place }: Kept): boolean {
    const row = this.rows.add(id);
    const isFirst = !this.numbers[step].get(row)?.[0];
    const code = 1 + attempt * OUTCOMES + (failure === null ? 0 : REWRITE_FAILURES.indexOf(failure) + 1);
    this.numbers[step].set(row, [code, hash, place.at, place.length]);
    if (isFirst) this.count += 1;
    return isFirst;
  }
}

/** A usable text, and each failure. */
const OUTCOMES = 1 + REWRITE_FAILURES.length;
/** Numbers kept of an answer: tries and outcome in one (0: there is no answer), hash, and its place. */
const FIELDS = 4;
const NOTHING: Iterable<number> & ArrayLike<number> = [];
