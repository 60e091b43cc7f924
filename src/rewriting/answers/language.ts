/** Scripts by the letters that tell them apart. Japanese mixes several, so kana decide. */
const SCRIPTS = {
  Latin: /\p{Script=Latin}/gu,
  Cyrillic: /\p{Script=Cyrillic}/gu,
  Greek: /\p{Script=Greek}/gu,
  Arabic: /\p{Script=Arabic}/gu,
  Hebrew: /\p{Script=Hebrew}/gu,
  Devanagari: /\p{Script=Devanagari}/gu,
  Thai: /\p{Script=Thai}/gu,
  Hangul: /\p{Script=Hangul}/gu,
  Kana: /[\p{Script=Hiragana}\p{Script=Katakana}]/gu,
  Han: /\p{Script=Han}/gu,
} as const;
export type Script = keyof typeof SCRIPTS;

/** Letters that it takes to tell a script, and the share of them that must be of it. */
const LEAST_LETTERS = 8;
const MAIN_SHARE = 0.7;
/** Among Han characters so many kana make a text Japanese. */
const KANA_SHARE = 0.1;

/** The script of a text; null where it has few letters, or mixes scripts. Only its beginning is looked at. */
function scriptOf(text: string): Script | null {
  const start = text.slice(0, 4000);
  const letters = start.match(/\p{L}/gu)?.length ?? 0;
  if (letters < LEAST_LETTERS) return null;
  const count = (script: Script) => start.match(SCRIPTS[script])?.length ?? 0;
  const kana = count("Kana");
  const han = count("Han");
  if (kana + han >= MAIN_SHARE * letters) return kana >= KANA_SHARE * (kana + han) ? "Kana" : "Han";
  const found = (Object.keys(SCRIPTS) as Script[]).find((script) => count(script) >= MAIN_SHARE * letters);
  return found ?? null;
}

/** The commonest small words of languages that share a script; words of several of them count for each. */
const SMALL_WORDS: Readonly<Record<string, string>> = {
  English: "the and of to is in that it was for with this but not are have you they his her from be as on at",
  German:
    "der die das und ist nicht ein eine ich zu den mit von sich auf für es dem auch als wie aber war sie wird",
  French:
    "le la les et est des une un que qui dans pour pas sur avec ce il elle je mais au du nous plus cette très",
  Spanish: "el la los las y es que de en un una por con para no se su lo como más pero muy este esta fue",
  Portuguese:
    "o a os as e é que de em um uma por com para não se seu como mais mas muito este esta foi do da",
  Italian:
    "il la gli e è che di in un una per con non si del della come più ma molto questo questa sono era lo",
  Dutch: "de het een en is van dat niet ik te op met voor zijn er maar ook als aan was deze door wordt heeft",
  Polish: "i w na nie się że jest do to z jak ale o co po tak dla są był tego przez od już bardzo",
  Turkish: "ve bir bu da de için çok ile ama gibi daha ne var olarak kadar sonra en olan değil ben",
  Swedish: "och att det som en är på för inte med den av jag till ett har de men om var så han",
  Indonesian:
    "yang dan di ini itu dengan untuk tidak dari dalam adalah pada saya akan juga ke karena sangat ada",
  Vietnamese: "và là của có không được cho một những với này các trong tôi đã rất để người nhưng",
  Russian: "и в не на что я он с как это по но из у за так все от для мне был она его",
  Ukrainian: "і в не на що я він з як це по але із у за так все від для мені був вона його та є",
};
const SETS = Object.entries(SMALL_WORDS).map(([name, words]) => ({ name, words: new Set(words.split(" ")) }));

/** Small words that it takes to tell a language, and by how much it must lead. */
const LEAST_WORDS = 6;
const LEAD = 1.6;

/** The language of a text, by its small words; null where they do not tell. */
function languageOf(text: string): string | null {
  const words =
    text
      .slice(0, 4000)
      .toLowerCase()
      .match(/[\p{L}\p{M}]+/gu) ?? [];
  const counts = SETS.map(({ name, words: small }) => ({
    name,
    count: words.filter((word) => small.has(word)).length,
  })).sort((a, b) => b.count - a.count);
  const [first, second] = counts;
  if (first!.count < LEAST_WORDS || first!.count < LEAD * second!.count) return null;
  return first!.count >= 0.1 * words.length ? first!.name : null;
}

/** How a rewrite's script or language differs from that of its text, in words; null where it does not, or that cannot be told. */
export function changedLanguage(original: string, text: string): string | null {
  const [before, after] = [scriptOf(original), scriptOf(text)];
  if (before !== null && after !== null && before !== after)
    return `written in ${NAMES[after]}, the text in ${NAMES[before]}`;
  const [was, is] = [languageOf(original), languageOf(text)];
  return was !== null && is !== null && was !== is ? `written in ${is}, the text in ${was}` : null;
}

const NAMES: Readonly<Record<Script, string>> = {
  Latin: "Latin letters",
  Cyrillic: "Cyrillic letters",
  Greek: "Greek letters",
  Arabic: "Arabic letters",
  Hebrew: "Hebrew letters",
  Devanagari: "Devanagari",
  Thai: "Thai letters",
  Hangul: "Hangul",
  Kana: "Japanese",
  Han: "Chinese characters",
};
