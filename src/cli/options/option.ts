import { Option } from "commander";

/** The headings under which the help lists options. */
export const OPTION_GROUPS = {
  input: "Input:",
  data: "Your own data:",
  rewriter: "Rewriter:",
  models: "Reward models:",
  cost: "Amount and cost:",
  statistics: "Statistics:",
  limits: "Limits:",
  job: "Job:",
  output: "Output:",
  everywhere: "Everywhere:",
} as const;
export type OptionGroup = keyof typeof OPTION_GROUPS;

/** An option of the command line, with the name and the type of its value as its declaration says them. */
export interface Declared<Key extends string = string, Value = unknown, Always extends boolean = boolean> {
  readonly option: Option;
  /** For the compiler; never set. */
  readonly type?: { readonly key: Key; readonly value: Value; readonly always: Always };
}

interface Settings {
  readonly choices?: readonly string[];
  /** Reads the value; throws commander's InvalidArgumentError with what was expected. */
  readonly parse?: (text: string) => unknown;
  readonly default?: unknown;
  readonly required?: true;
}

type Camel<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;
type Word<Usage extends string> = Usage extends `${infer Name} ${string}` ? Name : Usage;
type KeyOf<Usage extends string> = Usage extends `--no-${infer Name}`
  ? Camel<Word<Name>>
  : Usage extends `--${infer Name}`
    ? Camel<Word<Name>>
    : never;
type Several<Usage extends string, One> = Usage extends `${string}...>` ? One[] : One;
type ValueOf<Usage extends string, Given> = Given extends { choices: readonly (infer Choice)[] }
  ? Several<Usage, Choice>
  : Given extends { parse: (text: string) => infer Parsed }
    ? Parsed
    : Usage extends `${string}<${string}`
      ? Several<Usage, string>
      : boolean;
type AlwaysOf<Given> = Given extends { default: unknown } | { required: true } ? true : false;

/**
 * Declares an option as commander spells it: `--cluster-by <field>`, `--model <name...>`, `--json`, `--no-cache`. Its flag is
 * `clusterBy`, a string; several strings; a boolean; `cache`, false where it was given.
 */
export function option<const Usage extends string, const Given extends Settings = Record<never, never>>(
  group: OptionGroup,
  usage: Usage,
  description: string,
  settings?: Given,
): Declared<KeyOf<Usage>, ValueOf<Usage, Given>, AlwaysOf<Given>> {
  const made = new Option(usage, description).helpGroup(OPTION_GROUPS[group]);
  const { choices, parse, default: fallback, required }: Settings = settings ?? {};
  if (choices) made.choices(choices);
  if (parse) made.argParser(parse);
  if (fallback !== undefined) made.default(fallback);
  if (required) made.makeOptionMandatory();
  return { option: made };
}

type Optional<Options> = Extract<Options, { readonly type?: { readonly always: false } }>;
type Flat<Type> = { [Key in keyof Type]: Type[Key] };
type TypeOf<Options extends Declared> = NonNullable<Options["type"]>;

/** The flags that a set of options gives: `FlagsIn<typeof clusterBy | typeof json>`. */
export type FlagsIn<Options extends Declared> = Flat<
  {
    readonly [One in Exclude<Options, Optional<Options>> as TypeOf<One>["key"]]: TypeOf<One>["value"];
  } & {
    readonly [One in Optional<Options> as TypeOf<One>["key"]]?: TypeOf<One>["value"];
  }
>;
