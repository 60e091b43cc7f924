import { escapeControlsInText, shortName } from "../../domain/escape-controls.js";
import { Difference } from "./difference.js";
import { conceptOf, type Keys } from "./keys.js";
import { type DatasetView, type ExampleView, type Excerpt, KINDS, type Kind } from "./model.js";
import { Choice, Table } from "./parts.js";
import { signed } from "./words.js";

export function Examples({ datasets, keys }: { datasets: readonly DatasetView[]; keys: Keys }) {
  const shown = datasets.filter(({ examples }) => examples.length > 0);
  if (shown.length === 0) return null;
  const kinds = (Object.keys(KINDS) as Kind[]).filter((kind) =>
    shown.some(({ examples }) => examples.some((example) => example.kinds.includes(kind))),
  );
  return (
    <section id="examples">
      <h2>Examples</h2>
      <p class="quiet">
        The three texts of some examples, word by word: <ins>added</ins> and <del>taken away</del> against the
        text before. Typical ones are nearest to the mean effect; effects are the mean over the reward models,
        in sd.
      </p>
      <div class="choices" data-script hidden>
        <Choice
          name="kind"
          label="Show"
          options={[["", "all"], ...kinds.map((kind) => [kind, KINDS[kind]] as const)]}
        />
        <Choice
          name="arm"
          label="Original with"
          options={[
            ["", "either"],
            ["1", "the attribute (w = 1)"],
            ["0", "not (w = 0)"],
          ]}
        />
        <button type="button" data-open="true">
          Open all
        </button>
        <button type="button" data-open="false">
          Close all
        </button>
      </div>
      {shown.map((dataset) => (
        <div data-concept={String(keys.concepts.indexOf(nameOf(dataset)))}>
          <h3>{shortName(nameOf(dataset))}</h3>
          {dataset.examples.map((example, index) => (
            <Example example={example} keys={keys} open={index < 3} />
          ))}
        </div>
      ))}
      <p class="quiet" data-none-of="details.example" hidden>
        No example here is of this kind.
      </p>
    </section>
  );
}

function nameOf({ concept, name, filename }: DatasetView): string {
  return conceptOf({ concept, dataset_name: name, dataset_filename: filename });
}

function Example({ example, keys, open }: { example: ExampleView; keys: Keys; open: boolean }) {
  const { original, rewrite, rewriteOfRewrite } = example.texts;
  return (
    <details
      class="example prints"
      open={open}
      data-kind={example.kinds.join(" ")}
      data-arm={example.treated ? "1" : "0"}
    >
      <summary>
        <b>{example.kinds.map((kind) => KINDS[kind]).join(", ")}</b> · {shortName(example.id, 60)} · w ={" "}
        {example.treated ? 1 : 0}
      </summary>
      {example.failure !== null && <p class="failure">{example.failure}</p>}
      {example.prompt.of > 0 && (
        <p class="prompt">
          <span class="quiet">Prompt</span> <bdi>{escapeControlsInText(example.prompt.text)}</bdi>
          <Shortened excerpt={example.prompt} />
        </p>
      )}
      <div class="texts">
        <Text name="original" text={original} before={null} />
        <Text name={`rewrite to w = ${example.treated ? 0 : 1}`} text={rewrite} before={original} />
        <Text
          name={`rewrite of the rewrite, back to w = ${example.treated ? 1 : 0}`}
          text={rewriteOfRewrite}
          before={rewrite}
        />
      </div>
      {example.rewards.length > 0 && (
        <Table
          caption={`Rewards of example ${shortName(example.id, 60)}`}
          head={["reward model", "original", "rewrite", "rewrite of the rewrite", "difference (sd)"]}
          rows={example.rewards.map((rewards) => [
            shortName(rewards.rewardKey),
            number(rewards.original),
            number(rewards.rewrite),
            number(rewards.rewriteOfRewrite),
            signed(rewards.difference),
          ])}
          attributes={(row) => ({
            "data-model": String(keys.models.indexOf(example.rewards[row]!.rewardKey)),
          })}
        />
      )}
    </details>
  );
}

function number(value: number | null): string {
  return value === null ? "–" : String(Number(value.toPrecision(4))).replace("-", "−");
}

function Text({ name, text, before }: { name: string; text: Excerpt | null; before: Excerpt | null }) {
  return (
    <div class="text">
      <h4>{name}</h4>
      {text === null ? (
        <p class="quiet">There is none.</p>
      ) : (
        <>
          <p class="body" dir="auto">
            {text.from > 0 && "… "}
            {before === null ? (
              escapeControlsInText(text.text)
            ) : (
              <Difference from={before.text} to={text.text} />
            )}
          </p>
          <Shortened excerpt={text} />
        </>
      )}
    </div>
  );
}

function Shortened({ excerpt: { text, from, of } }: { excerpt: Excerpt }) {
  if (text.length >= of) return null;
  return (
    <p class="quiet shortened">
      {" "}
      Characters {from + 1} to {from + text.length} of {of.toLocaleString("en-GB")} are shown.
    </p>
  );
}
