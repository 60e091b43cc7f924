import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface FolderSettings {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly tokenizerConfig?: Readonly<Record<string, unknown>>;
  /** Names of weights, in the header of a safetensors file; absent, there is no such file. */
  readonly weights?: readonly string[];
  readonly tokenizer?: Readonly<Record<string, unknown>>;
}

const SPECIALS = ["<bos>", "<start>", "<end>", "<pad>", "<tag>"];
/** A token's id is its byte's, as characters of the byte alphabet of GPT-2; special ones follow. */
const PAD_ID = 259;
export const END_ID = 258;

/** A model's folder without weights: a tokenizer of bytes with a chat template, a configuration, and the names of weights. */
export function modelFolder(folder: string, settings: FolderSettings = {}): string {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value));
  write("tokenizer.json", { ...byteTokenizer(), ...settings.tokenizer });
  write("tokenizer_config.json", {
    tokenizer_class: "PreTrainedTokenizerFast",
    bos_token: "<bos>",
    eos_token: "<end>",
    pad_token: "<pad>",
    chat_template:
      "{{ bos_token }}{% for m in messages %}<start>{{ m['role'] }}\n{{ m['content'] }}<end>{% endfor %}",
    ...settings.tokenizerConfig,
  });
  write("config.json", {
    model_type: "llama",
    architectures: ["LlamaForSequenceClassification"],
    max_position_embeddings: 4096,
    pad_token_id: PAD_ID,
    eos_token_id: END_ID,
    id2label: { 0: "LABEL_0" },
    ...settings.config,
  });
  if (settings.weights) writeFileSync(join(folder, "model.safetensors"), safetensorsOf(settings.weights));
  return folder;
}

function safetensorsOf(names: readonly string[]): Buffer {
  const entries = names.map((name, index) => [
    name,
    { dtype: "F32", shape: [1], data_offsets: [4 * index, 4 * index + 4] },
  ]);
  const header = Buffer.from(
    JSON.stringify({ __metadata__: { format: "pt" }, ...Object.fromEntries(entries) }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(4 * names.length)]);
}

function byteTokenizer() {
  const printable = [...range(33, 126), ...range(161, 172), ...range(174, 255)];
  let next = 256;
  const characters = range(0, 255).map((byte) =>
    String.fromCodePoint(printable.includes(byte) ? byte : next++),
  );
  const level = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: SPECIALS.map((content, index) => ({
      id: 256 + index,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: level,
    post_processor: level,
    decoder: level,
    model: { type: "BPE", vocab: Object.fromEntries(characters.map((c, byte) => [c, byte])), merges: [] },
  };
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
