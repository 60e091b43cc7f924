import type { Attribute } from "../domain/attribute.js";
import type { Rewriter } from "../domain/rewriter.js";
import { openBuiltin } from "./builtin/index.js";

/** What a rewriter has to know of the data set. */
export interface RewriterSetting {
  readonly attribute: Attribute;
  readonly rule: { readonly threshold: number } | null;
}

/** Rewriters by the names that configurations use. */
const REWRITERS = { builtin: openBuiltin } satisfies Record<string, (setting: RewriterSetting) => Rewriter>;

export type RewriterName = keyof typeof REWRITERS;

/** Opens a rewriter for an attribute. Throws when it cannot rewrite that attribute. */
export function openRewriter(name: RewriterName, setting: RewriterSetting): Rewriter {
  return REWRITERS[name](setting);
}
