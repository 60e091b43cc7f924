/** Mean letters of a word: a plain measure of how complex the wording is. Null without words. */
export function lettersPerWord(text: string): number | null {
  const words = text.match(/\p{L}+/gu);
  return words && words.reduce((total, word) => total + [...word].length, 0) / words.length;
}
