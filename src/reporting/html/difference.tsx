import { diffWordsWithSpace } from "diff";
import { escapeControlsInText } from "../../domain/escape-controls.js";

/** Texts with more changes than this are shown as wholly changed: finding the changes would take too long. */
const MOST_CHANGES = 2_000;

/** What changed from one text to the next, word by word. */
export function Difference({ from, to }: { from: string; to: string }) {
  const [before, after] = [escapeControlsInText(from), escapeControlsInText(to)];
  const changes = diffWordsWithSpace(before, after, { maxEditLength: MOST_CHANGES }) ?? [
    { removed: true, added: false, value: before },
    { removed: false, added: true, value: after },
  ];
  return (
    <>
      {changes.map(({ added, removed, value }) =>
        added ? <ins>{value}</ins> : removed ? <del>{value}</del> : <span>{value}</span>,
      )}
    </>
  );
}
