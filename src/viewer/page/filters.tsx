import { useEffect, useRef, useState } from "preact/hooks";
import { shortName } from "../../domain/escape-controls.js";
import type { ExamplesAnswer } from "../server/answers.js";
import { ARMS, EVERYTHING, type Filter, FLIPS, SIGNS, SORTS } from "../server/filter.js";
import { count } from "./parts.js";

/** Typing is over when nothing has been typed for so long. */
const TYPING_MS = 250;

interface FiltersProps {
  readonly filter: Filter;
  readonly answer: ExamplesAnswer | null;
  readonly change: (filter: Filter) => void;
}

export function Filters({ filter, answer, change }: FiltersProps) {
  const counts = answer?.counts;
  const set = (part: Partial<Filter>) => change({ ...filter, ...part });
  const withCount = (text: string, of: number | undefined) =>
    of === undefined ? text : `${text} (${count(of)})`;
  const active = Object.entries(filter).filter(
    ([name, value]) => !["sort", "model", "search"].includes(name) && value !== "" && value !== null,
  ).length;
  const [startsOpen] = useState(active > 0);
  return (
    <search>
      <div class="row">
        <TypedField
          label="Search texts, prompts and ids"
          type="search"
          class="wide"
          value={filter.search}
          change={(search) => set({ search })}
        />
        <Choice
          label="Order"
          value={filter.sort}
          options={Object.entries(SORTS)}
          change={(sort) => set({ sort: sort as Filter["sort"] })}
        />
        {(answer?.models.length ?? 0) > 1 && (
          <Choice
            label="Reward model"
            value={answer!.model}
            options={answer!.models.map((model) => [model, shortName(model, 60)])}
            change={(model) => set({ model })}
          />
        )}
      </div>
      <details open={startsOpen}>
        <summary>Filters{active > 0 && ` (${active})`}</summary>
        <div class="row">
          <Choice
            label="Original has"
            value={filter.arm}
            options={Object.entries(ARMS).map(([value, text]) => [
              value,
              withCount(text, value === "" ? undefined : counts?.arms[value as "0" | "1"]),
            ])}
            change={(arm) => set({ arm: arm as Filter["arm"] })}
          />
          <Choice
            label="Flips"
            value={filter.flip}
            options={Object.entries(FLIPS).map(([value, text]) => [
              value,
              withCount(text, value === "" ? undefined : counts?.flips[value as "failed"]),
            ])}
            change={(flip) => set({ flip: flip as Filter["flip"] })}
          />
          <Choice
            label="Rewrites"
            value={filter.outcome}
            options={[
              ["", "any"],
              ["complete", withCount("both there", counts?.complete)],
              ["unscored", withCount("without rewards", counts?.unscored)],
              [
                "failed",
                withCount(
                  "refused or failed",
                  counts?.failed.reduce((sum, { count: n }) => sum + n, 0),
                ),
              ],
              ...(counts?.failed ?? []).map(
                ({ reason, count: n }) =>
                  [`failed:${reason}`, withCount(`– ${shortName(reason, 60)}`, n)] as const,
              ),
            ]}
            change={(outcome) => set({ outcome })}
          />
          <Choice
            label="Difference"
            value={filter.sign}
            options={Object.entries(SIGNS)}
            change={(sign) => set({ sign: sign as Filter["sign"] })}
          />
          <NumberField
            label="of at least"
            value={filter.least}
            step="any"
            change={(least) => set({ least })}
          />
          <NumberField
            label="Characters from"
            value={filter.shortest}
            change={(shortest) => set({ shortest })}
          />
          <NumberField label="to" value={filter.longest} change={(longest) => set({ longest })} />
          <button
            type="button"
            onClick={() => change({ ...EVERYTHING, sort: filter.sort, model: filter.model })}
            disabled={active === 0 && filter.search === ""}
          >
            Clear
          </button>
        </div>
      </details>
    </search>
  );
}

function Choice({
  label,
  value,
  options,
  change,
}: {
  label: string;
  value: string;
  options: readonly (readonly [value: string, text: string])[];
  change: (value: string) => void;
}) {
  return (
    <label>
      <span>{label}</span>
      <select value={value} onChange={({ currentTarget }) => change(currentTarget.value)}>
        {options.map(([own, text]) => (
          <option key={own} value={own}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

function NumberField({
  label,
  value,
  step = "1",
  change,
}: {
  label: string;
  value: number | null;
  step?: string;
  change: (value: number | null) => void;
}) {
  return (
    <TypedField
      label={label}
      type="number"
      step={step}
      class="number"
      value={value === null ? "" : String(value)}
      change={(text) => change(text.trim() === "" || !Number.isFinite(Number(text)) ? null : Number(text))}
    />
  );
}

/** A field that takes effect when typing rests. */
function TypedField({
  label,
  value,
  change,
  type,
  step,
  class: className,
}: {
  label: string;
  value: string;
  change: (value: string) => void;
  type: "search" | "number";
  step?: string;
  class: string;
}) {
  const [typed, setTyped] = useState(value);
  const timer = useRef(0);
  const act = useRef(change);
  act.current = change;
  useEffect(() => setTyped(value), [value]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const take = (text: string) => {
    setTyped(text);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => act.current(text), TYPING_MS);
  };
  return (
    <label class={className}>
      <span>{label}</span>
      <input
        type={type}
        list={undefined}
        value={typed}
        onInput={({ currentTarget }) => take(currentTarget.value)}
        autocomplete="off"
        spellcheck={false}
        {...(step === undefined ? {} : { step })}
      />
    </label>
  );
}
