import type { Rewriter } from "../../domain/rewriter.js";
import type { ChatSettings } from "../../language-models/chat-settings.js";
import { openChat } from "../../language-models/client.js";
import { answerTo } from "../answers/answers.js";

/** Rewrites one request at a time by live chat completions. */
export function openOpenAi(settings: ChatSettings): Rewriter {
  const chat = openChat(settings);
  return {
    name: "openai",
    facts: chat.facts,
    paid: { provider: "openai", ...chat.facts },
    kind: "each",
    concurrency: settings.concurrency,
    rewrite: async (request, signal) => answerTo(request, await chat.ask({ prompt: request.prompt }, signal)),
  };
}
