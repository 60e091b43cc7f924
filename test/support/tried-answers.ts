/** An answer to a rewrite request, and what is to become of it. */
export interface TriedAnswer {
  /** The kind that a row of the table in docs/rewriting.md is about. */
  readonly kind: string;
  /** The case within the kind, as the table names it. */
  readonly name: string;
  readonly answer: string | null;
  readonly finish?: string | null;
  readonly reasoning?: string;
  readonly original?: string;
  /** `ok`, or the reason why it is left out. */
  readonly becomes: string;
  /** What is kept, where it is not the whole answer. */
  readonly kept?: string;
}

export const REVIEW =
  "The film was long and dull, and the actors looked tired of it from the first minute on.";
const REWRITE =
  "The film was short and bright, and the actors looked pleased with it from the first minute on.";

const HIDDEN = "The user wants a brighter review. Let me write it.";

const reasoning = Object.entries({
  "<think> … </think>": `<think>\n${HIDDEN}\n</think>\n\n${REWRITE}`,
  "</think> alone": `${HIDDEN}\n</think>\n\n${REWRITE}`,
  "an empty block": `<think>\n\n</think>\n\n${REWRITE}`,
  "several blocks": `<think>${HIDDEN}</think>\n<think>More.</think>\n${REWRITE}`,
  "<thinking>": `<thinking>${HIDDEN}</thinking>\n${REWRITE}`,
  "<thought>": `<thought>${HIDDEN}</thought>${REWRITE}`,
  "<reasoning>": `<reasoning>\n${HIDDEN}\n</reasoning>\n${REWRITE}`,
  "<reflection>": `<reflection>${HIDDEN}</reflection>\n\n${REWRITE}`,
  "<seed:think>": `<seed:think>${HIDDEN}</seed:think>${REWRITE}`,
  "[THINK]": `[THINK]${HIDDEN}[/THINK]${REWRITE}`,
  "◁think▷": `◁think▷${HIDDEN}◁/think▷${REWRITE}`,
  "channels (gpt-oss)": `<|channel|>analysis<|message|>${HIDDEN}<|end|><|start|>assistant<|channel|>final<|message|>${REWRITE}<|return|>`,
  "channels without their marks": `analysis${HIDDEN}assistantfinal${REWRITE}`,
  START_THINKING: `<|START_THINKING|>${HIDDEN}<|END_THINKING|><|START_RESPONSE|>${REWRITE}<|END_RESPONSE|>`,
  "<answer> after thoughts": `<think>${HIDDEN}</think><answer>${REWRITE}</answer>`,
  "thoughts after the text": `${REWRITE}\n<think>${HIDDEN}</think>`,
  "marks of a turn": `${REWRITE}<|im_end|>`,
}).map(([name, answer]) => ({
  kind: "thoughts before the rewrite",
  name,
  answer,
  becomes: "ok",
  kept: REWRITE,
}));

const onlyThoughts: TriedAnswer[] = [
  { name: "a block and nothing after it", answer: `<think>${HIDDEN}</think>\n` },
  { name: "a block that is never closed", answer: `<think>${HIDDEN}` },
  { name: "reasoning_content beside an empty text", answer: null, reasoning: REWRITE },
  { name: "channels without a final one", answer: `<|channel|>analysis<|message|>${HIDDEN}` },
  { name: "[THINK] alone", answer: `[THINK]${HIDDEN}` },
].map((tried) => ({ kind: "thoughts and nothing else", ...tried, becomes: "reasoning" }));

const refusals = Object.entries({
  English: "I'm sorry, but I can't assist with that request.",
  "English, of a language model":
    "I'm sorry, but as a language model it goes against my guidelines to alter this text.",
  "English, without an apology": "I won't be able to help with that.",
  German: "Es tut mir leid, aber dabei kann ich leider nicht helfen.",
  "German, without an apology": "Ich kann diese Anfrage leider nicht erfüllen.",
  French: "Je suis désolé, mais je ne peux pas vous aider avec cette demande.",
  Spanish: "Lo siento, pero no puedo ayudar con esa solicitud.",
  Portuguese: "Desculpe, mas não posso ajudar com esse pedido.",
  Italian: "Mi dispiace, ma non posso aiutarti con questa richiesta.",
  Dutch: "Het spijt me, maar ik kan u daar niet mee helpen.",
  Polish: "Przepraszam, ale nie mogę pomóc w tej sprawie.",
  Russian: "Извините, но я не могу помочь с этим запросом.",
  Ukrainian: "Вибачте, але я не можу виконати цей запит.",
  Turkish: "Üzgünüm, bu konuda yardımcı olamam.",
  Vietnamese: "Xin lỗi, tôi không thể giúp bạn với yêu cầu này.",
  Indonesian: "Maaf, saya tidak dapat membantu permintaan tersebut.",
  Swedish: "Jag är ledsen, men jag kan inte hjälpa till med det.",
  Czech: "Omlouvám se, ale s tímto požadavkem vám nemohu pomoci.",
  Hungarian: "Sajnálom, de ebben nem tudok segíteni.",
  Romanian: "Îmi pare rău, dar nu vă pot ajuta cu această solicitare.",
  Finnish: "Anteeksi, mutta en voi auttaa tässä pyynnössä.",
  Hindi: "मुझे खेद है, लेकिन मैं इस अनुरोध में आपकी मदद नहीं कर सकता।",
  Arabic: "عذرًا، لا يمكنني المساعدة في هذا الطلب.",
  Persian: "متأسفم، اما نمی‌توانم در این مورد کمک کنم.",
  Hebrew: "אני מצטער, אבל אני לא יכול לעזור בבקשה הזו.",
  Chinese: "抱歉，我无法协助完成这个请求。",
  "Chinese (traditional)": "很抱歉，我無法協助處理這個請求。",
  Japanese: "申し訳ありませんが、そのリクエストにはお応えできません。",
  Korean: "죄송하지만 그 요청은 도와드릴 수 없습니다.",
  Thai: "ขออภัยค่ะ ฉันไม่สามารถช่วยเหลือตามคำขอนี้ได้",
  Greek: "Λυπάμαι, αλλά δεν μπορώ να βοηθήσω με αυτό το αίτημα.",
}).map(([name, answer]) => ({ kind: "refusals", name, answer, becomes: "refused" }));

