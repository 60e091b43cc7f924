import type { Attribute } from "../../domain/attribute.js";
import type { Rewriter, RewriterName } from "../../domain/rewriter.js";
import { anthropicSettings, type ChatChoice, openAiSettings } from "../../language-models/settings.js";
import type { BatchStore } from "../batches/ledger.js";
import type { BatchSettings } from "../batches/rewriter.js";
import { openBuiltin } from "../builtin/index.js";
import { openAnthropicBatch } from "./anthropic-batch.js";
import { openOpenAi } from "./openai.js";
import { openOpenAiBatch } from "./openai-batch.js";

/** What a rewriter has to know of the data set, of the configuration, and of the world. */
export interface RewriterSetting {
  readonly attribute: Attribute;
  readonly rule: { readonly threshold: number } | null;
  readonly chat: ChatChoice;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly say?: (line: string) => void;
  readonly store: BatchStore;
  readonly batch: BatchSettings;
}

/** How each rewriter is opened. */
const OPENERS = {
  builtin: openBuiltin,
  openai: (setting) => openOpenAi(openAiSettings(setting)),
  "openai-batch": (setting) => openOpenAiBatch(openAiSettings(setting), setting.store, setting.batch),
  "anthropic-batch": (setting) =>
    openAnthropicBatch(anthropicSettings(setting), setting.store, setting.batch),
} satisfies Record<RewriterName, (setting: RewriterSetting) => Rewriter>;

/** Opens a rewriter for an attribute. Throws when it cannot rewrite that attribute, or lacks a key. */
export function openRewriter(name: RewriterName, setting: RewriterSetting): Rewriter {
  return OPENERS[name](setting);
}
