import type { CommandDeclaration, FlagsOf } from "../command.js";
import { option } from "../options/option.js";
import { seedNumber, share, wholeNumber } from "../options/parse.js";
import { DATA_OPTIONS, json, models, SERVING_OPTIONS, seed } from "../options/shared.js";

export const discover = {
  name: "discover",
  group: "answers",
  description: "which attributes does a reward model pay for that nobody has named?",
  options: [
    ...DATA_OPTIONS,
    models,
    ...SERVING_OPTIONS,
    option(
      "models",
      "--reference <name>",
      "a second reward model, or the judge of the configuration, that says what is wanted: what is paid for beyond it is a bias",
    ),
    option("models", "--no-proposals", "the library's attributes alone: no language model proposes others"),
    option(
      "models",
      "--lists <count>",
      "lists of responses that a language model proposes from (default: 24)",
      {
        parse: wholeNumber,
      },
    ),
    option("input", "--new", "start again even if the same discovery has been finished"),
    option("input", "--from <file>", "go on from a file of screened candidates, edited or not"),
    option("statistics", "--split <shares>", "shares to propose, screen and confirm (default: 40/20/40)"),
    option("statistics", "--alpha <share>", "chance of any false claim (default: 0.05)", { parse: share }),
    option(
      "statistics",
      "--strongest <count>",
      "candidates that go on for how strongly the reward goes with them (default: 8)",
      {
        parse: wholeNumber,
      },
    ),
    option("statistics", "--at-random <count>", "candidates drawn from the others (default: 2)", {
      parse: seedNumber,
    }),
    option(
      "statistics",
      "--confirm-examples <count>",
      "examples to confirm each candidate on (default: 200)",
      {
        parse: wholeNumber,
      },
    ),
    seed,
    json,
  ],
  examples: `
  $ rate discover
  $ rate discover --data answers.jsonl --response answer --prompt-column question --model armorm --rewriter openai --rewriter-model my-model --max-cost 20
  $ rate discover --config config.yaml --reference sfairxc --confirm-examples 400
  $ rate discover --config config.yaml --from data/discovery/answers_screened_20261128_120000.json`,
} satisfies CommandDeclaration;
export type DiscoverFlags = FlagsOf<typeof discover>;
