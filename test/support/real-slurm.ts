import { execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const NEEDED = ["/usr/sbin/slurmctld", "/usr/sbin/slurmd", "/usr/sbin/munged", "/usr/bin/sbatch"];
const missing = NEEDED.filter((path) => !existsSync(path));

/** The reason to skip tests that need a SLURM of their own, where there is one. */
export const withoutSlurm: string | false =
  process.getuid?.() !== 0
    ? "starting SLURM's daemons takes root"
    : missing.length > 0
      ? `${missing.join(", ")}: not there (Debian: apt-get install slurm-wlm munge)`
      : false;

export interface RealSlurm {
  /** For the environment of SLURM's commands. */
  readonly configuration: string;
  /** One of SLURM's commands; throws when it fails. */
  readonly call: (command: string, ...args: string[]) => string;
  /** What the daemons have logged. */
  readonly logs: () => string;
  readonly stop: () => Promise<void>;
}

/** Starts a SLURM of one node and one partition, `test`, in a folder of its own, on free ports. */
export async function startSlurm(): Promise<RealSlurm> {
  const folder = mkdtempSync(join(tmpdir(), "rate-slurm-"));
  // munged runs as its own user and checks who may change its folders.
  chmodSync(folder, 0o755);
  const at = (name: string) => join(folder, name);
  for (const name of ["state", "spool", "munge"]) mkdirSync(at(name));
  const { uid, gid } = munge();
  writeFileSync(at("munge/key"), randomBytes(1024), { mode: 0o400 });
  for (const name of ["munge", "munge/key"]) chownSync(at(name), uid, gid);
  const node = hostname().split(".")[0]!;
  const [controller, daemon] = [await freePort(), await freePort()];
  writeFileSync(
    at("slurm.conf"),
    `ClusterName=rate
SlurmctldHost=${node}(127.0.0.1)
SlurmctldPort=${controller}
SlurmdPort=${daemon}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=${at("munge/socket")}
CredType=cred/munge
StateSaveLocation=${at("state")}
SlurmdSpoolDir=${at("spool")}
SlurmctldPidFile=${at("slurmctld.pid")}
SlurmdPidFile=${at("slurmd.pid")}
SlurmctldLogFile=${at("slurmctld.log")}
SlurmdLogFile=${at("slurmd.log")}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
SchedulerParameters=batch_sched_delay=1,sched_interval=1,bf_interval=1
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
KillWait=3
NodeName=${node} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=test Nodes=${node} Default=YES MaxTime=INFINITE State=UP
`,
  );
  const environment = { ...process.env, SLURM_CONF: at("slurm.conf") };
  const daemons = [
    spawn(
      "/usr/sbin/munged",
      [
        "--foreground",
        ...["key-file=key", "socket=socket", "pid-file=pid", "log-file=log", "seed-file=seed"].map(
          (option) => `--${option.replace("=", `=${at("munge")}/`)}`,
        ),
      ],
      { uid, gid, stdio: "ignore" },
    ),
  ];
  await until(() => existsSync(at("munge/socket")), "munged");
  daemons.push(spawn("/usr/sbin/slurmctld", ["-D"], { env: environment, stdio: "ignore" }));
  daemons.push(spawn("/usr/sbin/slurmd", ["-D"], { env: environment, stdio: "ignore" }));
  const call = (command: string, ...args: string[]) =>
    execFileSync(command, args, { env: environment, encoding: "utf8" });
  const logs = () =>
    ["slurmctld.log", "slurmd.log"]
      .map((name) => readFileSync(at(name), "utf8").split("\n").slice(-20).join("\n"))
      .join("\n");
  const idle = () =>
    spawnSync("sinfo", ["--noheader", "--format=%T"], { env: environment, encoding: "utf8" }).stdout;
  const stop = async () => {
    spawnSync("scancel", ["--user=root"], { env: environment });
    for (const child of daemons.toReversed()) {
      if (child.exitCode !== null) continue;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await Promise.race([ended, sleep(10_000).then(() => child.kill("SIGKILL"))]);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until(() => idle().trim() === "idle", "SLURM's node");
  } catch (cause) {
    const said = logs();
    await stop();
    throw new Error(`${(cause as Error).message}\n${said}`);
  }
  return { configuration: at("slurm.conf"), call, logs, stop };
}

/** Waits for something to become true. */
export async function until(happens: () => boolean, what: string, seconds = 60): Promise<void> {
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(100)) {
    if (happens()) return;
  }
  throw new Error(`${what}: not within ${seconds} s`);
}

function munge(): { uid: number; gid: number } {
  const [, , uid, gid] = execFileSync("getent", ["passwd", "munge"], { encoding: "utf8" }).split(":");
  return { uid: Number(uid), gid: Number(gid) };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
