import { useEffect, useRef, useState } from "preact/hooks";
import { escapeControlsInText, shortName } from "../../domain/escape-controls.js";
import { Difference } from "../../reporting/html/difference.js";
import { plain, signed } from "../../reporting/html/words.js";
import type { ExampleAnswer, ShownText } from "../server/answers.js";
import { addressOf, type ExamplesPlace } from "../server/place.js";
import { goTo, Link } from "./link.js";
import { count, Marks, Notice, Table } from "./parts.js";
import { useServer } from "./server.js";

const READING_MS = 500;
const RESTING_MS = 5_000;
/** Of longer texts the beginning is shown first. */
const AT_FIRST = 20_000;

/** One example: its texts side by side, what changed from one to the next, and what every reward model says. */
export function Example({ place, id }: { place: ExamplesPlace; id: string }) {
  const address = `/api${addressOf({ ...place, page: 1, example: id }).replace("/examples", "/example")}`;
  const loaded = useServer<ExampleAnswer>(address, (answer) =>
    answer && !answer.reading ? RESTING_MS : READING_MS,
  );
  const isOwn = loaded.address === address;
  const own = loaded.state === "there" ? loaded.answer : null;
  const top = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!top.current) return;
    top.current.scrollTop = 0;
    if (innerWidth < 900) scrollTo(0, 0);
    top.current.focus({ preventScroll: true });
  }, [id]);
  return (
    <article
      class="example"
      aria-label={`Example ${shortName(id, 60)}`}
      aria-busy={!isOwn}
      tabIndex={-1}
      ref={top}
    >
      <Steps place={place} answer={own} />
      {isOwn && loaded.state === "failed" && <Notice kind="bad">{loaded.error}</Notice>}
      {own && <Body key={own.id} answer={own} />}
    </article>
  );
}

function Steps({ place, answer }: { place: ExamplesPlace; answer: ExampleAnswer | null }) {
  const step = (id: string | null | undefined, text: string) =>
    id === null || id === undefined ? (
      <span class="quiet">{text}</span>
    ) : (
      <Link to={{ ...place, example: id }}>{text}</Link>
    );
  useArrows(answer, place);
  return (
    <nav class="steps" aria-label="Example">
      <Link to={{ ...place, example: null }}>Close</Link>
      {step(answer?.before, "← Before")}
      {step(answer?.after, "Next →")}
    </nav>
  );
}

/** The arrow keys go to the examples before and after, but for where they move within something. */
function useArrows(answer: ExampleAnswer | null, place: ExamplesPlace): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      const target = event.target as Element;
      if (target.closest("input, select, textarea, .table")) return;
      const id =
        event.key === "ArrowLeft" ? answer?.before : event.key === "ArrowRight" ? answer?.after : null;
      if (id === null || id === undefined) return;
      event.preventDefault();
      goTo({ ...place, example: id }, { replace: true });
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  });
}

function Body({ answer }: { answer: ExampleAnswer }) {
  const { id, treated, texts, models, fields, prompt, failure, placebo } = answer;
  const [plainTexts, setPlain] = useState(false);
  const w = (value: number | null) => (value === null ? "" : `, w = ${value}`);
  const other = treated === null ? null : 1 - treated;
  const difference = (from: ShownText | null) => (plainTexts ? null : from);
  return (
    <>
      <h2>
        {shortName(id, 200)} <Marks row={{ failedFlips: answer.failedFlips, failure: null }} />
      </h2>
      {failure !== null && <Notice kind="bad">No usable rewrite: {escapeControlsInText(failure)}</Notice>}
      <h3>Rewards</h3>
      {models.length === 0 ? (
        <p class="quiet">No reward model has scored it.</p>
      ) : (
        <Table
          caption="Rewards"
          head={[
            "reward model",
            "original",
            "rewrite",
            "rewrite of the rewrite",
            "difference",
            "rewriting itself",
          ]}
          rows={models.map(({ rewardKey, rewards, difference: effect, rewriter, elsewhere }) => [
            elsewhere === null
              ? shortName(rewardKey)
              : `${shortName(rewardKey)} (in ${shortName(elsewhere)})`,
            plain(rewards.original, 3),
            plain(rewards.rewrite, 3),
            plain(rewards.rewriteOfRewrite, 3),
            signed(effect, 3),
            signed(rewriter, 3),
          ])}
        />
      )}
      <p class="quiet">
        Difference: the reward with the attribute less that without, of the two rewrites. Rewriting itself:
        the rewrite of the rewrite less the original.
      </p>
      {prompt !== null && prompt.text !== "" && (
        <div class="prompt">
          <h3>Prompt</h3>
          <TextBody text={prompt} before={null} />
        </div>
      )}
      <p class="switch">
        <label>
          <input type="checkbox" checked={!plainTexts} onChange={() => setPlain(!plainTexts)} /> show what
          changed: <ins>added</ins>, <del>taken away</del>
        </label>
      </p>
      <div class="texts">
        <Text name={`Original${w(treated)}`} text={texts.original} before={null} />
        <Text name={`Rewrite${w(other)}`} text={texts.rewrite} before={difference(texts.original)} />
        <Text
          name={`Rewrite of the rewrite${w(treated)}`}
          text={texts.rewriteOfRewrite}
          before={difference(texts.rewrite)}
        />
        {placebo && <Text name={`Placebo${w(treated)}`} text={placebo} before={difference(texts.original)} />}
      </div>
      {fields.length > 0 && (
        <details>
          <summary>Other fields ({fields.length})</summary>
          <dl class="fields">
            {fields.map(([name, value]) => (
              <div key={name}>
                <dt>{shortName(name)}</dt>
                <dd>{escapeControlsInText(value)}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </>
  );
}

function Text({ name, text, before }: { name: string; text: ShownText | null; before: ShownText | null }) {
  return (
    <section class="text" aria-label={name}>
      <h3>
        {name} {text && <span class="quiet">{count(text.of)} characters</span>}
      </h3>
      {text === null ? <p class="quiet">There is none.</p> : <TextBody text={text} before={before} />}
    </section>
  );
}

function TextBody({ text, before }: { text: ShownText; before: ShownText | null }) {
  const [all, setAll] = useState(false);
  const cut = (whole: string) => (all ? whole : whole.slice(0, AT_FIRST)).toWellFormed();
  const isShort = text.text.length <= AT_FIRST && (before === null || before.text.length <= AT_FIRST);
  return (
    <>
      <p class="body" dir="auto">
        {before === null ? (
          escapeControlsInText(cut(text.text))
        ) : (
          <Difference from={cut(before.text)} to={cut(text.text)} />
        )}
      </p>
      {!isShort && !all && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {count(text.text.length)} characters
        </button>
      )}
      {all && text.of > text.text.length && (
        <p class="quiet">
          The first {count(text.text.length)} of {count(text.of)} characters.
        </p>
      )}
    </>
  );
}
