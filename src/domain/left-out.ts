/**
 * Thrown for a row of the data that cannot become an example and is left out; it is counted by its reason, and the
 * run goes on.
 */
export class LeftOut extends Error {
  override readonly name = "LeftOut";

  /** `reason` completes "rows …", for example `without a prompt`. */
  constructor(readonly reason: string) {
    super(`the row is left out: it is one ${reason}`);
  }
}

export function leaveOut(reason: string): LeftOut {
  return new LeftOut(reason);
}
