import { appendFileSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { takeLock } from "../../src/storage/project/lock.js";

// Takes a lock again and again; inside it, makes and removes a file that must not be there. Arguments: the lock, the rounds,
// the file, whether to die with the lock held in the end, and the lease in milliseconds.
const [path, rounds, marker, dies, lease] = process.argv.slice(2) as [string, string, string, string, string];
for (let round = 0; round < Number(rounds); round += 1) {
  const lock = await takeLock(path, { waitMs: 60_000, beatMs: 50, leaseMs: Number(lease) });
  if (existsSync(marker)) appendFileSync(`${marker}.clash`, `${process.pid}\n`);
  writeFileSync(marker, String(process.pid));
  await sleep(Math.random() * 4);
  rmSync(marker);
  if (dies === "dies" && round === Number(rounds) - 1) process.kill(process.pid, "SIGKILL");
  await lock.release();
}
