import { mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, relative } from "node:path";
import { inputError, workError } from "../../domain/errors.js";

/** A repository of the Hugging Face Hub at a revision (a branch, tag or commit). */
export interface HubRepo {
  readonly type: "model" | "dataset";
  /** For example `stanfordnlp/imdb`. */
  readonly name: string;
  readonly revision: string;
}

/** A repository whose revision is known to the commit, so that all its files belong together. */
export interface PinnedRepo extends HubRepo {
  readonly commit: string;
}

/** Read access to the Hub through the cache that the Python libraries use: what one has fetched, the other finds. */
export interface Hub {
  /** Finds out the commit of a revision. Throws when there is no such repository, or it is not open to this token. */
  pin(repo: HubRepo): Promise<PinnedRepo>;
  /** Paths of all files in a folder of the repository (`""` for all of it), sorted. */
  list(repo: PinnedRepo, folder: string): Promise<string[]>;
  /** The local path of a file, fetched if need be; null when the repository has no such file. */
  file(repo: PinnedRepo, path: string): Promise<string | null>;
}

export interface HubSetting {
  /** Read from it: HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_TOKEN_PATH, HF_ENDPOINT, HF_HUB_OFFLINE. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof fetch;
  readonly say: (line: string) => void;
}

const NAME = /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)?$/;
const COMMIT = /^[0-9a-f]{40}$/;
const SAFE_PATH = /^(?!\/)(?!.*(?:^|\/)\.\.?(?:\/|$))(?!.*\\)[^\0]+$/;

function homeFolder(environment: HubSetting["environment"]): string {
  return (
    environment.HF_HOME ??
    join(environment.XDG_CACHE_HOME ?? join(environment.HOME ?? homedir(), ".cache"), "huggingface")
  );
}

/** Where fetched files are kept, by the rules of `huggingface_hub`. */
export function cacheFolder(environment: HubSetting["environment"]): string {
  return (
    environment.HF_HUB_CACHE ?? environment.HUGGINGFACE_HUB_CACHE ?? join(homeFolder(environment), "hub")
  );
}

/** Opens the Hub. Nothing is asked of it before the first call. */
export function openHub(setting: HubSetting): Hub {
  const { environment } = setting;
  const [home, cache] = [homeFolder(environment), cacheFolder(environment)];
  const offline = /^(?:1|true|yes|on)$/i.test(environment.HF_HUB_OFFLINE ?? "");
  const folderOf = ({ type, name }: HubRepo) => join(cache, [`${type}s`, ...name.split("/")].join("--"));
  const connection = async () => {
    const token = await tokenOf(environment, home);
    return {
      fetch: setting.fetch,
      ...(token && { accessToken: token }),
      ...(environment.HF_ENDPOINT && { hubUrl: environment.HF_ENDPOINT.replace(/\/+$/, "") }),
    };
  };
  const snapshot = (repo: PinnedRepo, path: string) =>
    join(folderOf(repo), "snapshots", repo.commit, ...path.split("/"));

  return {
    async pin(repo) {
      if (!NAME.test(repo.name))
        throw inputError(`${repo.name}: is not the name of a repository on the Hub (org/name)`);
      if (COMMIT.test(repo.revision)) return { ...repo, commit: repo.revision };
      if (!SAFE_PATH.test(repo.revision))
        throw inputError(`${repo.name}: ${repo.revision} is not a branch, tag or commit`);
      const ref = join(folderOf(repo), "refs", ...repo.revision.split("/"));
      const known = await readFile(ref, "utf8").catch(() => null);
      if (offline) {
        if (known) return { ...repo, commit: known.trim() };
        throw notCached(repo, `revision ${repo.revision}`);
      }
      try {
        const commit = await askCommit(repo, await connection());
        await mkdir(dirname(ref), { recursive: true });
        await writeFile(ref, commit);
        return { ...repo, commit };
      } catch (cause) {
        if (!known || statusOf(cause) !== null) throw failure(cause, repo);
        setting.say(`the Hub cannot be reached; ${repo.name} is taken as it was fetched before`);
        return { ...repo, commit: known.trim() };
      }
    },

    async list(repo, folder) {
      if (offline) return listCached(snapshot(repo, "."), folder);
      const { listFiles } = await import("@huggingface/hub");
      const paths: string[] = [];
      try {
        const entries = listFiles({
          ...(await connection()),
          repo: { type: repo.type, name: repo.name },
          revision: repo.commit,
          recursive: true,
          ...(folder !== "" && { path: folder }),
        });
        for await (const entry of entries) if (entry.type === "file") paths.push(entry.path);
      } catch (cause) {
        if (statusOf(cause) === 404) return [];
        if (statusOf(cause) !== null) throw failure(cause, repo);
        return listCached(snapshot(repo, "."), folder);
      }
      return paths.sort();
    },

    async file(repo, path) {
      if (!SAFE_PATH.test(path)) throw inputError(`${repo.name}: ${path} is not a path in a repository`);
      const pointer = snapshot(repo, path);
      if (await isFile(pointer)) return pointer;
      if (offline) return null;
      try {
        return await fetchFile(repo, path, pointer, folderOf(repo), await connection(), setting.say);
      } catch (cause) {
        throw failure(cause, repo);
      }
    },
  };
}

type Connection = {
  readonly fetch: typeof fetch;
  readonly accessToken?: string;
  readonly hubUrl?: string;
};

async function askCommit(repo: HubRepo, connection: Connection): Promise<string> {
  const { datasetInfo, modelInfo } = await import("@huggingface/hub");
  const { name, revision } = repo;
  const { sha } =
    repo.type === "dataset"
      ? await datasetInfo({ ...connection, name, revision, additionalFields: ["sha"] })
      : await modelInfo({ ...connection, name, revision, additionalFields: ["sha"] });
  if (!COMMIT.test(sha)) throw workError(`${repo.name}: the Hub names no commit for ${repo.revision}`);
  return sha;
}

/** Content under its hash in `blobs/`, and a relative link to it in the snapshot: the layout of huggingface_hub. */
async function fetchFile(
  repo: PinnedRepo,
  path: string,
  pointer: string,
  folder: string,
  connection: Connection,
  say: (line: string) => void,
): Promise<string | null> {
  const { downloadFile, pathsInfo } = await import("@huggingface/hub");
  const where = { ...connection, repo: { type: repo.type, name: repo.name }, revision: repo.commit };
  const [info] = await pathsInfo({ ...where, paths: [path] });
  if (info?.type !== "file") return null;
  const hash = info.lfs?.oid ?? info.oid ?? "";
  if (!/^[0-9a-f]{40,64}$/.test(hash))
    throw workError(`${path} of ${repo.name}: the Hub gives no hash of it`);
  const blob = join(folder, "blobs", hash);
  if (!(await isFile(blob))) {
    say(`fetches ${path} of ${repo.name} (${megabytes(info.size)})`);
    const content = await downloadFile({ ...where, path });
    if (!content) return null;
    await mkdir(dirname(blob), { recursive: true });
    // Several processes may fetch at once: each into a file of its own, the last rename wins.
    const partial = `${blob}.${process.pid}.incomplete`;
    try {
      await writeFile(partial, content.stream());
      const { size } = await stat(partial);
      if (size !== info.size)
        throw workError(`${path} of ${repo.name}: ${size} bytes came instead of ${info.size}; try again`);
      await rename(partial, blob);
    } finally {
      await rm(partial, { force: true });
    }
  }
  await mkdir(dirname(pointer), { recursive: true });
  await symlink(relative(dirname(pointer), blob), pointer).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "EEXIST") throw cause;
  });
  return pointer;
}

