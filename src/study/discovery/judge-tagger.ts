import { byJudge } from "../../datasets/loading/label.js";
import { Budget } from "../../language-models/budget.js";
import { chatFacts } from "../../language-models/chat-settings.js";
import { openChat } from "../../language-models/client.js";
import { pricingOf } from "../../language-models/pricing.js";
import { judgeSettings } from "../../language-models/settings.js";
import type { DatasetJob } from "../../rewriting/stage/dataset-job.js";
import type { Context } from "../../storage/project/context.js";
import { attributeOf } from "./candidate.js";
import type { Tagger } from "./screen.js";

/** Tags texts by the judge of the configuration, or the model that rewrites: what was answered once is never asked again. */
export function judgeTagger(job: Omit<DatasetJob, "template">, name: string): (context: Context) => Tagger {
  return (context) => async (candidate, items) => {
    const { environment, ledger, project, stamp, say } = context;
    const settings = { ...judgeSettings({ chat: job.judge ?? job.chat ?? {}, environment }), say };
    const { limit } = ledger;
    const billing = {
      prices: job.judge?.prices ?? job.prices,
      inBatches: false,
      limit,
      where: "rewrites: judge",
    };
    const pricing = await pricingOf(settings, billing);
    const budget = Budget.open(`judge ${String(chatFacts(settings).model)}`, pricing, ledger, limit);
    const path = project.judgeJournal(`${name}_tags_${candidate.name}`, stamp);
    const how = { concurrency: settings.concurrency, path, budget, reuse: job.reuse ?? true };
    const judge = await byJudge(attributeOf(candidate, null), openChat(settings), how, context);
    try {
      return await judge.label(items);
    } finally {
      await judge.close();
    }
  };
}
