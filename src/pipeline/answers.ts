import type { ExampleId } from "../domain/example.js";
import { hashOf } from "../domain/hash.js";
import {
  type AppendLog,
  type Place,
  REWRITE_FAILURES,
  type RewriteAnswer,
  type RewriteFailure,
  type RewriteOutcome,
  type RewriteStep,
} from "../domain/rewriter.js";

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

  /** Reads what is there already, and tells of each answer. */
  static async open(
    journal: AppendLog<RewriteAnswer>,
    onAnswer: (answer: RewriteAnswer) => void = () => undefined,
  ): Promise<Answers> {
    const answers = new Answers(journal);
    for await (const [answer, place] of journal.placed()) {
      answers.remember(answer, place);
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

const STEPS: readonly RewriteStep[] = ["rewrite", "rewriteOfRewrite", "placebo"];
/** Numbers kept of an answer: tries so far (0: there is no answer), failure (0: a usable text), hash, and its place. */
const FIELDS = 5;
const ROW = STEPS.length * FIELDS;

/** Answers as rows of numbers, one row an example: as objects they would take five times the memory. */
class KeptAnswers {
  private readonly rows = new Map<ExampleId, number>();
  private numbers = new Float64Array(1024 * ROW);
  count = 0;

  get(id: ExampleId, step: RewriteStep): Kept | undefined {
    const row = this.rows.get(id);
    if (row === undefined) return undefined;
    const at = fieldsOf(row, step);
    const field = (index: number) => this.numbers[at + index]!;
    if (field(0) === 0) return undefined;
    return {
      attempt: field(0) - 1,
      failure: REWRITE_FAILURES[field(1) - 1] ?? null,
      hash: field(2),
      place: { at: field(3), length: field(4) },
    };
  }

  /** Returns whether there was no answer before. */
  set(id: ExampleId, step: RewriteStep, { attempt, failure, hash, place }: Kept): boolean {
    const at = fieldsOf(this.rows.get(id) ?? this.addRow(id), step);
    const isFirst = this.numbers[at] === 0;
    const code = failure === null ? 0 : REWRITE_FAILURES.indexOf(failure) + 1;
    this.numbers.set([attempt + 1, code, hash, place.at, place.length], at);
    if (isFirst) this.count += 1;
    return isFirst;
  }

  private addRow(id: ExampleId): number {
    const row = this.rows.size;
    this.rows.set(id, row);
    if (this.rows.size * ROW > this.numbers.length) {
      const larger = new Float64Array(2 * this.numbers.length);
      larger.set(this.numbers);
      this.numbers = larger;
    }
    return row;
  }
}

/** Where the numbers of an answer begin. */
function fieldsOf(row: number, step: RewriteStep): number {
  return row * ROW + STEPS.indexOf(step) * FIELDS;
}