const leadIns = Object.entries({
  English: `Here's the adjusted review:\n\n${REWRITE}`,
  "English, a title": `Longer version:\n\n${REWRITE}`,
  "German, a title": `Überarbeitete Version:\n\n${REWRITE}`,
  "French, after a word": `Bien sûr ! Voici une version plus longue :\n\n${REWRITE}`,
  German: `Hier ist die überarbeitete Version:\n\n${REWRITE}`,
  French: `Voici la version modifiée :\n\n${REWRITE}`,
  Spanish: `Aquí tienes la versión modificada:\n\n${REWRITE}`,
  Portuguese: `Aqui está a versão revisada:\n\n${REWRITE}`,
  Italian: `Ecco la versione modificata:\n\n${REWRITE}`,
  Dutch: `Hier is de aangepaste versie:\n\n${REWRITE}`,
  Polish: `Oto zmieniona wersja:\n\n${REWRITE}`,
  Russian: `Вот изменённая версия:\n\n${REWRITE}`,
  Ukrainian: `Ось змінена версія:\n\n${REWRITE}`,
  Turkish: `İşte düzenlenmiş sürüm:\n\n${REWRITE}`,
  Vietnamese: `Dưới đây là phiên bản đã chỉnh sửa:\n\n${REWRITE}`,
  Indonesian: `Berikut adalah versi yang telah diubah:\n\n${REWRITE}`,
  Swedish: `Här är den omarbetade versionen:\n\n${REWRITE}`,
  Arabic: `إليك النسخة المعدلة:\n\n${REWRITE}`,
  Hindi: `यहाँ संशोधित संस्करण है:\n\n${REWRITE}`,
  Chinese: `以下是修改后的版本：\n\n${REWRITE}`,
  Japanese: `以下は修正後のレビューです：\n\n${REWRITE}`,
  Korean: `다음은 수정된 버전입니다:\n\n${REWRITE}`,
}).map(([name, answer]) => ({ kind: "lead-ins", name, answer, becomes: "wrapped" }));

const notes = Object.entries({
  English: `${REWRITE}\n\n(Note: I kept the meaning and only changed the length, as you asked.)`,
  "English, an offer": `${REWRITE}\n\nLet me know if you'd like any further changes!`,
  "German, an offer": `${REWRITE}\n\nLass mich wissen, wenn du weitere Änderungen möchtest.`,
  "Chinese, an offer": `${REWRITE}\n\n如果您需要进一步修改，请告诉我。`,
  German: `${REWRITE}\n\n(Hinweis: Ich habe nur die Länge geändert.)`,
  French: `${REWRITE}\n\n(Remarque : j'ai gardé le sens.)`,
  Spanish: `${REWRITE}\n\n(Nota: He conservado el significado.)`,
  Polish: `${REWRITE}\n\n(Uwaga: zachowałem znaczenie.)`,
  Russian: `${REWRITE}\n\n(Примечание: смысл сохранён.)`,
  Turkish: `${REWRITE}\n\n(Not: Anlam korunmuştur.)`,
  Arabic: `${REWRITE}\n\n(ملاحظة: حافظت على المعنى.)`,
  Chinese: `${REWRITE}\n\n（注：我只改了长度。）`,
  Japanese: `${REWRITE}\n\n（注：長さだけを変えました。）`,
  Korean: `${REWRITE}\n\n(참고: 길이만 변경했습니다.)`,
}).map(([name, answer]) => ({ kind: "closing notes", name, answer, becomes: "wrapped" }));

const finishes = (kind: string, becomes: string, names: readonly (string | null)[]): TriedAnswer[] =>
  names.map((finish) => ({ kind, name: finish ?? "none", finish, answer: REWRITE, becomes }));

const CHINESE = "这部电影又长又闷，演员从第一分钟起就显得很疲倦，故事也没有什么新意。";

