import { valence } from "../sentiment.js";
import type { Entry } from "./measured.js";
import {
  count,
  inEnglish,
  listed,
  looksEnglish,
  per100Words,
  phraseRate,
  sentenceCount,
  wordsOf,
} from "./text.js";

const EN = ["en"];

/**
 * Syllables of an English word, by its groups of vowels: a silent e at the end does not count, one of -le does. An estimate, as in all readability
 * formulas.
 */
export function syllables(word: string): number {
  const lower = word.toLowerCase().replace(/[^a-z]/g, "");
  if (lower.length <= 3) return lower === "" ? 0 : 1;
  const stem = lower.replace(/(?:[^laeiouy]es|[^td]ed|[^laeiouy]e)$/, (end) => end[0]!);
  return Math.max(1, stem.match(/[aeiouy]+/g)?.length ?? 1);
}

/** Common misspellings of English: the wrong spellings that occur most, none of them a word of its own. */
const MISSPELT = listed(`
      teh, recieve, recieved, definately, seperate, seperately, occured, occurence, untill, wich,
      becuase, beleive, thier, alot, wierd, tommorow, tommorrow, accomodate, acheive, adress, apparant,
      arguement, begining, calender, collegue, comming, commitee, concious, dissapoint, dissapointed,
      embarass, enviroment, existance, experiance, familar, finaly, foriegn, freind, goverment, grammer,
      gaurd, happend, harrass, immediatly, independant, interupt, knowlege, liason, libary, lisence,
      maintainance, mispell, neccessary, noticable, occassion, paralel, peice, persistant, posession,
      prefered, presance, privelege, probaly, pronounciation, publically, questionaire, realy, recomend,
      recomended, refered, relevent, religous, repitition, rythm, sence, similiar, sincerly, succesful,
      suprise, suprised, truely, unfortunatly, usally, vaccum, writting, yeild, dont, doesnt, didnt,
      isnt, wasnt, wont, cant, couldnt, wouldnt, shouldnt, im, ive, youre, thats`);

/** Words that name things that can be seen or touched: a small list of the commonest, for a comparison between two versions of one text. */
const CONCRETE = listed(`
      hand, hands, eye, eyes, face, head, foot, feet, arm, water, fire, tree, trees, house, home, room,
      door, window, wall, floor, table, chair, bed, car, road, street, city, town, school, office,
      store, shop, money, book, books, paper, pen, phone, computer, screen, camera, dog, cat, bird,
      fish, horse, food, bread, meat, milk, egg, eggs, fruit, sugar, salt, oil, cup, glass, plate,
      knife, bag, box, clothes, shirt, shoes, hat, rain, snow, sun, moon, star, stars, sky, river, sea,
      ocean, mountain, stone, rock, metal, iron, gold, wood, garden, flower, flowers, grass, leaf,
      leaves, man, woman, child, children, boy, girl, baby, mother, father, doctor, teacher, police,
      train, plane, boat, ship, bus, bike, ball, game, music, song, film, movie, picture`);

