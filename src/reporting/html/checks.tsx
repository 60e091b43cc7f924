import type { EffectsFile } from "../../estimation/files/effects-file.js";
import { type Keys, tagsOf, titleOf } from "./keys.js";
import { meaningOf } from "./meanings.js";
import type { ReportView } from "./model.js";
import { Fold, Table } from "./parts.js";
import { plain } from "./words.js";

/** Every check of every result: its number, what it is held against, and what it means for the answer. */
export function Checks({ report: { results }, keys }: { report: ReportView; keys: Keys }) {
  const all = results.map(({ effects }) => effects);
  const checked = all.filter(({ diagnostics }) => diagnostics.length > 0);
  if (checked.length === 0 && all.every(({ warnings }) => warnings.length === 0)) return null;
  return (
    <section id="checks">
      <h2>Can it be trusted?</h2>
      <Warnings results={all} keys={keys} />
      {checked.map((effects) => (
        <div {...tagsOf(effects, keys)}>
          <Fold
            summary={`${checked.length > 1 ? `${titleOf(effects)}: ` : ""}all ${effects.diagnostics.length} checks, ${countOf(effects)}`}
          >
            <Table
              caption={`Checks of ${titleOf(effects)}`}
              head={[
                "check",
                "number",
                "held against",
                "verdict",
                "what it says",
                "what it means for the answer",
              ]}
              rows={effects.diagnostics.map(({ name, value, threshold, warns, sentence }) => [
                name.replaceAll("_", " "),
                plain(value, 3),
                plain(threshold, 3),
                warns ? "take care" : threshold === null ? "–" : "fine",
                sentence,
                meaningOf(name) ?? "–",
              ])}
              attributes={(row) => (effects.diagnostics[row]!.warns ? { class: "warns" } : {})}
            />
          </Fold>
        </div>
      ))}
    </section>
  );
}

function countOf({ diagnostics }: EffectsFile): string {
  const count = diagnostics.filter(({ warns }) => warns).length;
  return count === 0
    ? "none of which asks for care"
    : `${count} of which ${count === 1 ? "asks" : "ask"} for care`;
}

/** Warnings, each once, with the results that have it. */
function Warnings({ results, keys }: { results: readonly EffectsFile[]; keys: Keys }) {
  const found = new Map<string, { effects: EffectsFile[]; meaning: string | null }>();
  for (const effects of results) {
    for (const warning of effects.warnings) {
      const check = effects.diagnostics.find(({ sentence, warns }) => warns && sentence === warning);
      const entry = found.get(warning) ?? { effects: [], meaning: check ? meaningOf(check.name) : null };
      entry.effects.push(effects);
      found.set(warning, entry);
    }
  }
  if (found.size === 0) return <p>No check asks for care.</p>;
  return (
    <ul class="warnings">
      {[...found].map(([warning, { effects, meaning }]) => (
        <li {...joined(effects, keys)}>
          <b>{capital(warning)}.</b> {meaning}{" "}
          {results.length > 1 && (
            <span class="quiet">
              (
              {effects.length === results.length
                ? "all results"
                : listed(effects.map((entry) => titleOf(entry)))}
              )
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

function joined(results: readonly EffectsFile[], keys: Keys) {
  const tags = results.map((effects) => tagsOf(effects, keys));
  const unique = (name: "data-concept" | "data-model") =>
    [...new Set(tags.map((entry) => entry[name]))].join(" ");
  return { "data-concept": unique("data-concept"), "data-model": unique("data-model") };
}

/** Names one after the other, some of many. */
function listed(names: readonly string[], most = 6): string {
  const rest = names.length - most;
  return `${names.slice(0, most).join("; ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
