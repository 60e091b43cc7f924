/** Compiles `assembly/` to WebAssembly, as modules that hold its bytes: they load as other code does, without a file to look for. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { main } from "assemblyscript/asc";

for (const [source, built] of [["assembly/lines.ts", "dist/src/storage/examples/lines-wasm.js"]]) {
  let bytes;
  const { error, stderr } = await main(
    [source, "--outFile", "module.wasm", "-O3", "--runtime", "stub", "--enable", "simd"],
    {
      writeFile(_, contents) {
        bytes = contents;
      },
    },
  );
  if (error) throw new Error(`${source}: ${error.message}\n${stderr}`);
  mkdirSync(dirname(built), { recursive: true });
  writeFileSync(built, `export default new Uint8Array([${bytes}]);\n`);
}