/** Attributes of the choice of words and of the sentences' make. */
export const WORDING = {
  connectives: {
    treated: "links its sentences with connectives",
    untreated: "links its sentences without connectives",
    question: "Does this response link sentences with words such as however or therefore?",
    description: "Connectives (however, therefore, because, moreover), for each 100 words.",
    languages: EN,
    phrases: listed(`
      however, therefore, moreover, furthermore, additionally, in addition, consequently, as a result,
      because, since, although, though, while, whereas, on the other hand, in contrast, nevertheless,
      nonetheless, thus, hence, for this reason, that said, similarly, likewise, meanwhile, otherwise,
      instead, besides, despite`),
  },
  steps: {
    treated: "goes through the matter in numbered steps or stages",
    untreated: "does not go through the matter in steps",
    question: "Does this response go through steps or stages (first, then, finally)?",
    description: "Words of order (first, second, then, next, finally), for each 100 words.",
    languages: EN,
    phrases: listed(`
      first, firstly, second, secondly, third, thirdly, then, next, finally, lastly, step, step 1, step
      2, step 3, to begin with, after that, afterwards, in the end`),
  },
  examples: {
    treated: "gives examples",
    untreated: "gives no examples",
    question: "Does this response give examples?",
    description: "Phrases that introduce examples (for example, such as), for each 100 words.",
    languages: EN,
    phrases: listed(`
      for example, for instance, such as, e.g, including, like this, an example, imagine, suppose, let's
      say`),
  },
  summaries: {
    treated: "sums up at the end",
    untreated: "does not sum up",
    question: "Does this response sum up (in summary, overall)?",
    description: "Phrases that sum up (in summary, overall, in conclusion), for each 100 words.",
    languages: EN,
    phrases: listed(`
      in summary, to summarize, to summarise, in conclusion, to conclude, overall, in short, to sum up,
      all in all, in a nutshell, the bottom line, key takeaway, key takeaways, ultimately`),
  },
  negations: {
    treated: "says things in the negative",
    untreated: "says things in the positive",
    question: "Does this response say many things in the negative (not, never, no)?",
    description: "Negations (not, no, never, n't), for each 100 words.",
    languages: EN,
    measure: inEnglish((text) =>
      per100Words(
        text,
        count(
          text,
          /(?<!\p{L})(?:not|no|never|nothing|nobody|none|neither|nor|without|cannot)(?!\p{L})|(?<=\p{L})n['’]t(?!\p{L})/giu,
        ),
      ),
    ),
  },
  concrete_words: {
    treated: "names concrete things",
    untreated: "stays with general notions",
    question: "Does this response name concrete things that one can see or touch?",
    description: "Common words for things that can be seen or touched, for each 100 words.",
    languages: EN,
    phrases: CONCRETE,
  },
  rare_words: {
    treated: "uses longer, rarer words",
    untreated: "uses short, common words",
    question: "Does this response use long or rare words?",
    description:
      "Share of words of nine or more letters, in percent: long words are rare ones in most languages that are written in letters.",
    measure: (text) => per100Words(text, wordsOf(text).filter((word) => [...word].length >= 9).length),
  },
  word_length: {
    treated: "uses longer words",
    untreated: "uses shorter words",
    question: "Are the words of this response long?",
    description: "Mean number of letters of a word.",
    measure: (text) => {
      const words = wordsOf(text);
      return words.length === 0
        ? null
        : words.reduce((sum, word) => sum + [...word].length, 0) / words.length;
    },
  },
  vocabulary: {
    treated: "varies its words",
    untreated: "repeats the same words",
    question: "Does this response vary its words?",
    description: "Different words among the first 50, as a share: longer texts are not at a disadvantage.",
    measure: (text) => {
      const words = wordsOf(text)
        .slice(0, 50)
        .map((word) => word.toLowerCase());
      return words.length < 10 ? null : new Set(words).size / words.length;
    },
  },
  repetition: {
    treated: "repeats itself",
    untreated: "does not repeat itself",
    question: "Does this response repeat itself?",
    description: "Share of runs of three words that stand in the text before.",
    measure: (text) => {
      const words = wordsOf(text).map((word) => word.toLowerCase());
      if (words.length < 3) return words.length === 0 ? null : 0;
      const seen = new Set<string>();
      let again = 0;
      for (let place = 0; place + 3 <= words.length; place += 1) {
        const run = words.slice(place, place + 3).join(" ");
        if (seen.has(run)) again += 1;
        seen.add(run);
      }
      return again / (words.length - 2);
    },
  },
  readability: {
    treated: "is easier to read",
    untreated: "is harder to read",
    question: "Is this response easy to read?",
    description:
      "Flesch's reading ease, 206.835 − 1.015 · words a sentence − 84.6 · syllables a word (Flesch 1948), syllables estimated.",
    languages: EN,
    measure: inEnglish((text) => {
      const words = wordsOf(text);
      const sentences = Math.max(1, sentenceCount(text));
      if (words.length === 0) return null;
      const total = words.reduce((sum, word) => sum + syllables(word), 0);
      return 206.835 - (1.015 * words.length) / sentences - (84.6 * total) / words.length;
    }),
  },
  sentiment_words: {
    treated: "is more positive in tone",
    untreated: "is more negative in tone",
    question: "Is the tone of this response positive?",
    description: "Sum of the AFINN-165 valences of its words (Nielsen 2011), for each 100 words.",
    languages: EN,
    measure: (text) => (looksEnglish(text) ? per100Words(text, valence(text)) : null),
  },
  misspellings: {
    treated: "has more typing mistakes",
    untreated: "has no typing mistakes",
    question: "Does this response have typing mistakes?",
    description:
      "Common misspellings of English and words with a letter three times in a row, for each 100 words.",
    languages: EN,
    measure: (() => {
      const known = phraseRate(MISSPELT);
      return (text: string) => {
        const misspelt = known(text);
        return misspelt === null
          ? null
          : misspelt + per100Words(text, count(text, /(?<!\p{L})\p{L}*(\p{L})\1\1\p{L}*/giu))!;
      };
    })(),
  },
  casual_words: {
    treated: "uses casual words and slang",
    untreated: "uses no slang",
    question: "Does this response use casual words or slang?",
    description: "Casual words (gonna, yeah, stuff, guys), for each 100 words.",
    languages: EN,
    phrases: listed(`
      gonna, wanna, gotta, kinda, sorta, dunno, yeah, yep, nope, ok, okay, awesome, cool, guys, guy,
      stuff, lol, omg, btw, crap, dude, folks, kids, super, tons of, a bunch of, pretty much, no way,
      wow, hey`),
  },
  proper_names: {
    treated: "names people, places or products",
    untreated: "names no people, places or products",
    question: "Does this response name particular people, places or products?",
    description: "Capitalised words within sentences, for each 100 words; I does not count.",
    languages: EN,
    measure: inEnglish((text) =>
      per100Words(text, count(text, /(?<=[\p{Ll},;]\s)(?!I['’\s])\p{Lu}\p{Ll}+/gu)),
    ),
  },
} satisfies Record<string, Entry>;
