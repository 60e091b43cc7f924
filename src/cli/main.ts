import { reportFailure } from "./failure.js";
import { createProgram } from "./program.js";

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // The reader of a pipe has gone (`rate … | head`): nothing is left to say.
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  process.exitCode = reportFailure(error, process.argv.includes("--debug"));
}
