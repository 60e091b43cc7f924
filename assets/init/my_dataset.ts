// A dataset template of your own: where the rows come from, and how a row becomes an example. Use it in config.yaml as
//   dataset_name: ./my_dataset.ts
// Plain TypeScript or JavaScript; nothing has to be compiled. With `import type { DatasetTemplate } from "rate-rm"` your editor checks it.

export default {
  // For file names.
  name: "my_reviews",

  // JSONL, JSON, CSV, TSV or Parquet; relative to the current folder or to PROJECT_DIR. `take: { first: 1000 }` or
  // `{ last: 1000 }` keeps a part.
  source: { kind: "file", path: "reviews.jsonl" },

  // The column that holds the ids; without it the number of the row is the id.
  // idColumn: "id",

  // Several responses in one row: the rows they become.
  // expand: (row) => row.answers.map((answer) => ({ ...row, answer })),

  // What the reward model conditions on, and the response that it judges.
  question: () => "Write a movie review: ",
  completion: (row) => row.text,

  // Whether a response has the attribute (w = 1): the attribute's own rule, or a function of the row (null skips the row).
  treated: { by: "rule" },
  // treated: (row) => row.text.length > 970,

  // A ready-made attribute (length, formality, sentiment, list_structure, …), or one of your own:
  attribute: "length",
  // attribute: {
  //   name: "length",
  //   labels: { treated: "longer", untreated: "shorter" },
  //   rewritePrompt: "{original_completion}\n\n[Adjust this review so it's {w_counterfactual_string}, but change *nothing* else.]",
  // },

  // Exactly so many examples; without it all.
  // nExamples: 1000,
};
