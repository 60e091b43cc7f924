import type { Rewriter } from "../../domain/rewriter.js";
import type { Budget } from "../../language-models/budget.js";
import type { Desk } from "./creation.js";
import type { BatchStore } from "./ledger.js";
import type { BatchProvider } from "./provider.js";
import { Round } from "./round.js";

export interface BatchSettings {
  /** Requests in one batch, below the provider's own limit. */
  readonly maxRequests?: number | undefined;
  /** Tokens of requests that the account may have waiting at once. */
  readonly maxQueuedTokens?: number | undefined;
  /** The longest time between two looks at a batch. */
  readonly pollSeconds?: number | undefined;
  /**
   * How long after a creation whose answer was lost the batch is looked for, and how long results that do not account for
   * their batch are fetched anew.
   */
  readonly searchSeconds?: number | undefined;
  readonly say: (line: string) => void;
  /** The account of those who answer. */
  readonly budget?: Budget;
}

const POLL_SECONDS = 60;
/** A provider may list a new batch late; one that is not seen by then is taken for never created, and its requests are sent again. */
const SEARCH_SECONDS = 300;

/** A rewriter that works through a provider's batches; `company` is who answers, live or in batches. */
export function batchRewriter(
  provider: BatchProvider,
  company: string,
  facts: Rewriter["facts"],
  store: BatchStore,
  settings: BatchSettings,
): Rewriter {
  return {
    name: provider.facts.provider,
    facts,
    paid: { provider: company, ...facts },
    kind: "bulk",
    async *rewriteAll(requests, signal) {
      const scratch = await store.scratch();
      const ledger = await store.ledger();
      try {
        const desk: Desk = {
          provider,
          store,
          ledger,
          known: new Set(),
          unlisted: new Set(),
          searchSeconds: settings.searchSeconds ?? SEARCH_SECONDS,
          longestPause: settings.pollSeconds ?? POLL_SECONDS,
          say: settings.say,
          signal,
          budget: settings.budget,
        };
        yield* new Round(desk, scratch, settings).answers(requests);
      } finally {
        await scratch.close();
        await ledger.close();
      }
    },
  };
}
