import assert from "node:assert/strict";
import { test } from "node:test";
import { loadOptional } from "../../../src/storage/package/optional.js";

/** Names that TypeScript does not look for. */
const ABSENT: string = "rate-package-that-is-not-there";
const BROKEN: string = "data:text/javascript,import 'rate-other-package'";

test("a package that is not installed is named, with how to install it", async () => {
  await assert.rejects(
    loadOptional("PDF figures need", [ABSENT], () => import(ABSENT)),
    {
      kind: "input",
      message: `PDF figures need ${ABSENT}, which is not installed: run npm install ${ABSENT}`,
    },
  );
  await assert.rejects(
    loadOptional("PDF figures need", ["other", ABSENT], () => import(ABSENT)),
    {
      message: `PDF figures need other and ${ABSENT}, not all of which are installed: run npm install other ${ABSENT}`,
    },
  );
});

test("a package that is there is loaded, and its own faults are passed on", async () => {
  assert.equal(await loadOptional("Sums need", ["node"], async () => 3), 3);
  const fault = new TypeError("a fault of the package");
  await assert.rejects(
    loadOptional("Sums need", ["node"], async () => {
      throw fault;
    }),
    fault,
  );
  await assert.rejects(
    loadOptional("Sums need", ["node-of-sums"], () => import(BROKEN)),
    (error: Error) => !error.message.includes("npm install"),
  );
});
