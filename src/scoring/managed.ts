import { type ChildProcess, spawn } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { keysIn, withoutKeys } from "../domain/child-environment.js";
import { inputError, workError } from "../domain/errors.js";
import { escapeControls } from "../domain/escape-controls.js";
import { keyMask } from "../domain/mask-keys.js";
import type { Recipe } from "../domain/recipe.js";
import type { RewardModel } from "../domain/reward-model.js";
import type { Serving } from "../domain/serving.js";
import { HOME } from "../storage/package/folders.js";
import { readHealth, serverRecipe } from "./http/reward-server.js";
import { openModelFiles } from "./in-process/model-files.js";
import { openServedModel, type ScorerWorld } from "./served.js";

const SCRIPT = join(HOME, "reward-server", "reward_server.py");
/** The environment that `make reward-server-python` makes. */
const OWN_PYTHON = join(HOME, "build", "reward-server", "bin", "python");
const REQUIREMENTS = join(HOME, "reward-server", "requirements.txt");

const POLL_MS = 300;
const SAY_MS = 15_000;
/** So long a server may take to end by itself. */
const GRACE_MS = 5000;
const KEPT_LINES = 12;

/**
 * Starts the repository's reward server with a recipe's model, opens the model behind it, and ends the server with it. Throws when Python or its
 * libraries are missing, or the model cannot be loaded, with the end of the server's log.
 */
export async function openManagedModel(
  recipe: Recipe,
  serving: Serving,
  world: ScorerWorld,
): Promise<RewardModel> {
  const { environment, say, signal } = world;
  signal?.throwIfAborted();
  const { commit } = await openModelFiles(recipe, world);
  const python = serving.python ?? environment.RATE_PYTHON ?? (await ownPython());
  const log = world.openLog?.(`reward_server_${recipe.name}`);
  const hide = keyMask(keysIn(environment));
  const child = withoutKeys({ ...process.env, ...environment }, keptKeys(recipe, environment));
  const server = new Server(python, argumentsFor(recipe, commit), child, (line) => log?.write(hide(line)));
  try {
    say(`starts the reward server with ${recipe.model}${log ? ` (its log: ${log.path})` : ""}`);
    const url = await server.ready(say, signal);
    const model = await openServedModel(
      recipe,
      "reward-server",
      { ...serving, endpoints: [url] },
      { ...world, fetch: server.guard(world.fetch) },
    );
    const { endpoints, runtime, ...facts } = model.facts;
    return {
      ...model,
      facts: { ...facts, runtime: "transformers" },
      exclusive: true,
      dispose: () => server.stop(),
    };
  } catch (cause) {
    await server.stop();
    throw cause;
  }
}

function argumentsFor(recipe: Recipe, commit: string | null): string[] {
  return [
    SCRIPT,
    ...["--recipe", JSON.stringify(serverRecipe(recipe, commit))],
    ...["--port", "0", "--stop-with-parent"],
  ];
}

/**
 * The keys that a server needs to load its model. A model's own code could send a key anywhere, so a recipe that trusts
 * remote code gets none, unless RATE_PASS_HF_TOKEN says so.
 */
function keptKeys({ trustRemoteCode }: Recipe, environment: ScorerWorld["environment"]): string[] {
  const isWanted = /^(?:1|true|yes)$/i.test(environment.RATE_PASS_HF_TOKEN ?? "");
  return trustRemoteCode && !isWanted ? [] : ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "RATE_PASS_HF_TOKEN"];
}

async function ownPython(): Promise<string> {
  return (await stat(OWN_PYTHON).catch(() => null)) ? OWN_PYTHON : "python3";
}

/** A reward server of this process, in a process group of its own: Ctrl-C lets what is under way come to rest. */
class Server {
  private readonly child: ChildProcess;
  private readonly lines: string[] = [];
  private readonly port: Promise<number>;
  private readonly gone: Promise<void>;
  private ended: string | null = null;
  private stopping = false;
  private readonly killAtExit = () => this.child.kill("SIGKILL");

