import type { WriteStream } from "node:tty";
import { escapeControls } from "../../domain/escape-controls.js";
import type { Progress } from "../../storage/project/context.js";
import { cutTo, widthOf } from "./terminal-width.js";

/** Plain lines of progress come at most so often. */
const LINE_SECONDS = 10;
/** A bar is drawn again at most so often. */
const DRAW_MS = 100;
const LONGEST_NAME = 40;
const LONGEST_BAR = 40;
const SHORTEST_BAR = 5;
const SHORTEST_NAME = 8;
/** Back to the line's beginning, and what stands there is erased. */
const ERASE = "\r\u001b[K";

/** Where progress is shown. */
export type Screen = Pick<WriteStream, "write" | "columns" | "isTTY">;

/**
 * What people see while work goes on: lines that stay and, on a terminal, below them a bar that fits into one line. Elsewhere progress is a plain line now and
 * then.
 */
export class Display {
  /** The bar as it stands on the terminal; empty where there is none. */
  private bar = "";

  constructor(
    private readonly screen: Screen,
    private readonly isTerminal = Boolean(screen.isTTY) && process.env.TERM !== "dumb",
  ) {}

  /** A line that stays. */
  say(line: string): void {
    this.screen.write(this.bar === "" ? `${line}\n` : `${ERASE}${line}\n${this.bar}`);
  }

  /** Progress from `done` to `total` steps. */
  progress(label: string, total: number, done: number): Progress {
    const name = escapeControls(label);
    if (total === done) return { advance() {}, end() {} };
    return this.isTerminal ? this.startBar(name, total, done) : this.startLines(name, total, done);
  }

  private draw(bar: string): void {
    if (bar === this.bar) return;
    this.bar = bar;
    this.screen.write(`${ERASE}${bar}`);
  }

  private startBar(name: string, total: number, done: number): Progress {
    const paceAt = pace(total, done);
    let reached = done;
    let drawn = 0;
    const draw = (parts: readonly string[]) => {
      drawn = performance.now();
      this.draw(barLine(this.screen.columns || 80, name, reached, total, parts));
    };
    draw([]);
    return {
      advance: (count, note) => {
        reached += count;
        const parts = [...paceAt(count), note ?? ""].filter((part) => part !== "");
        if (performance.now() - drawn >= DRAW_MS) draw(parts);
      },
      end: () => this.draw(""),
    };
  }

  private startLines(name: string, total: number, done: number): Progress {
    let said = performance.now();
    let reached = done;
    const paceAt = pace(total, done);
    return {
      advance: (count, note) => {
        reached += count;
        const parts = paceAt(count);
        const now = performance.now();
        if (now - said < LINE_SECONDS * 1000) return;
        said = now;
        const shown = [`${reached}/${total}`, ...parts, note ?? ""].filter((part) => part !== "");
        this.say(`${name}: ${shown.join(", ")}`);
      },
      end() {},
    };
  }
}

/** A bar with its figures in one line of a terminal: what is least missed gives way first, the bar, then the end of the name, then the last figures. */
export function barLine(
  columns: number,
  name: string,
  reached: number,
  total: number,
  parts: readonly string[],
): string {
  const share = Math.min(1, reached / total);
  const figures = [`${reached}/${total}`, `${Math.floor(100 * share)} %`, ...parts].join(" · ");
  // A text that fills the last column makes some terminals go on to the next line.
  const room = columns - 2 - widthOf(figures);
  const shown = cutTo(name, LONGEST_NAME);
  const size = Math.min(LONGEST_BAR, room - widthOf(shown) - 1);
  if (size >= SHORTEST_BAR) {
    const full = Math.round(share * size);
    return `${shown} ${"█".repeat(full)}${"░".repeat(size - full)} ${figures}`;
  }
  return cutTo(
    `${cutTo(name, Math.max(SHORTEST_NAME, Math.min(LONGEST_NAME, room)))} ${figures}`,
    columns - 1,
  );
}

/** How fast it goes and how long it will take, in words, at each step; nothing while that cannot be told. */
function pace(total: number, done: number): (count: number) => string[] {
  const started = performance.now();
  let reached = done;
  return (count) => {
    reached += count;
    const perSecond = (reached - done) / ((performance.now() - started) / 1000);
    if (!(perSecond > 0)) return [];
    return [`${rounded(perSecond)}/s`, `${duration((total - reached) / perSecond)} left`];
  };
}

function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(2);
}

/** A time as people say it, in its two largest units. */
function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
