import { setImmediate } from "node:timers/promises";
import type { Json } from "../../domain/example.js";
import { EXTRA_KEYS, TEXT_KEYS } from "../../domain/example.js";
import { isRecord } from "./columns.js";

/** What is searched: the rows of a file, read as they are asked for. */
export interface SearchedFile {
  /** Raised when the file has changed. */
  readonly generation: number;
  readonly columns: { readonly rows: number; readonly ids: readonly unknown[] };
  records(from: number, to: number): Promise<({ readonly [key: string]: Json } | null)[]>;
}

const KEYS = [...Object.values(TEXT_KEYS), ...EXTRA_KEYS];

/** One search through the texts, prompts and ids of a file. It reads the file from the disk, in the background, and can be asked meanwhile. */
export class Search {
  readonly generation: number;
  /** Rows looked at so far. */
  reached = 0;
  /** 1 for rows that hold the text. */
  found = new Uint8Array(1024);
  private running = false;

  constructor(
    private readonly file: SearchedFile,
    /** In lower case. */
    readonly text: string,
  ) {
    this.generation = file.generation;
  }

  get complete(): boolean {
    return this.reached >= this.file.columns.rows;
  }

  /** Goes on until all rows there are have been looked at, or it is no longer wanted. */
  proceed(isWanted: (search: Search) => boolean): void {
    if (this.running || this.complete) return;
    this.running = true;
    void this.run(isWanted)
      .catch(() => undefined)
      .finally(() => {
        this.running = false;
      });
  }

  private async run(isWanted: (search: Search) => boolean): Promise<void> {
    const { file } = this;
    while (this.reached < file.columns.rows && file.generation === this.generation && isWanted(this)) {
      const from = this.reached;
      const records = await file.records(from, file.columns.rows);
      if (file.generation !== this.generation) return;
      this.reserve(from + records.length);
      records.forEach((record, index) => {
        const row = from + index;
        const texts = isRecord(record?.completions) ? record.completions : {};
        const held = [file.columns.ids[row], record?.reward_question, ...KEYS.map((key) => texts[key])];
        const has = held.some((text) => typeof text === "string" && text.toLowerCase().includes(this.text));
        this.found[row] = has ? 1 : 0;
      });
      this.reached = from + records.length;
      await setImmediate();
    }
  }

  private reserve(rows: number): void {
    if (rows <= this.found.length) return;
    const larger = new Uint8Array(2 * rows);
    larger.set(this.found);
    this.found = larger;
  }
}
