import { readdir, rm, stat, statfs } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { openRewardModel } from "../../scoring/index.js";
import { findOwnership, writeWhole } from "../../storage/project/files.js";
import { exists, timestampAt } from "../../storage/project/project.js";
import { about, type DoctorWorld, type Finding } from "./finding.js";

/** The oldest Node.js that works, as in package.json. */
const OLDEST_NODE = [20, 12] as const;

export function checkNode(): Finding {
  const finding = about("Node.js");
  const [major, minor] = process.versions.node.split(".").map(Number) as [number, number];
  const enough = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  const found = `${process.version} on ${process.platform} ${process.arch}, ${availableParallelism()} cores, ${gigabytes(totalmem())} of memory`;
  return enough
    ? finding.ok(found)
    : finding.missing(found, `install Node.js ${OLDEST_NODE.join(".")} or newer`);
}

/** `.env` holds keys: others should not read it. */
export async function checkEnvFile({ folder }: DoctorWorld): Promise<Finding> {
  const finding = about(".env");
  const path = join(folder, ".env");
  const found = await stat(path).catch(() => null);
  if (!found)
    return finding.absent(
      "none here: settings come from the environment alone",
      `rate init makes .env.example; copy it to ${path}`,
    );
  if (!found.isFile()) return finding.missing(`${path} is no file`, "make it a file of lines NAME=value");
  const mode = (found.mode & 0o777).toString(8).padStart(4, "0");
  if (process.platform !== "win32" && (found.mode & 0o077) !== 0)
    return finding.warning(`${path}, which others may read (mode ${mode})`, `chmod 600 ${path}`);
  return finding.ok(`${path}, mode ${mode}`);
}

export async function checkProject({ project, environment }: DoctorWorld): Promise<Finding> {
  const finding = about("project directory");
  const named = environment.PROJECT_DIR ? project : `${project} (PROJECT_DIR is not set)`;
  const folder = await nearestFolder(project);
  const probe = join(folder, `.rate-doctor-${process.pid}`);
  try {
    await writeWhole(probe, "probe\n", { group: null });
  } catch (cause) {
    return finding.missing(
      `${named}: ${(cause as Error).message}`,
      "choose a folder that you may write to (PROJECT_DIR in .env, or --project-dir)",
    );
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
  return finding.ok(
    folder === project ? `${named}, can be written` : `${named}, will be made on the first run`,
  );
}

const LITTLE_SPACE = 5e9;
const NO_SPACE = 2e8;

export async function checkDisk({ project }: DoctorWorld): Promise<Finding> {
  const finding = about("disk");
  const { bavail, bsize, files, ffree } = await statfs(await nearestFolder(project));
  const free = bavail * bsize;
  const found = `${gigabytes(free)} free for the project`;
  if (files > 0 && ffree < 1000)
    return finding.missing(
      `no room for new files (${ffree} inodes left)`,
      "delete files there, or choose another PROJECT_DIR",
    );
  if (free < NO_SPACE)
    return finding.missing(
      found,
      "make room, or choose another PROJECT_DIR; a run that fills the disk goes on once there is room",
    );
  return free < LITTLE_SPACE
    ? finding.warning(found, "enough for small studies; large ones and models need more")
    : finding.ok(found);
}

/** Files can be given only to a group that one is in. */
export async function checkGroup({ environment }: DoctorWorld): Promise<Finding> {
  const finding = about("GROUP_NAME");
  const name = environment.GROUP_NAME;
  if (!name) return finding.absent("not set: saved files are left as your system makes them", null);
  try {
    const { group } = await findOwnership(name);
    const own = [process.getgid?.(), ...(process.getgroups?.() ?? [])];
    if (process.getuid?.() !== 0 && !own.includes(group!.id))
      return finding.missing(
        `${name}: you are not in this group, so files cannot be given to it`,
        "ask to be added to it, or leave GROUP_NAME out",
      );
    return finding.ok(`${name}: saved files get this group and mode 0440`);
  } catch (cause) {
    return finding.missing((cause as Error).message, "correct it in .env, or leave it out");
  }
}

/** A clock that is behind the newest run gives timestamps that sort wrongly, so that the newest file is not the last one made. */
export async function checkClock({ project, now }: DoctorWorld): Promise<Finding> {
  const finding = about("clock");
  const runs = await readdir(join(project, "runs")).catch(() => [] as string[]);
  const newest = runs
    .flatMap((name) => /^\d{8}_\d{6}/.exec(name)?.[0] ?? [])
    .sort()
    .at(-1);
  const present = timestampAt(now());
  if (newest !== undefined && newest > present)
    return finding.warning(
      `it is ${present} here, and a run of ${newest} is there`,
      "set the clock; until then new files are taken for older ones",
    );
  return finding.ok(present);
}

/** The embedded reward model scores a text: runtime, tokenizer and model are all in order. */
export async function checkRuntime({ environment, fetch }: DoctorWorld): Promise<Finding> {
  const finding = about("ONNX Runtime");
  try {
    const model = await openRewardModel("embedded", { environment, fetch, say: () => undefined });
    const [score] = await model.score([{ prompt: "", response: "A good film." }]);
    await model.dispose();
    return finding.ok(`the embedded reward model scores (${score!.reward.toFixed(2)} for “A good film.”)`);
  } catch (cause) {
    return finding.missing(
      `the embedded reward model does not score: ${(cause as Error).message}`,
      "install again (make clean setup); onnxruntime-node ships libraries for Linux, macOS and Windows on x64 and arm64",
    );
  }
}

async function nearestFolder(path: string): Promise<string> {
  let folder = path;
  while (!(await exists(folder)) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toPrecision(3)} GB`;
}
