import { initialize } from "../init.js";

/** `rate init [DIR]` */
export async function run(_flags: object, [directory = "."]: readonly string[]): Promise<void> {
  const made = await initialize(directory);
  process.stdout.write(`${made.join("\n")}\nNext: edit config.yaml, then rate run --config config.yaml\n`);
}
