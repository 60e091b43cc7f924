import { createHash } from "node:crypto";
import type { ScoringInput } from "../../../src/domain/reward-model.js";
import type { Connection } from "../../../src/scoring/http/endpoint.js";
import type { HttpModel, HttpWorld } from "../../../src/scoring/http/model.js";
import { SERVER_ADAPTERS } from "../../../src/scoring/served.js";
import { type RewardServer, rewardOf, SERVED_MODEL, type Speaks } from "../../support/reward-servers.js";

/** A model whose tokens are the response's characters. */
export function toyModel(
  speaks: Speaks,
  servers: readonly Pick<RewardServer, "url">[],
  more: Partial<HttpModel> = {},
): HttpModel {
  const maxTokens = 256;
  return {
    rewardKey: "org/model",
    facts: {},
    adapter: SERVER_ADAPTERS[speaks],
    urls: servers.map(({ url }) => url),
    wanted: { recipe: "toy", model: SERVED_MODEL },
    judgesAnswers: false,
    padAtEnd: null,
    reader: { rewardKeys: ["org/model"], places: [{ value: 0, minus: null }], reduce: null },
    maxTokens,
    cut: "right",
    allow: [],
    encode({ response }: ScoringInput) {
      const all = [...response].map((character) => character.codePointAt(0)!);
      const ids = all.slice(0, maxTokens);
      return {
        ids,
        texts: [response],
        truncated: all.length > maxTokens,
        bosCount: 1,
        inputHash: createHash("sha256").update(ids.join(" ")).digest("hex"),
      };
    },
    ...more,
  };
}

export function toyWorld(
  signal = new AbortController().signal,
  more: Partial<Connection> = {},
): HttpWorld & { readonly said: string[] } {
  const said: string[] = [];
  return {
    connection: {
      fetch,
      apiKey: undefined,
      signal,
      concurrency: 4,
      timeoutMs: 400,
      patienceMs: 600,
      ...more,
    },
    say: (line) => said.push(line),
    said,
  };
}

export const inputsOf = (count: number): ScoringInput[] =>
  Array.from({ length: count }, (_, index) => ({
    prompt: "",
    response: `text ${index} ${"x".repeat(index % 50)}`,
  }));

/** What the toy servers say of a text: by its characters' numbers, or of the text itself. */
export function expectedReward(speaks: Speaks, { response }: ScoringInput): number {
  return rewardOf(
    speaks === "tei" ? [response] : [...response].map((character) => character.codePointAt(0)!),
  );
}
