import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { rewardServer } from "./reward-servers.js";

// Stands in for Python with the reward server: tells its port and its process, and ends with its standard input. It falls silent once
// there are scores in a journal of the folder that the test names.
const { SERVER_PID_FILE = "", SILENT_AFTER = "" } = process.env;
const scoresAreKept = () =>
  existsSync(SILENT_AFTER) &&
  readdirSync(SILENT_AFTER).some(
    (name) => name.endsWith(".journal") && statSync(join(SILENT_AFTER, name)).size > 500,
  );
const { url } = await rewardServer({ after: () => undefined } as unknown as TestContext, "reward-server", {
  upset: () => (scoresAreKept() ? "hang" : null),
});
writeFileSync(SERVER_PID_FILE, String(process.pid));
process.stdout.write(`${JSON.stringify({ port: Number(new URL(url).port) })}\n`);
process.stdin.on("end", () => process.exit()).resume();
