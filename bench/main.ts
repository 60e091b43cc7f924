import { cpus } from "node:os";
import { benchBootstrap } from "./bootstrap.js";
import { benchEffects } from "./effects.js";
import { line } from "./measure.js";
import { benchRequests } from "./requests.js";
import { benchScoring } from "./scoring.js";
import { benchStart } from "./start.js";

process.stdout.write(
  `${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}, Node.js ${process.version}\n\n`,
);
process.stdout.write(line("what", "measured", "goal"));
process.stdout.write(line("---", "---", "---"));
for (const bench of [benchStart, benchEffects, benchBootstrap, benchRequests, benchScoring])
  process.stdout.write(await bench());
