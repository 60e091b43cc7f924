import { setTimeout as sleep } from "node:timers/promises";
import { workError } from "../../domain/errors.js";
import { type Connection, type Endpoint, noneLeft } from "./endpoint.js";
import { type AdapterAnswer, type AdapterRow, type AdapterText, BadAnswer } from "./server-adapter.js";

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 15_000;
/** How often texts are sent that come back without a usable answer. */
const TRIES = 3;

/** Texts that are sent together; `at` is the place of the first one. */
interface Job {
  readonly at: number;
  readonly texts: readonly AdapterText[];
  readonly failures: readonly string[];
  /** Servers that had their try. */
  readonly tried: ReadonlySet<Endpoint>;
}

export interface EndpointPoolOptions {
  readonly connection: Pick<Connection, "signal" | "concurrency" | "patienceMs">;
  readonly cut: "left" | "right";
  /** Whether an answer is refused whose token count is not that of the texts. */
  readonly countTokens: boolean;
  readonly say: (line: string) => void;
}

/** Several servers of one model that share the work. */
export class EndpointPool {
  constructor(
    readonly endpoints: readonly Endpoint[],
    private readonly options: EndpointPoolOptions,
  ) {}

  /**
   * The rows of all texts, in their order. Texts whose server fails go to another one; a server that does nothing but fail is given up.
   * Throws when none is left, or some texts get no usable answer anywhere.
   */
  async score(batches: readonly (readonly AdapterText[])[]): Promise<AdapterRow[]> {
    let at = 0;
    const waiting: Job[] = batches.map((texts) => {
      const job = { at, texts, failures: [], tried: new Set<Endpoint>() };
      at += texts.length;
      return job;
    });
    const rows: AdapterRow[] = new Array(at);
    const { signal, concurrency } = this.options.connection;
    const work = new Work(waiting);
    const stop = () => work.fail(signal.reason);
    signal.addEventListener("abort", stop);
    try {
      signal.throwIfAborted();
      const workers = this.living().flatMap((endpoint) =>
        Array.from({ length: concurrency }, () => this.serve(endpoint, work, rows)),
      );
      await Promise.all(workers);
    } finally {
      signal.removeEventListener("abort", stop);
    }
    if (work.failure !== null) throw work.failure;
    if (work.open > 0) throw noneLeft(this.endpoints);
    return rows;
  }

  private living(): Endpoint[] {
    return this.endpoints.filter(({ out }) => out === null);
  }

  /** Sends jobs to one server until all work is done or the server is given up. */
  private async serve(endpoint: Endpoint, work: Work, rows: AdapterRow[]): Promise<void> {
    while (work.goesOn && endpoint.out === null) {
      const pause = endpoint.pausedUntil - Date.now();
      if (pause > 0) {
        await sleep(pause, undefined, { signal: work.signal }).catch(() => undefined);
        continue;
      }
      const job = work.take((open) => this.suits(endpoint, open));
      if (!job) {
        await work.change();
        continue;
      }
      try {
        const manner = { activation: false, cut: this.options.cut };
        const answer = await endpoint.ask(job.texts, manner, work.signal);
        this.accept(answer, job);
        answer.rows.forEach((row, index) => {
          rows[job.at + index] = row;
        });
        endpoint.troubledSince = null;
        endpoint.troubles = 0;
        work.done();
      } catch (cause) {
        this.settle(cause, endpoint, job, work);
      }
    }
  }

  /** A job goes to a server that has not failed it, as long as there is one. */
  private suits(endpoint: Endpoint, { tried }: Job): boolean {
    return !tried.has(endpoint) || this.living().every((other) => tried.has(other));
  }

  private accept({ rows, tokens }: AdapterAnswer, { texts }: Job): void {
    if (!this.options.countTokens) return;
    for (const [index, row] of rows.entries()) countsMatch(row.tokens, texts[index]!.ids.length);
    countsMatch(
      tokens,
      texts.reduce((sum, { ids }) => sum + ids.length, 0),
    );
  }

