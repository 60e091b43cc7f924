import { inputError } from "../../domain/errors.js";
import type { Served, ServedModel } from "./server-adapter.js";

/** Which model a server has to serve. */
export interface WantedModel {
  /** The recipe's name, for errors. */
  readonly recipe: string;
  /** The recipe's model: a name on the Hub, or a folder. */
  readonly model: string;
  /** The name under which a server serves it, where that differs on purpose. */
  readonly servedModel?: string | undefined;
}

/**
 * The server's description with the model that is asked for. What a server says of its models is compared with the recipe: the path or name that it
 * has loaded (`root`) counts, and its own name for it where it tells no other. A LoRA adapter is another model than its base.
 * @throws an input error that names both when it is another model, or when there are several and none was named
 */
export function identify(served: Served, wanted: WantedModel, endpoint: string): Served {
  const { models } = served;
  const { servedModel } = wanted;
  if (servedModel !== undefined) {
    const found =
      models.find(({ id }) => id === servedModel) ?? models.find(({ root }) => root === servedModel);
    if (found) return withModel(served, found);
    throw inputError(
      `${endpoint}: serves ${listed(models)}; served_model of ${wanted.recipe} is ${JSON.stringify(servedModel)}; give it one of the names served there`,
    );
  }
  const [first] = models;
  if (first === undefined) throw inputError(`${endpoint}: names no model that it serves`);
  if (differ(models)) {
    throw inputError(
      `${endpoint}: serves several models: ${listed(models)}; say which one is meant by ${wanted.recipe} (${wanted.model}): served_model in scoring, or in the recipe (--served-model NAME)`,
    );
  }
  if (isAdapter(first) || !isSameModel(wanted.model, first.root ?? first.id)) {
    throw inputError(
      `${endpoint}: serves ${described(first)}, but the recipe ${wanted.recipe} is for ${wanted.model}; start the server with that model, or, where it is meant so, say served_model: ${JSON.stringify(first.id)} in scoring, or in the recipe (--served-model)`,
    );
  }
  return withModel(served, first);
}

function withModel(served: Served, { id, root, parent, maxTokens }: ServedModel): Served {
  const facts = { ...served.facts, model: id, ...(root && { root }), ...(parent && { lora_base: parent }) };
  return { ...served, model: id, facts, ...(maxTokens !== undefined && { maxTokens }) };
}

/** Several names of one model are one model. */
function differ(models: readonly ServedModel[]): boolean {
  const kinds = new Set(models.map((model) => `${model.root ?? model.id}\n${model.parent ?? ""}`));
  return kinds.size > 1;
}

function isAdapter({ parent }: ServedModel): boolean {
  return parent !== undefined && parent !== null && parent !== "";
}

function listed(models: readonly ServedModel[]): string {
  return models.map(described).join(", ") || "nothing";
}

function described(model: ServedModel): string {
  const { id, root, parent } = model;
  const loaded = root && root !== id ? `${id} (${root})` : id;
  return isAdapter(model) ? `${loaded}, a LoRA adapter of ${parent}` : loaded;
}

/** Names of folders that say nothing of what is in them. */
const GENERIC =
  /^(?:checkpoint|step|epoch|iter)?[-_]?\d*$|^(?:model|models|final|best|last|latest|merged|output|hf|main|[0-9a-f]{40})$/i;

/**
 * Whether two names mean the same model: equal names on the Hub, the Hub's cache folder of one, or folders of one name, which may lie elsewhere on
 * the server's machine. A folder whose name says nothing (`checkpoint-500`, `final`) needs the folder above it to agree too.
 */
export function isSameModel(wanted: string, said: string): boolean {
  const [a, b] = [plain(wanted), plain(said)];
  if (a === b) return true;
  if (!isPath(said)) return false;
  const [partsA, partsB] = [a.split("/"), b.split("/")];
  const last = partsA.at(-1)!;
  if (last === "" || last !== partsB.at(-1)) return false;
  return !GENERIC.test(last) || partsA.at(-2) === partsB.at(-2);
}

function isPath(name: string): boolean {
  return /^(?:[./~\\]|[A-Za-z]:[\\/])/.test(name) || name.split(/[\\/]/).length > 2;
}

/** Without what differs between spellings of one name. */
function plain(name: string): string {
  const cached = /models--([^/\\]+?)--([^/\\]+)/.exec(name);
  const base = cached ? `${cached[1]}/${cached[2]}` : name;
  return base
    .replaceAll("\\", "/")
    .replace(/^(?:\.\/)+/, "")
    .replace(/\/+$/, "")
    .toLowerCase();
}
