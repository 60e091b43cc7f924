import { writeSync } from "node:fs";
import { reportFailure } from "./failure.js";
import { createProgram } from "./program.js";

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // The reader of a pipe has gone (`rate … | head`): nothing is left to say.
  if (error.code === "EPIPE") process.exit(0);
  // Not by way of stderr's stream, which may be the same full disk.
  try {
    writeSync(
      2,
      `rate: what is printed cannot be written (${error.code ?? error.message}): is the disk full?\n`,
    );
  } catch {
    // Nobody can be told.
  }
  process.exit(1);
});

try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  process.exitCode = reportFailure(error, process.argv.includes("--debug"));
}
