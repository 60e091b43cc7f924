import { z } from "zod";

/** Header names whose values are keys: they belong into the environment, and never into a file. */
const SECRET_HEADER = /auth|api-?key|token|secret|cookie|password|credential/i;
const OWN_HEADERS = new Set(["content-type", "content-length", "host", "connection", "transfer-encoding"]);
/** A place in a header's value that is filled from the environment. */
export const ENVIRONMENT_NAME = /\$\{?([A-Za-z_]\w*)\}?/g;

const headers = z
  .record(z.string(), z.string())
  .superRefine((given, context) => {
    for (const [header, value] of Object.entries(given)) {
      const fault = headerFault(header, value);
      if (fault) context.addIssue({ code: "custom", path: [header], message: fault });
    }
  })
  .optional();

function headerFault(header: string, value: string): string | null {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(header)) return "is not the name of a header";
  if (OWN_HEADERS.has(header.toLowerCase())) return "this header is set by rate itself; leave it out";
  if (!/^[\t\x20-\x7e]*$/.test(value)) return "holds a character that no header may have";
  if (SECRET_HEADER.test(header) && value.search(ENVIRONMENT_NAME) < 0)
    return "put the key into .env and name its variable here, for example $GATEWAY_KEY";
  return null;
}

/** What a request says besides these is the configuration's to add. */
const OWN_FIELDS = ["model", "messages", "stream", "n"];

const extraBody = z
  .record(z.string(), z.json())
  .superRefine((given, context) => {
    for (const field of OWN_FIELDS)
      if (Object.hasOwn(given, field))
        context.addIssue({
          code: "custom",
          path: [field],
          message: "this field is set by rate itself; leave it out",
        });
  })
  .optional();

/** How a language model is asked: the same keys for rewriters, for judges of attributes and for judges as reward models. */
export const chat = {
  model: z.string().min(1, "must not be empty").optional(),
  /** Null: left to the server, for models that take no other than their own. */
  temperature: z.number().min(0).max(2).nullable().optional(),
  max_completion_tokens: z.int().positive().optional(),
  base_url: z.url({ protocol: /^https?$/ }).optional(),
  concurrency: z.int().positive().max(1024).optional(),
  /** Added to each request; $NAME is filled from the environment. */
  headers,
  /** Added to each address, as in ?api-version=…. */
  query: z.record(z.string(), z.union([z.string(), z.number()]).transform(String)).optional(),
  /** Fields added to each request's body, for what a server has of its own. */
  extra_body: extraBody,
  reasoning_effort: z.string().regex(/^\w+$/, "expected one word, such as low").optional(),
  /** Passed on to the chat template by vLLM and SGLang: { enable_thinking: false }. */
  chat_template_kwargs: z.record(z.string(), z.json()).optional(),
};

export type ChatConfig = z.infer<z.ZodObject<typeof chat>>;
