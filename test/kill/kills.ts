import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { randomStream, uniform } from "../../src/estimation/numeric/random.js";
import { filesIn } from "../support/contents.js";
import { emptyFolder } from "../support/folders.js";
import { callOf, differences, filesOf, type Place, placeOf } from "../support/places.js";
import { linesIn, type Scene } from "../support/scenes.js";

const SIGNALS = ["SIGKILL", "SIGTERM", "SIGINT"] as const;
/** A command that is asked to stop ends within seconds, on a busy machine too. */
const STOP_MS = 30_000;

/**
 * Kills a command (by SIGKILL, SIGTERM or SIGINT) at random moments, half of them by the clock, half in the middle of an operation that changes the disk, and calls it again until it is
 * done; then anew in another project, until there have been so many kills. Fails unless each project ends with the files of an undisturbed one,
 * nothing that was safe at a kill is asked for or worked out again, and nothing else is left.
 */
export async function survivesKills(
  t: TestContext,
  scene: Scene,
  { kills, seed, examples }: { kills: number; seed: number; examples: number },
): Promise<void> {
  const random = randomStream(seed, 0);
  const whole = await placeOf(t, scene, examples);
  const countTo = join(emptyFolder(t), "count");
  const began = performance.now();
  const undisturbed = await callOf(whole, { env: { COUNT_TO: countTo } });
  const duration = performance.now() - began;
  assert.equal(undisturbed.code, 0, undisturbed.stderr);
  const operations = Number(readFileSync(countTo, "utf8"));
  const expected = filesOf(whole);
  let killed = 0;
  let projects = 0;
  for (; killed < kills; projects += 1) {
    const place = await placeOf(t, scene, examples);
    const safe = new Safe(place);
    const moments: string[] = [];
    for (;;) {
      const byClock = uniform(random) < 0.5;
      const share = uniform(random);
      // The beginning, where a call finds out what there is to do, comes with every call and is given its share.
      const killSignal = SIGNALS[Math.floor(SIGNALS.length * uniform(random))]!;
      const moment = byClock
        ? { killAfter: duration * share, killSignal }
        : { env: { DIE_AT: String(Math.ceil(operations ** share)) } };
      const asked = killed < kills && byClock && killSignal !== "SIGKILL";
      const started = performance.now();
      const done = await callOf(place, killed < kills ? moment : {});
      if (done.code === 0) break;
      moments.push(JSON.stringify(moment));
      // One that is asked to stop comes to rest first, and says so; before it listens, the signal ends it.
      assert.ok(
        done.code === null || (asked && done.code === 130),
        `after ${moments.join(" ")}: ${done.code} ${done.stderr}`,
      );
      if (asked) {
        const took = performance.now() - started - duration * share;
        assert.ok(took < STOP_MS, `after ${moments.join(" ")}: it took ${Math.round(took)} ms to stop`);
      }
      killed += 1;
      safe.note(moments.join(" "));
    }
    safe.check();
    assert.deepEqual(differences(filesOf(place), expected), [], `after kills at ${moments.join(" ")}`);
    assert.deepEqual(unsealed(place), [], `after kills at ${moments.join(" ")}`);
    assert.deepEqual(readdirSync(place.scratch), [], `after kills at ${moments.join(" ")}`);
  }
  t.diagnostic(
    `${killed} kills in ${projects} projects; ${operations} operations and ${Math.round(duration)} ms undisturbed`,
  );
}

/** Of what was exchanged with an API, the files that have not got the mode of saved files. */
function unsealed({ folder }: Place): string[] {
  const exchanged = join(folder, "data", "batch_api");
  const names = existsSync(exchanged) ? filesIn(exchanged) : [];
  return names.filter((name) => (statSync(join(exchanged, name)).mode & 0o777) !== 0o440);
}

/** What was safe at each kill. */
class Safe {
  private readonly kills: {
    moment: string;
    asked: number;
    kept: ReadonlySet<string>;
    journals: string[][];
  }[] = [];
  private readonly files = new Map<string, number>();

  constructor(private readonly place: Place) {}

  note(moment: string): void {
    const { folder } = this.place;
    const kept = new Set(this.place.kept());
    this.kills.push({ moment, asked: this.place.asked().length, kept, journals: journalsIn(folder) });
    // Of a command that asks servers: joining files and making a report have nothing to save.
    if (this.place.url === undefined) return;
    for (const name of filesIn(folder).filter((file) =>
      /^data\/(rewrites|scored)\/[^.].*\.jsonl?$/.test(file),
    ))
      if (!this.files.has(name)) this.files.set(name, statSync(join(folder, name)).ino);
  }

  check(): void {
    const { folder } = this.place;
    const asked = this.place.asked();
    for (const kill of this.kills) {
      const again = asked.slice(kill.asked).filter((key) => kill.kept.has(key));
      assert.deepEqual(again, [], `asked for again after ${kill.moment}`);
      for (const keys of kill.journals)
        assert.equal(new Set(keys).size, keys.length, `worked out twice: ${keys} after ${kill.moment}`);
    }
    for (const [name, inode] of this.files)
      assert.equal(statSync(join(folder, name)).ino, inode, `${name} was made a second time`);
  }
}

/** The keys of the entries of each journal. */
function journalsIn(folder: string): string[][] {
  return [/^data\/scored\/\..*_embedded_.*\.journal$/, /^data\/scored\/\..*_mine_.*\.journal$/].map((fits) =>
    (existsSync(folder) ? linesIn(folder, fits) : []).flatMap(({ id }) =>
      typeof id === "string" ? [id] : [],
    ),
  );
}
