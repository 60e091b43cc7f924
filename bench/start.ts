import { inTurn, line, RATE } from "./measure.js";

/** How long `rate --help` takes beyond Node.js itself. */
export async function benchStart(): Promise<string> {
  const { empty, help } = await inTurn(
    { empty: [process.execPath, ["-e", "0"]], help: [process.execPath, [RATE, "--help"]] },
    15,
  );
  const more = help!.seconds - empty!.seconds;
  const measured = `${(help!.seconds / empty!.seconds).toFixed(2)} × node -e 0, ${(1000 * more).toFixed(0)} ms more`;
  return line("rate --help", measured, { "at most 150 ms more": more <= 0.15 });
}
