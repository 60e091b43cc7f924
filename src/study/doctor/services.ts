import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "../../datasets/sources/hub.js";
import { withoutKeys } from "../../domain/child-environment.js";
import { exists } from "../../storage/project/project.js";
import { about, type DoctorWorld, type Finding } from "./finding.js";

const TIMEOUT_MS = 5000;

/** Providers by the variable that holds their key. */
export const PROVIDERS = {
  OPENAI_API_KEY: { name: "OpenAI", url: "OPENAI_BASE_URL", own: "https://api.openai.com/v1" },
  ANTHROPIC_API_KEY: { name: "Anthropic", url: "ANTHROPIC_BASE_URL", own: "https://api.anthropic.com" },
} as const;
export type KeyName = keyof typeof PROVIDERS;

/** Whether a key is there and could be one; what it is is never told. `needed` names what asks for it. */
export function checkKey(
  name: KeyName | "HF_TOKEN",
  needed: string | null,
  { environment }: DoctorWorld,
): Finding {
  const finding = about(name);
  const key = environment[name];
  if (!key) {
    if (needed === null) return finding.absent("not set", null);
    return finding.missing(
      `not set, and needed for ${needed}`,
      `put ${name}=… into .env, or set it in the environment`,
    );
  }
  if (/\s/.test(key))
    return finding.missing(
      "set, but it holds a space or a line break",
      "copy the key again, without quotes and spaces",
    );
  return finding.ok("set (not shown)");
}

