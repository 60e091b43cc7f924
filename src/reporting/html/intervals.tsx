import { type Scale, scaleOf } from "./histogram.js";
import { interval, signed } from "./words.js";

/** An estimate with its interval, as it is drawn. */
export interface Mark {
  readonly name: string;
  readonly role: "rate" | "single" | "naive" | "truth";
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A line of a forest plot: an answer, or why there is none. */
export interface ForestLine {
  readonly label: string;
  readonly marks: readonly Mark[];
  /** What stands beside the drawing. */
  readonly text: string;
  readonly tags: Readonly<Record<string, string>>;
}

const HEIGHT = 30;
/** Where a mark of each kind lies in its line, from above. */
const LEVELS = { rate: 10, truth: 10, single: 19, naive: 25 } as const;

/** Estimates and intervals line by line on one scale, as a list: it reflows on a phone and its lines can be picked and sorted. */
export function Forest({ lines, caption }: { lines: readonly ForestLine[]; caption: string }) {
  const scale = scaleOf(lines.flatMap(({ marks }) => marks.flatMap(({ low, high }) => [low, high])));
  return (
    <div class="forest-frame">
      <ul class="forest" aria-label={caption}>
        {lines.map((line, place) => (
          <li
            {...line.tags}
            data-place={String(place)}
            data-value={String(line.marks.find(({ role }) => role === "rate")?.value ?? 0)}
          >
            <span class="name">{line.label}</span>
            <Strip marks={line.marks} scale={scale} />
            <span class="number">{line.text}</span>
          </li>
        ))}
      </ul>
      <Axis scale={scale} />
    </div>
  );
}

function Strip({ marks, scale }: { marks: readonly Mark[]; scale: Scale }) {
  const zero = `${scale.at(0)}%`;
  const label = marks.map(wordsOf).join("; ") || "no estimate";
  // The strongest is drawn last, on top.
  const ordered = [...marks].reverse();
  return (
    <svg class="strip" width="100%" height={HEIGHT} role="img" aria-label={label}>
      <line class="zero" x1={zero} x2={zero} y1="0" y2={HEIGHT} />
      {ordered.map((mark) => (
        <Drawn mark={mark} scale={scale} />
      ))}
    </svg>
  );
}

function Drawn({ mark, scale }: { mark: Mark; scale: Scale }) {
  const [low, value, high] = [mark.low, mark.value, mark.high].map((number) => `${scale.at(number)}%`);
  const y = LEVELS[mark.role];
  const words = wordsOf(mark);
  return (
    <g class={`mark ${mark.role}`} data-tip={words}>
      <title>{words}</title>
      <line class="touch" x1={low} x2={high} y1={y} y2={y} />
      <line x1={low} x2={high} y1={y} y2={y} />
      {mark.role === "rate" ? (
        <circle cx={value} cy={y} r="4.5" />
      ) : (
        <svg x={value} y={y} overflow="visible" aria-hidden="true">
          <path d={mark.role === "single" ? "M-4 0 0-4 4 0 0 4Z" : "M-3-3H3V3H-3Z"} />
        </svg>
      )}
    </g>
  );
}

function wordsOf({ name, value, low, high }: Mark): string {
  return `${name} ${signed(value, 3)} (${interval(low, high, 3)})`;
}

/** Ticks below a drawing. Said already by the numbers beside it. */
export function Axis({ scale }: { scale: Scale }) {
  return (
    <div class="axis">
      <svg width="100%" height="20" aria-hidden="true">
        {scale.ticks.map((tick) => (
          <>
            <line x1={`${scale.at(tick)}%`} x2={`${scale.at(tick)}%`} y1="0" y2="4" />
            <text x={`${scale.at(tick)}%`} y="16" text-anchor="middle">
              {String(Number(tick.toPrecision(6))).replace("-", "−")}
            </text>
          </>
        ))}
      </svg>
    </div>
  );
}