const unlike: TriedAnswer[] = [
  { name: "Chinese for English", answer: CHINESE, becomes: "other_language" },
  { name: "English for Chinese", original: CHINESE, answer: REWRITE, becomes: "other_language" },
  {
    name: "German for English",
    answer:
      "Der Film war kurz und hell, und die Schauspieler waren von der ersten Minute an mit ihm zufrieden, und das ist auch gut so.",
    becomes: "other_language",
  },
  {
    name: "an answer instead of a rewrite",
    original:
      "How would somebody connect several wireless speakers with an older television that only offers optical audio output?",
    answer:
      "Buying inexpensive bluetooth transmitter hardware usually solves this; plug cables into port marked digital, press pairing button, wait until lights blink, enjoy music everywhere.",
    becomes: "unrelated",
  },
  { name: "forty times as long", answer: `${REWRITE} `.repeat(40), becomes: "length_far_off" },
  { name: "two letters", answer: "No", becomes: "length_far_off" },
  { name: "an announcement", answer: "Sure!", becomes: "wrapped" },
  { name: "white space", answer: " \n ", becomes: "empty" },
  { name: "the text itself", answer: ` ${REVIEW}\n`, becomes: "unchanged" },
  { name: "a code block", answer: `\`\`\`\n${REWRITE}\n\`\`\``, becomes: "wrapped" },
].map((tried) => ({ kind: "what is no rewrite of its text", ...tried }));

const ordinary: TriedAnswer[] = [
  "I'm sorry to say that the film was a bore, and I cannot recommend it to anyone with a sense of humour.",
  "I can't help but love this film, and the actors looked pleased with it.",
  "Sorry, this film is terrible, no help for it; the actors looked tired from the first minute.",
  "Here is why I liked the film: the actors looked pleased from the first minute on.",
  "Sure, it's a bad film: boring, dull, and the actors looked tired.",
  "The revised edition: worse than ever, and the film was long.",
  "The film was long, and you should think </b> twice; the actors looked tired.",
  "Let me know what you think of the film; the actors looked pleased from the first minute.",
].map((answer) => ({ kind: "ordinary texts", name: answer.slice(0, 40), answer, becomes: "ok" }));

const foreign: TriedAnswer[] = (
  [
    [
      "German",
      "Es tut mir leid, aber dieser Film ist langweilig, und die Schauspieler wirken von der ersten Minute an müde.",
    ],
    ["French", "Je suis désolée pour les acteurs, mais ce film est long et ennuyeux dès la première minute."],
    ["Spanish", "Lo siento por los actores, pero esta película es larga y aburrida desde el primer minuto."],
    ["Chinese", "很抱歉，这部电影真的又长又闷，演员从第一分钟起就显得很疲倦。"],
    ["Japanese", "残念ながら、この映画は長くて退屈で、俳優たちは最初から疲れて見えた。"],
    ["Russian", "К сожалению, фильм длинный и скучный, и актёры с первой минуты выглядят усталыми."],
  ] as const
).map(([name, answer]) => ({
  kind: "ordinary texts",
  name: `${name} review that is sorry`,
  original: `${answer.slice(0, -8)} …`,
  answer,
  becomes: "ok",
}));

/** Answers that were tried, and what is to become of each. */
export const TRIED: readonly TriedAnswer[] = [
  ...reasoning,
  ...onlyThoughts,
  ...refusals,
  ...leadIns,
  ...notes,
  ...finishes("finish reasons of whole answers", "ok", [
    "stop",
    "STOP",
    "end_turn",
    "stop_sequence",
    "eos_token",
    "eos",
    "COMPLETE",
    "",
    null,
  ]),
  ...finishes("finish reasons of answers that are cut off", "cut_off", [
    "length",
    "max_tokens",
    "MAX_TOKENS",
    "model_length",
    "model_context_window_exceeded",
    "insufficient_system_resource",
    "abort",
    "error",
    "pause_turn",
    "tool_calls",
    "a word of the future",
  ]),
  ...finishes("finish reasons of answers that are withheld", "refused", [
    "content_filter",
    "refusal",
    "SAFETY",
    "RECITATION",
    "sensitive",
    "guardrail_intervened",
  ]),
  ...unlike,
  ...ordinary,
  ...foreign,
];

/** The table of docs/rewriting.md. */
export function triedTable(): string {
  const rows = new Map<string, { names: string[]; becomes: Set<string> }>();
  for (const { kind, name, becomes, kept } of TRIED) {
    const row = rows.get(kind) ?? { names: [], becomes: new Set<string>() };
    rows.set(kind, row);
    row.names.push(kind === "what is no rewrite of its text" ? `${name} (${becomes})` : name || "empty");
    row.becomes.add(kept === undefined ? becomes : "kept without them");
  }
  const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
  const lines = [...rows].map(([kind, { names, becomes }]) => {
    const what = becomes.size > 1 ? "left out, as it says" : [...becomes][0]!.replace("ok", "kept");
    return `| ${cell(kind)} | ${cell(names.join("; "))} | ${what} |`;
  });
  return ["| what was tried | forms | becomes |", "| --- | --- | --- |", ...lines].join("\n");
}
