/** A source of random 32-bit whole numbers, 0 to 2³² − 1. */
export type RandomSource = () => number;

/**
 * A generator for one stream of a seed (sfc32, C. Doty-Humphrey, PractRand): streams of the same seed are independent for all that matters here, so
 * work that takes one stream a piece gives the same digits in whatever order or on however many threads it is done.
 */
export function randomStream(seed: number, stream: number): RandomSource {
  let [a, b, c, counter] = [seed | 0, stream | 0, (seed / 2 ** 32) | 0, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let round = 0; round < 16; round += 1) next();
  return next;
}

/** A uniform number in [0, 1) with 53 random bits. */
export function uniform(random: RandomSource): number {
  return ((random() >>> 5) * 2 ** 26 + (random() >>> 6)) / 2 ** 53;
}

/** A standard normal number (Box and Muller 1958). */
export function gaussian(random: RandomSource): number {
  return Math.sqrt(-2 * Math.log(1 - uniform(random))) * Math.cos(2 * Math.PI * uniform(random));
}
