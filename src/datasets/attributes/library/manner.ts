import { countMatches } from "../words.js";
import type { Entry } from "./measured.js";
import { inEnglish, listed, per100Words, straight } from "./text.js";

/** How often patterns are found, for each 100 words. */
function patterns(...list: readonly RegExp[]): (text: string) => number | null {
  return inEnglish((text) =>
    per100Words(
      text,
      list.reduce((sum, pattern) => sum + countMatches(straight(text), pattern), 0),
    ),
  );
}

const EN = ["en"];

/** Attributes of how the writer speaks to the reader; English phrases. */
export const MANNER = {
  contractions: {
    treated: "uses contractions",
    untreated: "uses no contractions",
    question: "Does this response use contractions such as don't or it's?",
    description: "Contractions (don't, it's, we'll), for each 100 words.",
    languages: EN,
    measure: patterns(
      /(?<=\p{L})n't(?!\p{L})|(?<=\p{L})'(?:re|ve|ll|d|m)(?!\p{L})|(?<!\p{L})(?:it|that|there|he|she|what|who|let|here|how|where)'s(?!\p{L})/giu,
    ),
  },
  hedges: {
    treated: "hedges its statements",
    untreated: "states things without hedging",
    question: "Does this response hedge (perhaps, may, it seems)?",
    description: "Words and phrases that weaken a statement (perhaps, may, it seems), for each 100 words.",
    languages: EN,
    phrases: listed(`
      perhaps, maybe, possibly, probably, likely, might, may, could be, seems, seem, appears to, appear
      to, somewhat, sort of, kind of, fairly, rather, relatively, generally, typically, usually, often,
      sometimes, tends to, tend to, in my opinion, i think, i believe, i guess, i suppose, it depends,
      in some cases, to some extent, more or less, arguably, presumably, apparently, not necessarily,
      not sure, roughly, around`),
  },
  certainty: {
    treated: "sounds certain",
    untreated: "makes no claim to certainty",
    question: "Does this response stress how certain it is (definitely, clearly)?",
    description: "Words that stress certainty (definitely, clearly, always), for each 100 words.",
    languages: EN,
    phrases: listed(`
      definitely, certainly, clearly, obviously, undoubtedly, without a doubt, no doubt, of course,
      always, never, absolutely, surely, indeed, in fact, must be, for sure, guaranteed, unquestionably,
      undeniably, exactly`),
  },
  intensifiers: {
    treated: "uses intensifiers",
    untreated: "uses no intensifiers",
    question: "Does this response use intensifiers (very, really, extremely)?",
    description: "Words that strengthen others (very, really, extremely), for each 100 words.",
    languages: EN,
    phrases: listed(`
      very, really, extremely, incredibly, absolutely, totally, completely, highly, truly, so much,
      super, exceptionally, remarkably, utterly, entirely, hugely, deeply, especially, particularly,
      quite, too`),
  },
  first_person: {
    treated: "speaks in the first person",
    untreated: "does not speak in the first person",
    question: "Does this response speak in the first person (I, my)?",
    description: "I, me, my, mine and myself, for each 100 words.",
    languages: EN,
    measure: patterns(
      /(?<![\p{L}'])I(?:'(?:m|ve|ll|d))?(?![\p{L}'.])|(?<!\p{L})(?:me|my|mine|myself)(?!\p{L})/gu,
    ),
  },
  we: {
    treated: "speaks of we and us",
    untreated: "does not speak of we or us",
    question: "Does this response speak of we and us?",
    description: "We, us, our, ours and ourselves, for each 100 words.",
    languages: EN,
    measure: patterns(
      /(?<!\p{L})(?:we|us|our|ours|ourselves|let's)(?!\p{L})/gu,
      /(?<!\p{L})(?:We|Our|Let's)(?!\p{L})/gu,
    ),
  },
  second_person: {
    treated: "speaks to the reader as you",
    untreated: "does not speak to the reader as you",
    question: "Does this response speak to the reader as you?",
    description: "You, your, yours and yourself, for each 100 words.",
    languages: EN,
    phrases: listed("you, your, yours, yourself, you're, you've, you'll, you'd"),
  },
  praise_of_user: {
    treated: "praises the user",
    untreated: "does not praise the user",
    question: "Does this response praise the user or the question?",
    description: "Praise of the user or the question (great question, you're right), for each 100 words.",
    languages: EN,
    phrases: listed(`
      great question, good question, excellent question, interesting question, wonderful question,
      fantastic question, thoughtful question, great point, good point, excellent point, great idea,
      good idea, excellent idea, great choice, you're right, you are right, you're absolutely right, you
      are absolutely right, well done, good job, great job, nice work, impressive, i love your, your
      insight, your curiosity, that's great, that is great, how thoughtful`),
  },
  agreement: {
    treated: "agrees with the user",
    untreated: "does not say that it agrees",
    question: "Does this response say that it agrees with the user?",
    description: "Phrases of agreement (I agree, you're right, exactly), for each 100 words.",
    languages: EN,
    phrases: listed(`
      i agree, i completely agree, i totally agree, i couldn't agree more, you're right, you are right,
      absolutely right, that's right, that is right, that's true, that is true, fair point, as you said,
      as you say, as you mentioned`),
  },
  apologies: {
    treated: "apologizes",
    untreated: "does not apologize",
    question: "Does this response apologize?",
    description: "Apologies (sorry, I apologize), for each 100 words.",
    languages: EN,
    phrases: listed(`
      sorry, i apologize, i apologise, my apologies, apologies, apology, forgive me, excuse me, regret,
      pardon`),
  },
  gratitude: {
    treated: "thanks the user",
    untreated: "does not thank the user",
    question: "Does this response thank the user?",
    description: "Thanks (thank you, I appreciate), for each 100 words.",
    languages: EN,
    phrases: listed("thank you, thanks, i appreciate, appreciated, grateful, gratitude"),
  },
  refusals: {
    treated: "refuses or declines part of the request",
    untreated: "refuses nothing",
    question: "Does this response refuse or decline the request, or part of it?",
    description: "Phrases of refusal (I can't help with, I'm unable to), for each 100 words.",
    languages: EN,
    phrases: listed(`
      i can't, i cannot, i can not, i won't, i will not, i'm unable to, i am unable to, i'm not able to,
      i am not able to, unable to assist, unable to help, can't help with, cannot help with, can't
      assist, cannot assist, can't provide, cannot provide, not appropriate, against my guidelines, i
      must decline, i'd rather not, i would rather not`),
  },
  disclaimers: {
    treated: "adds disclaimers",
    untreated: "adds no disclaimers",
    question: "Does this response add disclaimers or warnings about its own limits?",
    description: "Disclaimers (as an AI, consult a professional, not legal advice), for each 100 words.",
    languages: EN,
    phrases: listed(`
      as an ai, as a language model, ai language model, i'm just an ai, i am just an ai, i'm an ai, i am
      an ai, i don't have personal, i do not have personal, consult a, consult with a, consult your,
      seek professional, a qualified professional, a licensed, not a substitute for, not legal advice,
      not medical advice, not financial advice, for informational purposes, please note, it's important
      to note, it is important to note, keep in mind, be aware that, my knowledge cutoff, my training
      data, at your own risk, results may vary, use caution`),
  },
  greetings: {
    treated: "opens with a greeting or a word of readiness",
    untreated: "opens with the matter itself",
    question: "Does this response open with a greeting or words such as Sure! or Certainly!?",
    description:
      "1 where the text opens with a greeting or a word of readiness (Hello, Sure, Certainly), else 0.",
    languages: EN,
    threshold: 0.5,
    measure: inEnglish((text) =>
      /^\W*(?:hi|hello|hey|dear|greetings|good (?:morning|afternoon|evening|day)|sure|certainly|of course|absolutely|gladly|no problem|happy to help|i'd be happy|i would be happy|welcome|okay|ok|alright|great)\b/iu.test(
        straight(text),
      )
        ? 1
        : 0,
    ),
  },
  offers: {
    treated: "closes with an offer of more help",
    untreated: "makes no offer of more help",
    question: "Does this response offer more help?",
    description: "Offers and wishes (let me know, hope this helps, feel free), for each 100 words.",
    languages: EN,
    phrases: listed(`
      let me know, feel free, hope this helps, hope that helps, happy to help, glad to help, if you have
      any, any other questions, any questions, anything else, don't hesitate, do not hesitate, here to
      help, good luck, best of luck, would you like me to, do you want me to, how can i help, can i help
      you, i'd be happy to, reach out`),
  },
  directives: {
    treated: "tells the reader what to do",
    untreated: "leaves it to the reader what to do",
    question: "Does this response tell the reader what to do (should, must, make sure)?",
    description: "Words that direct (should, must, need to, make sure, try), for each 100 words.",
    languages: EN,
    phrases: listed(`
      should, shouldn't, must, mustn't, need to, needs to, have to, has to, ought to, make sure, be sure
      to, remember to, ensure, try to, consider, avoid, always, never, don't forget, you can, you could`),
  },
} satisfies Record<string, Entry>;
