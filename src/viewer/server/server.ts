import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import { inputError } from "../../domain/errors.js";
import type { ColumnNames } from "../../storage/examples/layout.js";
import { built } from "../../storage/package/folders.js";
import { Catalog, type Entry } from "./catalog.js";
import { ExampleFile } from "./example-file.js";
import { exampleAnswer, examplesAnswer, rewardsElsewhere } from "./examples.js";
import { filterFrom } from "./filter.js";
import { projectAnswer, resultAnswer } from "./project.js";
import { STYLE } from "./style.js";

export interface ViewerOptions {
  /** Folders and files to show. */
  readonly paths: readonly string[];
  /** 0 takes a free one. */
  readonly port: number;
  /** The columns of scores made elsewhere. */
  readonly columns?: ColumnNames | undefined;
}

export interface Viewer {
  readonly url: string;
  close(): Promise<void>;
}

/** Indexes kept in memory at once. */
const MOST_OPEN = 8;
/** Other files are looked into for rewards of the same texts when they are no larger than this. */
const MOST_ELSEWHERE = 64 << 20;

/** So long after reading has begun an answer waits for the file to be read: a small one is in a moment, of a large one the first rows are. */
const SOON_MS = 200;

const ADDRESS = "127.0.0.1";
/** Names that a browser on this machine calls the server by; any other one comes from a page that had its name pointed here. */
const HOSTS = ["127.0.0.1", "localhost"];

const HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cache-Control": "no-store",
} as const;

/** Figures and reports are shown as they are, with no script and no request, and in an origin of their own. */
const FIGURE_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:";

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>RATE</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/style.css">
<script type="module" src="/page.js"></script>
</head>
<body><div id="page"><noscript>This page needs JavaScript; it asks nothing but this machine.</noscript></div></body>
</html>
`;

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0072b2"/><path d="M3 8h10M8 4v8" stroke="#fff" stroke-width="1.6"/><circle cx="8" cy="8" r="2.4" fill="#fff"/></svg>`;