async function tokenOf(environment: HubSetting["environment"], home: string): Promise<string | null> {
  const given = environment.HF_TOKEN ?? environment.HUGGING_FACE_HUB_TOKEN;
  if (given) return given.trim();
  const saved = await readFile(environment.HF_TOKEN_PATH ?? join(home, "token"), "utf8").catch(() => "");
  return saved.trim() || null;
}

async function listCached(root: string, folder: string): Promise<string[]> {
  const names = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(() => []);
  return names
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toPrecision(2)} MB`;
}

/** The HTTP status of the Hub's answer; null when there was no answer. */
function statusOf(cause: unknown): number | null {
  const status = (cause as { statusCode?: unknown }).statusCode;
  return typeof status === "number" ? status : null;
}

function notCached({ name, type }: HubRepo, what: string): Error {
  return inputError(
    `${name}: ${what} of this ${type} is not in the cache, and HF_HUB_OFFLINE forbids to fetch it`,
  );
}

function failure(cause: unknown, { name, type, revision }: HubRepo): unknown {
  const status = statusOf(cause);
  if (status === 401 || status === 403)
    return inputError(
      `${name}: the Hub lets no one read this ${type} without permission (${status}); accept its terms on the Hub and set HF_TOKEN`,
      cause,
    );
  if (status === 404)
    return inputError(`${name}: the Hub has no such ${type} at revision ${revision} (404)`, cause);
  if (cause instanceof Error && cause.name === "RateError") return cause;
  return workError(
    `${name}: cannot be fetched from the Hub (${(cause as Error).message}); try again, or set HF_HUB_OFFLINE=1 to use what is in the cache`,
    cause,
  );
}