/** Asks an OpenAI-compatible endpoint, or Anthropic's, for its list of models: free, and it tells whether the key is taken. */
export async function checkEndpoint(
  name: KeyName,
  baseUrl: string | undefined,
  needed: boolean,
  { environment, fetch }: DoctorWorld,
): Promise<Finding> {
  const { name: provider, own } = PROVIDERS[name];
  const url = baseUrl ?? own;
  const finding = about(`endpoint ${hostOf(url)}`);
  const key = environment[name];
  const headers: Record<string, string> =
    name === "OPENAI_API_KEY"
      ? key
        ? { authorization: `Bearer ${key}` }
        : {}
      : { "anthropic-version": "2023-06-01", ...(key && { "x-api-key": key }) };
  const path = name === "OPENAI_API_KEY" ? "/models" : "/v1/models";
  const bad = needed ? finding.missing : finding.warning;
  if (!URL.canParse(url) || new URL(url).username !== "" || new URL(url).password !== "")
    return bad(
      "the address is none, or holds a name and password, which is not sent",
      `correct the address (${PROVIDERS[name].url}, base_url); a key belongs into ${name}`,
    );
  try {
    const answer = await fetch(`${url.replace(/\/+$/, "")}${path}`, {
      headers,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body: unknown = await answer.json().catch(() => null);
    if (answer.status === 401 || answer.status === 403)
      return bad(`refuses the key (${answer.status})`, `put a valid ${name} into .env`);
    if (!answer.ok)
      return finding.warning(
        `answers ${answer.status} when asked for its models; chat may still work`,
        `see that ${url === own ? provider : "the server"} is up, and that the address ends where its API begins (often /v1)`,
      );
    const models = (body as { data?: unknown } | null)?.data;
    return finding.ok(`answers${Array.isArray(models) ? `, ${models.length} models` : ""}`);
  } catch (cause) {
    return bad(
      `cannot be reached (${reasonOf(cause)})`,
      baseUrl === undefined
        ? "see that this machine reaches the Internet (HTTPS_PROXY names a proxy)"
        : "start the server, or correct base_url",
    );
  }
}

/** Host and path without a user's name and password. */
function hostOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname === "/" ? "" : pathname}`;
  } catch {
    return "(no address)";
  }
}

function reasonOf(cause: unknown): string {
  const { name, message, cause: inner } = cause as Error & { cause?: { code?: unknown; message?: string } };
  if (name === "TimeoutError") return `no answer in ${TIMEOUT_MS / 1000} s`;
  return String(inner?.code ?? inner?.message ?? message);
}

/** The cache that the Python libraries use too, and what is in it. */
export async function checkHub({ environment }: DoctorWorld): Promise<Finding> {
  const finding = about("Hugging Face cache");
  const folder = cacheFolder(environment);
  const names = await readdir(folder).catch(() => [] as string[]);
  const kinds = ["models", "datasets"].map((kind) => {
    const own = names
      .filter((name) => name.startsWith(`${kind}--`))
      .map((name) => name.split("--").slice(1).join("/"));
    return `${own.length} ${kind}${own.length > 0 && own.length <= 5 ? ` (${own.join(", ")})` : ""}`;
  });
  const offline = environment.HF_HUB_OFFLINE ? "; HF_HUB_OFFLINE is set: nothing is fetched" : "";
  return names.length === 0
    ? finding.absent(`empty (${folder})${offline}`, null)
    : finding.ok(`${kinds.join(", ")} in ${folder}${offline}`);
}

/** Python with torch and transformers, which only the reward server needs. */
export async function checkPython(
  { environment, home }: DoctorWorld,
  needed: string | null,
): Promise<Finding> {
  const finding = about("Python for the reward server");
  const own = join(home, "build", "reward-server", "bin", "python");
  const command = (await exists(own)) ? own : (environment.PYTHON ?? "python3");
  const script =
    "import sys, torch, transformers; print(sys.version.split()[0], torch.__version__, transformers.__version__, torch.cuda.device_count())";
  const versions = await output(command, ["-c", script], environment, 60_000);
  const next = "make reward-server MODEL=org/name sets it up (Python 3.11, several GB)";
  if (versions) {
    const [python, torch, transformers, devices] = versions.trim().split(" ");
    return finding.ok(
      `Python ${python}, torch ${torch}, transformers ${transformers}, ${devices === "0" ? "no GPU" : `${devices} GPUs`}`,
    );
  }
  const python = await output(command, ["--version"], environment);
  const found = python ? `${python.trim()} without torch and transformers` : "no Python";
  return needed === null
    ? finding.absent(found, null)
    : finding.missing(`${found}, and ${needed} needs it`, next);
}

export async function checkSlurm({ environment }: DoctorWorld): Promise<Finding> {
  const finding = about("SLURM");
  const { PARTITION: partition } = environment;
  const version = await output("sbatch", ["--version"], environment);
  if (!version) {
    const next = "run on a login node of the cluster, or use make demo and bin/rate run, which need none";
    return partition
      ? finding.missing(`PARTITION=${partition} is set, and there is no sbatch here`, next)
      : finding.absent("no sbatch here", null);
  }
  const partitions = await output("sinfo", ["--noheader", "--format=%R"], environment);
  if (partitions === null)
    return finding.missing(
      `${version.trim()}, and sinfo fails: the controller does not answer`,
      "ask the cluster's administrators; sinfo shows the error",
    );
  const names = [
    ...new Set(
      partitions
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean),
    ),
  ];
  const known = names.slice(0, 20).join(", ");
  if (!partition)
    return finding.warning(
      `${version.trim()}; PARTITION is not set (partitions: ${known})`,
      "put PARTITION=… into .env for the make targets",
    );
  if (!names.includes(partition))
    return finding.missing(
      `there is no partition ${partition} (partitions: ${known})`,
      "correct PARTITION in .env",
    );
  return finding.ok(`${version.trim()}, partition ${partition}`);
}

/** What a command prints; null when it is not there, fails, or takes too long. */
async function output(
  command: string,
  args: readonly string[],
  environment: DoctorWorld["environment"],
  timeout = TIMEOUT_MS,
): Promise<string | null> {
  const env = { ...withoutKeys(environment), HOME: environment.HOME ?? homedir() } as NodeJS.ProcessEnv;
  const done = await promisify(execFile)(command, args, { timeout, env }).catch(() => null);
  return done?.stdout ?? null;
}
