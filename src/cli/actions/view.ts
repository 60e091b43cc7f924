import { isatty } from "node:tty";
import { startViewer } from "../../viewer/server/server.js";
import { openCommandContext } from "../command-context.js";
import type { ViewFlags } from "../commands/view.js";
import { wantsBrowser } from "../desktop.js";
import { print } from "../terminal/print.js";

/** `rate view` */
export async function run(flags: ViewFlags, paths: readonly string[]): Promise<void> {
  const given = paths.length > 0 ? paths : [(await openCommandContext(flags.projectDir)).project.directory];
  const viewer = await startViewer({ paths: given, port: flags.port ?? 0, columns: flags.columns });
  const stopped = new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  print(viewer.url);
  process.stderr.write("Ctrl-C ends it.\n");
  if (flags.open ?? wantsBrowser(process.env, process.platform, isatty(1))) {
    const { default: open } = await import("open");
    const browser = await open(viewer.url).catch(() => null);
    browser?.once("error", () =>
      process.stderr.write("no browser could be opened; open the address by hand\n"),
    );
  }
  await stopped;
  await viewer.close();
}