  constructor(
    private readonly python: string,
    args: readonly string[],
    environment: ScorerWorld["environment"],
    write: (line: string) => void,
  ) {
    this.child = spawn(python, args, {
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
      env: { ...environment, PYTHONUNBUFFERED: "1" },
    });
    process.once("exit", this.killAtExit);
    const note = (line: string) => {
      const shown = escapeControls(line);
      write(shown);
      this.lines.push(shown);
      if (this.lines.length > KEPT_LINES) this.lines.shift();
    };
    createInterface({ input: this.child.stderr! }).on("line", note);
    this.child.stdin!.on("error", () => undefined);
    this.port = new Promise((resolve) => {
      createInterface({ input: this.child.stdout! }).on("line", (line) => {
        const found = /^\{"port": ?(\d+)\}$/.exec(line);
        if (found) resolve(Number(found[1]));
        else note(line);
      });
    });
    this.gone = new Promise((resolve) => {
      const end = (why: string) => {
        this.ended ??= why;
        process.removeListener("exit", this.killAtExit);
        resolve();
      };
      this.child.once("error", (cause) => end(cause.message));
      this.child.once("close", (code, killer) =>
        end(killer ? `was ended by ${killer}` : `ended with code ${code}`),
      );
    });
  }

  /** The address, once the model is loaded. */
  async ready(say: (line: string) => void, signal: AbortSignal | undefined): Promise<string> {
    const started = Date.now();
    let said = started;
    const port = await Promise.race([this.port, this.gone, aborted(signal)]);
    for (;;) {
      signal?.throwIfAborted();
      if (this.ended !== null) throw this.failure();
      const url = `http://127.0.0.1:${port}`;
      const health = await fetch(`${url}/health`).then(
        (reply) => reply.json(),
        () => null,
      );
      const { status, error } =
        health === null ? { status: "loading", error: undefined } : readHealth(health);
      if (status === "ready") return url;
      if (status === "failed") throw this.failure(error);
      if (Date.now() - said > SAY_MS) {
        said = Date.now();
        const last = this.lines.at(-1);
        say(`loads the model: ${Math.round((said - started) / 1000)} s${last ? `, ${last.slice(-80)}` : ""}`);
      }
      await sleep(POLL_MS);
    }
  }

  /** The same `fetch`, that says what became of the server instead of trying a dead one for long. */
  guard(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
    return async (input, init) => {
      try {
        return await fetch(input, init);
      } catch (cause) {
        // The end of a process is seen a moment after that of its connections.
        await Promise.race([this.gone, sleep(100)]);
        if (this.ended !== null && !this.stopping) throw this.failure();
        throw cause;
      }
    };
  }

  async stop(): Promise<void> {
    if (this.stopping || this.ended !== null) return this.gone;
    this.stopping = true;
    this.child.stdin!.end();
    this.child.kill("SIGTERM");
    const late = setTimeout(() => this.child.kill("SIGKILL"), GRACE_MS);
    await this.gone;
    clearTimeout(late);
  }

  private failure(error?: string): Error {
    const log = this.lines.join("\n");
    const install = `make reward-server-python, or: ${this.python} -m pip install -r ${REQUIREMENTS}; another Python: scoring.python, --python or RATE_PYTHON`;
    if (this.ended?.includes("ENOENT")) {
      return inputError(`there is no Python at ${this.python}, which runtime transformers needs\n${install}`);
    }
    const missing = /ModuleNotFoundError: No module named '([^']+)'/.exec(`${error ?? ""}\n${log}`)?.[1];
    if (missing !== undefined)
      return inputError(`${this.python} has no ${missing}, which the model needs\n${install}`);
    const what =
      error === undefined
        ? `the reward server ${this.ended}`
        : `the reward server could not load the model: ${error}`;
    return workError(`${what}; what has been scored is kept${log ? `\n${log}` : ""}`);
  }
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
}
