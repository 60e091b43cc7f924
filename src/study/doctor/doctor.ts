import type { Config } from "../../domain/config/schema.js";
import { checkConfigNeeds } from "./config.js";
import type { DoctorWorld, Finding } from "./finding.js";
import {
  checkClock,
  checkDisk,
  checkEnvFile,
  checkGroup,
  checkNode,
  checkProject,
  checkRuntime,
} from "./machine.js";
import {
  checkEndpoint,
  checkHub,
  checkKey,
  checkPython,
  checkSlurm,
  type KeyName,
  PROVIDERS,
} from "./services.js";

/** Looks at what is set up and what is missing: for what a configuration needs, where one is given, else in general. Costs nothing, but for one short request to each language model that a configuration asks. */
export async function examine(world: DoctorWorld, config: Config | null): Promise<Finding[]> {
  const machine = await Promise.all([
    checkEnvFile(world),
    checkProject(world),
    checkDisk(world),
    checkGroup(world),
    checkClock(world),
    checkRuntime(world),
  ]);
  const services = await Promise.all([checkHub(world), checkPython(world, null), checkSlurm(world)]);
  const own = config ? await checkConfigNeeds(config, world) : await checkProviders(world);
  const told = new Set(own.map(({ name }) => name));
  const token = checkKey("HF_TOKEN", null, world);
  return [checkNode(), ...machine, ...own, ...[token, ...services].filter(({ name }) => !told.has(name))];
}

/** Every provider that has a key or an address. */
async function checkProviders(world: DoctorWorld): Promise<Finding[]> {
  const findings = await Promise.all(
    (Object.keys(PROVIDERS) as KeyName[]).map(async (name) => {
      const key = checkKey(name, null, world);
      const baseUrl = world.environment[PROVIDERS[name].url];
      if (key.status === "absent" && baseUrl === undefined) return [key];
      return [key, await checkEndpoint(name, baseUrl, false, world)];
    }),
  );
  return findings.flat();
}
