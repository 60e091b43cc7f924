import { resolve } from "node:path";
import { isTemplateFile } from "../datasets/templates/template-file.js";
import type { Config } from "../domain/config/schema.js";

/** A configuration with the paths of its data, templates and recipes as they are meant in a folder. */
export function withPathsIn(config: Config, directory: string): Config {
  const { rewrites, scoring } = config;
  const absolute = (path: string) => resolve(directory, path);
  const each = <Names extends string | string[]>(names: Names, one: (name: string) => string): Names =>
    (typeof names === "string" ? one(names) : names.map(one)) as Names;
  const file = rewrites?.data?.file;
  return {
    ...config,
    ...(rewrites && {
      rewrites: {
        ...rewrites,
        dataset_name: each(rewrites.dataset_name, (name) => (isTemplateFile(name) ? absolute(name) : name)),
        ...(rewrites.data && {
          data: { ...rewrites.data, ...(file !== undefined && { file: each(file, absolute) }) },
        }),
      },
    }),
    ...(scoring && {
      scoring: {
        ...scoring,
        model: each(scoring.model, (name) =>
          isRecipeFile(name) && !scoring.serving?.[name] ? absolute(name) : name,
        ),
      },
    }),
  };
}

function isRecipeFile(name: string): boolean {
  return /\.ya?ml$/.test(name);
}
