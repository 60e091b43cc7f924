import { judgePrompt } from "../../datasets/loading/label.js";
import type { Attribute } from "../../domain/attribute.js";
import type { RateError } from "../../domain/errors.js";
import { readLetter } from "../../language-models/answers/asked-form.js";
import { THINKING_OFF, withoutReasoning } from "../../language-models/answers/reasoning.js";
import type { ChatSettings } from "../../language-models/chat-settings.js";
import { type Chat, type ChatReply, openChat } from "../../language-models/client.js";
import type { ChatAnswer } from "../../language-models/completion.js";
import { adviceFor } from "../../language-models/failures.js";
import { type Ask, usualDialect } from "../../language-models/request-body.js";
import { judgeAnswer } from "../../rewriting/answers/answers.js";
import { type JudgeRules, readScore, rubricPrompt, scoresOf } from "../../scoring/judge.js";
import { about, type Finding } from "./finding.js";

const ANSWER_SECONDS = 60;

/** What a server is asked for in the trial, and what is wrong with its answer; null where nothing is. */
interface Trial {
  readonly what: string;
  readonly ask: Ask;
  readonly faultOf: (answer: ChatAnswer) => string | null;
}

const SENTENCE =
  "The film was long and dull, and after the first hour nobody in the room cared how it would end.";

/** A rewrite, as a data set would ask for one. */
export function rewriteTrial(): Trial {
  const prompt = `${SENTENCE}\n\n[Adjust this review so it's shorter, but change *nothing* else. Only provide the text.]`;
  return {
    what: "a rewrite",
    ask: { prompt },
    faultOf: (answer) => {
      const outcome = judgeAnswer(SENTENCE, answer);
      return outcome.status === "ok" ? null : `${outcome.reason}: ${outcome.detail}`;
    },
  };
}

/** A label, as a judge of an attribute is asked for one. */
export function labelTrial(attribute: Attribute): Trial {
  return {
    what: "a label",
    ask: { prompt: judgePrompt(attribute, { prompt: "", response: SENTENCE }), choices: ["A", "B"] },
    faultOf: ({ text }) =>
      readLetter(text ?? "", { yes: "B", no: "A" }) === null
        ? `its answer is no letter A or B: ${JSON.stringify((text ?? "").slice(0, 80))}`
        : null,
  };
}

/** A score, as a judge as a reward model is asked for one. */
export function scoreTrial(rules: JudgeRules): Trial {
  const prompt = rubricPrompt(rules, { prompt: "Write a movie review: ", response: SENTENCE });
  const how = rules.score === "parsed" ? { choices: scoresOf(rules) } : { topLogprobs: 20 };
  return {
    what: "a score",
    ask: { prompt, ...how },
    faultOf: (answer) => {
      const read = readScore(rules, answer);
      return "missing" in read ? `${read.missing}: ${read.detail}` : null;
    },
  };
}

/** Sends one short request, as a run would, and says which settings the server needs. */
export async function tryChat(who: string, settings: ChatSettings, trial: Trial): Promise<Finding> {
  const finding = about(`one request to ${who} (${settings.model})`);
  let chat: Chat;
  let reply: ChatReply;
  try {
    chat = openChat({ ...settings, concurrency: 1, policy: () => null });
    reply = await chat.ask(trial.ask, AbortSignal.timeout(1000 * ANSWER_SECONDS));
  } catch (cause) {
    const { message } = cause as RateError;
    return finding.missing(
      message.replace(/; what has been answered is kept.*$/, ""),
      "see what it says, and run rate doctor again",
    );
  }
  if ("failed" in reply) return finding.missing(reply.failed, "see that the server is in order");
  if ("rejected" in reply)
    return finding.missing(`refused: ${reply.rejected}`, adviceFor(reply.rejected).replace(/^; /, ""));
  const notes = notesOf(chat, reply, settings);
  const fault = trial.faultOf(reply);
  const told = notes.length === 0 ? "" : `; ${notes.join("; ")}`;
  if (fault === null) return finding.ok(`gives ${trial.what}${told}`);
  return finding.warning(
    `answers, but not with ${trial.what} (${fault})${told}`,
    "see what it says; one answer is no more than a sample",
  );
}

/** What is to be known of how a server answers. */
function notesOf({ dialect }: Chat, answer: ChatAnswer, settings: ChatSettings): string[] {
  const usual = usualDialect(settings.baseUrl);
  const notes: string[] = [];
  if (settings.maxCompletionTokens !== undefined && dialect.limitName !== usual.limitName)
    notes.push(`it knows the limit of tokens as ${dialect.limitName}, and is asked so`);
  if (!dialect.structured) notes.push("it cannot be told to answer in one form, so answers are read as text");
  if (answer.model !== "" && answer.model !== settings.model) notes.push(`it answers as ${answer.model}`);
  if (answer.finishReason === null)
    notes.push("it gives no finish reason, so cut-off answers cannot be told from whole ones");
  if (!answer.usage) notes.push("it does not count tokens, so costs are not known");
  if (answer.reasoning || withoutReasoning(answer.text ?? "").reasoned)
    notes.push(
      `it thinks before it answers, which costs time and tokens: to ${THINKING_OFF.split(", or raise")[0]}`,
    );
  return notes;
}
