import { likeCase, replacer } from "./replace.js";

const MISSPELLINGS = replacer([
  ["teh", "the"],
  ["recieve", "receive"],
  ["recieved", "received"],
  ["definately", "definitely"],
  ["definatly", "definitely"],
  ["seperate", "separate"],
  ["untill", "until"],
  ["wierd", "weird"],
  ["alot", "a lot"],
  ["thier", "their"],
  ["truely", "truly"],
  ["realy", "really"],
  ["probly", "probably"],
  ["beleive", "believe"],
  ["dissapointed", "disappointed"],
  ["disapointed", "disappointed"],
  ["dissapointing", "disappointing"],
  ["disapointing", "disappointing"],
  ["dissapointment", "disappointment"],
  ["reccomend", "recommend"],
  ["recomend", "recommend"],
  ["recommand", "recommend"],
  ["excelent", "excellent"],
  ["excellant", "excellent"],
  ["terible", "terrible"],
  ["horible", "horrible"],
  ["awfull", "awful"],
  ["wich", "which"],
  ["becuase", "because"],
  ["restaraunt", "restaurant"],
  ["resturant", "restaurant"],
  ["accross", "across"],
  ["occured", "occurred"],
  ["tommorow", "tomorrow"],
  ["goverment", "government"],
  ["enviroment", "environment"],
  ["begining", "beginning"],
  ["arguement", "argument"],
  ["embarassing", "embarrassing"],
  ["existance", "existence"],
  ["freind", "friend"],
  ["gaurantee", "guarantee"],
  ["neccessary", "necessary"],
  ["noticable", "noticeable"],
  ["priviledge", "privilege"],
  ["suprise", "surprise"],
  ["suprised", "surprised"],
  ["dont", "don't"],
  ["didnt", "didn't"],
  ["doesnt", "doesn't"],
  ["cant", "can't"],
  ["wont", "won't"],
  ["isnt", "isn't"],
  ["wasnt", "wasn't"],
  ["couldnt", "couldn't"],
  ["wouldnt", "wouldn't"],
]);

/** Words in capitals that are names of things rather than shouts. */
const ABBREVIATION = /^(?:USA|DVD|CD|TV|LCD|PDA|USB|NYC|BBQ|BLT|IMDB|CGI|HBO|PC|GPS|AC|OK|II|III)$/;

/**
 * What the rewriter does besides what it was asked: HTML breaks become spaces, runs of spaces one, doubled punctuation single and rows of
 * exclamation marks a full stop, emoticons and spaces before punctuation go, shouted words become small, sentences begin with a capital,
 * `i` becomes `I`, common misspellings are mended. Doing it twice changes nothing more.
 */
export function tidy(text: string): string {
  const broken = text
    .replace(/<br\s*\/?>/gi, " ")
    .replace(/(?<=^|\s)[:;]-?[()DP](?=\s|$)/g, "")
    .replace(/[ \t\u00a0]+/g, " ")
    .replace(/ *\n\s*/g, "\n")
    .replace(/[!?]{2,}/g, (marks) => (marks.includes("?") ? "?" : "."))
    .replace(/\.{2,}(?=\p{L})/gu, ". ")
    .replace(/\.{2,}/g, ".")
    .replace(/([,;:])\1+/g, "$1")
    .replace(/ +([,;:.!?])(?=\s|$)/g, "$1")
    .trim();
  const calm = broken
    .replace(/(?<![\p{L}\p{N}])\p{Lu}{3,}(?![\p{L}\p{N}])/gu, (word) =>
      ABBREVIATION.test(word) ? word : word.toLowerCase(),
    )
    .replace(/(?<![\p{L}\p{N}'’])i(?=$|\s|['’](?:m|ve|ll|d)(?!\p{L}))/gu, "I");
  return MISSPELLINGS(calm).replace(
    /(^|[.!?]\s+|\n)(["'“(]?)(\p{Ll})/gu,
    (_, before, mark, letter) => before + mark + likeCase("X", letter),
  );
}