  /** What becomes of a job, and of the server, after a failure. */
  private settle(cause: unknown, endpoint: Endpoint, job: Job, work: Work): void {
    if (!work.goesOn) return;
    const trouble = endpoint.troubleOf(cause);
    if (trouble.kind === "fatal") work.fail(trouble.error);
    else if (trouble.kind === "refused") {
      if (job.texts.length > 1) work.split(job);
      else work.fail(workError(`${endpoint.name} refuses ${describe(job)} (${trouble.message})`));
    } else {
      this.note(endpoint, trouble);
      const tried = new Set([...job.tried, endpoint]);
      const broken = trouble.kind === "broken" ? [`${endpoint.name}: ${trouble.message}`] : [];
      const failures = [...job.failures, ...broken];
      if (failures.length < TRIES) work.giveBack({ ...job, failures, tried });
      else {
        const reasons = [...new Set(failures)].join("\n");
        work.fail(workError(`${describe(job)} got no usable score; none is kept\n${reasons}`));
      }
    }
  }

  /** Takes note of a server's trouble: it pauses, and is given up when it has tried for too long, or others do better. */
  private note(
    endpoint: Endpoint,
    trouble: { kind: "busy" | "broken"; message: string; pauseMs?: number | null },
  ) {
    const now = Date.now();
    endpoint.troubledSince ??= now;
    endpoint.troubles += 1;
    const growing = FIRST_PAUSE_MS * 2 ** Math.min(10, endpoint.troubles - 1) * (0.5 + Math.random() / 2);
    endpoint.pausedUntil = now + Math.min(LONGEST_PAUSE_MS, trouble.pauseMs ?? growing);
    const others = this.living().some((other) => other !== endpoint && other.troubles === 0);
    const givenUp =
      trouble.kind === "busy"
        ? now - endpoint.troubledSince > this.options.connection.patienceMs
        : others && endpoint.troubles >= TRIES;
    if (!givenUp || endpoint.out !== null) return;
    endpoint.out = trouble.message;
    if (this.living().length > 0) this.options.say(`${endpoint.name} is left out: ${trouble.message}`);
  }
}

/** The jobs of one call, and who waits for them. */
class Work {
  open: number;
  failure: unknown = null;
  /** Ends what is under way when the work ends. */
  private readonly over = new AbortController();
  private wake: () => void = () => undefined;
  private changed = this.nextChange();

  constructor(private readonly waiting: Job[]) {
    this.open = waiting.length;
  }

  get goesOn(): boolean {
    return this.open > 0 && this.failure === null;
  }

  get signal(): AbortSignal {
    return this.over.signal;
  }

  take(suits: (job: Job) => boolean): Job | undefined {
    const index = this.waiting.findIndex(suits);
    return index < 0 ? undefined : this.waiting.splice(index, 1)[0];
  }

  done(): void {
    this.open -= 1;
    this.tell();
  }

  giveBack(job: Job): void {
    this.waiting.unshift(job);
    this.tell();
  }

  split({ at, texts, failures, tried }: Job): void {
    const half = Math.ceil(texts.length / 2);
    this.open += 1;
    this.waiting.unshift(
      { at, texts: texts.slice(0, half), failures, tried },
      { at: at + half, texts: texts.slice(half), failures, tried },
    );
    this.tell();
  }

  fail(cause: unknown): void {
    this.failure ??= cause;
    this.tell();
  }

  /** Resolves when a job ends or comes back. */
  change(): Promise<void> {
    return this.changed;
  }

  private tell(): void {
    if (!this.goesOn) this.over.abort();
    const wake = this.wake;
    this.changed = this.nextChange();
    wake();
  }

  private nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}

function countsMatch(found: number | null, expected: number): void {
  if (found === null || found === expected) return;
  throw new BadAnswer(
    `it read ${found} tokens where ${expected} were sent: it ${found > expected ? "adds tokens" : "cuts texts"}`,
  );
}

function describe({ texts }: Pick<Job, "texts">): string {
  if (texts.length > 1) return `a request of ${texts.length} texts`;
  const [{ ids, texts: words }] = texts as [AdapterText];
  return `a text of ${ids.length} tokens (${JSON.stringify(words.at(-1)!.slice(0, 60))})`;
}
