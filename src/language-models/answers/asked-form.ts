import { withoutReasoning } from "./reasoning.js";

/** Words for "answer" and "score" before a colon, in the languages that judges answer in. */
const ANSWER_WORDS =
  "answer|choice|option|label|verdict|result|score|rating|grade|mark|antwort|bewertung|punktzahl|note|réponse|reponse|respuesta|puntuación|puntuacion|resposta|pontuação|nota|risposta|" +
  "punteggio|ответ|оценка|antwoord|odpowiedź|ocena|cevap|puan|trả lời|điểm|jawaban|skor|svar|答案|答え|回答|评分|評分|得分|分数|分數|点数|スコア|评级|정답|답|답변|점수|평점|الإجابة|الجواب|الدرجة|उत्तर|अंक";
/** "The answer is", "My final answer:" and the like. */
const INTRODUCED = new RegExp(
  String.raw`^(?:the |my |your |so,? |therefore,? |thus,? )*(?:final |overall |correct |best |die |la |el |il |o |a )*(?:${ANSWER_WORDS})(?:\s*[*_]*\s*[:：=]\s*|\s+(?:is|lautet|est|es|è|é)\s*[:：]?\s+)[*_]*\s*`,
  "iu",
);
const BOXED = /^\$*\s*\\boxed\{\s*(?:\\text\{)?\s*([^{}]*?)\s*\}?\}\s*\$*$/;
const DECORATION = "[\\s*_`\"'“”‘’()\\[\\]<>「」『』【】#]";
const OUTSIDE = new RegExp(`^${DECORATION}+|(?:${DECORATION}|[.。,:;!])+$`, "gu");

/** A judge that says more than this has not answered as it was asked. */
const LONGEST = 20_000;
/** Nor does a line that is longer hold nothing but an answer. */
const LONGEST_LINE = 200;

/**
 * What an answer says in a form that leaves no doubt: the word alone, in its frame (`**B**`, `(B)`, `{"answer": "B"}`), or after "Answer:", which may stand on the last line, after an
 * explanation. Null where it says nothing in such a form: nothing is ever read out of a sentence.
 */
function plainAnswer(answer: string): string | null {
  const text = withoutReasoning(answer).text.trim().slice(0, LONGEST).normalize("NFKC");
  const given = fromJson(text);
  if (given !== null) return given;
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim().slice(0, LONGEST_LINE))
    .filter((line) => line !== "");
  const [first = "", ...rest] = lines;
  const last = rest.at(-1);
  if (last === undefined) return bare(introducedBy(first) ?? first);
  const ofLast = introducedBy(last);
  if (ofLast !== null) return bare(ofLast);
  // A heading, and under it the answer.
  if (rest.length === 1 && introducedBy(`${first.replace(OUTSIDE, "")}: x`) !== null) return bare(last);
  // The answer first, then why.
  return bare(introducedBy(first) ?? first);
}

function introducedBy(line: string): string | null {
  const text = line.replace(/^[\s*_#>-]+/u, "");
  const rest = text.replace(INTRODUCED, "");
  return rest === text ? null : rest;
}

function bare(text: string): string {
  const boxed = BOXED.exec(text.trim())?.[1] ?? text;
  return boxed.replace(OUTSIDE, "").trim();
}

/** The value of a JSON object that holds an answer, by the name that was asked for or as its only field. */
function fromJson(text: string): string | null {
  const inner = /^```(?:json)?\s*([\s\S]*?)\s*```$/.exec(text)?.[1] ?? text;
  if (!inner.startsWith("{")) return null;
  try {
    const parsed: Record<string, unknown> = JSON.parse(inner);
    const values = Object.values(parsed);
    const value =
      parsed.answer ?? parsed.score ?? parsed.rating ?? (values.length === 1 ? values[0] : undefined);
    return typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
  } catch {
    return null;
  }
}

/** Which of two letters an answer gives; null where it gives neither, or what it says of it contradicts it. */
export function readLetter(
  answer: string,
  letters: { readonly yes: string; readonly no: string },
): boolean | null {
  const said = plainAnswer(answer);
  if (said === null) return null;
  const found = /^([A-Z])(?:(?:\s*[:：=–—-]\s*|\s*\(\s*|\s+(?:for|means)\s+|\s+)(yes|no)\)?)?$/i.exec(said);
  if (!found) return null;
  const letter = found[1]!.toUpperCase();
  const meaning = found[2]?.toLowerCase();
  if (letter === letters.yes && meaning !== "no") return true;
  if (letter === letters.no && meaning !== "yes") return false;
  return null;
}

/** A whole number from a scale, alone or with the scale's end: "3", "3/9", "3 out of 9"; null for anything else, and for another scale. */
export function readNumber(answer: string, [low, high]: readonly [number, number]): number | null {
  const said = plainAnswer(answer);
  const found =
    said === null
      ? null
      : /^(\d+)(?:\.0+)?(?:\s*(?:\/|out of|of|von|sur|de|из)\s*(\d+))?(?:\s*(?:points?|分|점|点))?$/iu.exec(
          said,
        );
  if (!found) return null;
  const value = Number(found[1]);
  if (found[2] !== undefined && Number(found[2]) !== high) return null;
  return value >= low && value <= high ? value : null;
}