/** Starts the server. It listens on this machine alone, answers GET alone, and writes nothing. Throws when something given is not there or the port is taken. */
export async function startViewer({ paths, port, columns }: ViewerOptions): Promise<Viewer> {
  const catalog = await Catalog.open(paths, { columns });
  const viewer = new Files(catalog);
  const server = createServer((request, response) => {
    answer(request, response, catalog, viewer).catch((error: Error) => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: error.message });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === "EADDRINUSE"
          ? inputError(`--port ${port}: the port is taken; leave --port out to take a free one`, cause)
          : inputError(`--port ${port}: cannot be listened on (${cause.message})`, cause),
      ),
    );
    server.listen(port, ADDRESS, resolve);
  });
  await viewer.begin();
  return {
    url: `http://${ADDRESS}:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.close();
      server.closeAllConnections();
      await viewer.close();
    },
  };
}

/** The files whose examples are being looked at. */
class Files {
  private readonly open = new Map<string, ExampleFile>();

  constructor(private readonly catalog: Catalog) {}

  /** Begins to read where there is one file alone: it is what will be asked for. */
  async begin(): Promise<void> {
    const entries = (await this.catalog.all()).filter(({ content }) => content.kind === "examples");
    if (entries.length === 1) await this.begun(entries[0]!);
  }

  /** The index of an entry's examples, as far as it has come; null for what holds none. */
  async of(entry: Entry): Promise<ExampleFile | null> {
    const file = await this.begun(entry);
    const left = SOON_MS - (file?.reading ?? SOON_MS);
    if (file && left > 0) await Promise.race([file.settled(), setTimeout(left, undefined, { ref: false })]);
    return file;
  }

  private async begun({ path, content }: Entry): Promise<ExampleFile | null> {
    if (content.kind !== "examples") return null;
    const file = this.open.get(path) ?? new ExampleFile(path, content.form, this.catalog.query);
    this.open.delete(path);
    this.open.set(path, file);
    for (const [oldest, other] of this.open) {
      if (this.open.size <= MOST_OPEN) break;
      this.open.delete(oldest);
      void other.close();
    }
    await file.refresh();
    return file;
  }

  /** Other files that may have rewards of the same texts, as far as they have been read. */
  async besides(own: Entry): Promise<{ name: string; file: ExampleFile }[]> {
    const others = (await this.catalog.all())
      .filter(
        ({ name, content, size }) =>
          name !== own.name &&
          content.kind === "examples" &&
          content.form !== "journal" &&
          size <= MOST_ELSEWHERE,
      )
      .slice(0, MOST_OPEN - 2);
    const found = await Promise.all(
      others.map(async (other) => ({ name: other.name, file: await this.begun(other) })),
    );
    return found.flatMap(({ name, file }) => (file ? [{ name, file }] : []));
  }

  async close(): Promise<void> {
    await Promise.all([...this.open.values()].map((file) => file.close()));
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  catalog: Catalog,
  files: Files,
): Promise<void> {
  const host = (request.headers.host ?? "").replace(/:\d+$/, "");
  if (!HOSTS.includes(host))
    return sendJson(response, 421, { error: "this server answers to 127.0.0.1 alone" });
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    return sendJson(response, 405, { error: "only GET is answered" });
  }
  const site = request.headers["sec-fetch-site"];
  const isVisit = request.headers["sec-fetch-mode"] === "navigate";
  if (site === "cross-site" && !isVisit)
    return sendJson(response, 403, { error: "other pages get no answer" });
  const url = URL.canParse(request.url ?? "", "http://view") ? new URL(request.url!, "http://view") : null;
  switch (url?.pathname) {
    case "/":
    case "/examples":
    case "/result":
      return send(response, 200, "text/html; charset=utf-8", PAGE);
    case "/style.css":
      return send(response, 200, "text/css; charset=utf-8", STYLE);
    case "/icon.svg":
      return send(response, 200, "image/svg+xml", ICON);
    case "/page.js":
      return send(
        response,
        200,
        "text/javascript; charset=utf-8",
        await readFile(built("viewer/page.js"), "utf8"),
      );
    case "/api/project":
      return sendJson(response, 200, projectAnswer(catalog, await catalog.all()));
    case "/api/result":
      return sendResult(response, url.searchParams, catalog);
    case "/api/examples":
    case "/api/example":
      return sendExamples(response, url, catalog, files);
    case "/file":
      return sendFigure(response, url.searchParams, catalog);
    default:
      return sendJson(response, 404, { error: "there is no such page" });
  }
}

async function sendResult(response: ServerResponse, query: URLSearchParams, catalog: Catalog): Promise<void> {
  const entry = await catalog.find(query.get("file") ?? "");
  const found = entry && resultAnswer(entry, Number(query.get("index") ?? 0), await catalog.all());
  if (found) sendJson(response, 200, found);
  else sendJson(response, 404, { error: "there is no such result (any more)" });
}

async function sendExamples(
  response: ServerResponse,
  url: URL,
  catalog: Catalog,
  files: Files,
): Promise<void> {
  const query = url.searchParams;
  const entry = await catalog.find(query.get("file") ?? "");
  const file = entry && (await files.of(entry));
  if (!entry || !file)
    return sendJson(response, 404, { error: "there is no such file of examples (any more)" });
  const filter = filterFrom(query);
  if (url.pathname === "/api/examples") {
    const page = Number(query.get("page") ?? 1);
    return sendJson(
      response,
      200,
      await examplesAnswer(file, entry.name, filter, Number.isInteger(page) ? page : 1),
    );
  }
  const found = await exampleAnswer(file, entry.name, query.get("id") ?? "", filter);
  if (!found) {
    if (!file.complete) return sendJson(response, 202, { error: "the file is still being read" });
    return sendJson(response, 404, { error: "the file has no example of this id" });
  }
  const others = await files.besides(entry);
  const elsewhere = await rewardsElsewhere(found, others);
  const reading = others.some((other) => !other.file.complete);
  sendJson(response, 200, { ...found, models: [...found.models, ...elsewhere], reading });
}

async function sendFigure(response: ServerResponse, query: URLSearchParams, catalog: Catalog): Promise<void> {
  const entry = await catalog.find(query.get("file") ?? "");
  if (entry?.content.kind !== "figure")
    return sendJson(response, 404, { error: "there is no such figure (any more)" });
  response.writeHead(200, {
    ...HEADERS,
    "Content-Security-Policy": FIGURE_POLICY,
    "Content-Type": entry.content.type,
  });
  const stream = createReadStream(entry.path);
  stream.on("error", () => response.destroy());
  stream.pipe(response);
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, "application/json; charset=utf-8", JSON.stringify(value));
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { ...HEADERS, "Content-Type": type });
  response.end(body);
}
