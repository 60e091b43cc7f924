import assert from "node:assert/strict";
import { test } from "node:test";
import { isSecretName, keysIn, withoutKeys } from "../../src/domain/child-environment.js";
import { keyMask } from "../../src/domain/mask-keys.js";

const KEY = 'sk-se&cret/+12"3<4';

test("a key is taken out however it comes back", () => {
  const hide = keyMask([KEY]);
  const basic = Buffer.from(`user:${KEY}`).toString("base64");
  const forms: Record<string, string> = {
    plain: KEY,
    "percent-encoded": encodeURIComponent(KEY),
    "percent-encoded, small": encodeURIComponent(KEY).toLowerCase().replace("sk-se", "sk-se"),
    JSON: JSON.stringify(KEY),
    base64: Buffer.from(KEY).toString("base64"),
    base64url: Buffer.from(KEY).toString("base64url"),
    "base64 in a header": basic,
    "base64 after one byte": Buffer.from(`x${KEY}yz`).toString("base64"),
    hexadecimal: Buffer.from(KEY).toString("hex"),
    HTML: "sk-se&amp;cret/+12&quot;3&lt;4",
  };
  for (const [form, text] of Object.entries(forms)) {
    const shown = hide(`before ${text} after`);
    assert.match(shown, /^before .*\[key\].* after$/, form);
    assert.ok(!shown.includes("cret/+12"), form);
  }
});

test("a word in the place of a key is text like any other", () => {
  const hide = keyMask(["none", "EMPTY", undefined, "", "password"]);
  assert.equal(hide("none is EMPTY: password"), "none is EMPTY: password");
});

test("children get no keys but those that are named", () => {
  const environment = {
    OPENAI_API_KEY: "a",
    HF_TOKEN: "b",
    AWS_SECRET_ACCESS_KEY: "c",
    DB_PASSWORD: "d",
    MY_APIKEY: "e",
    PATH: "/bin",
    TOKENIZERS_PARALLELISM: "false",
    SSH_AUTH_SOCK: "/tmp/x",
    KEYBOARD: "us",
  };
  assert.deepEqual(Object.keys(withoutKeys(environment)), [
    "PATH",
    "TOKENIZERS_PARALLELISM",
    "SSH_AUTH_SOCK",
    "KEYBOARD",
  ]);
  assert.equal(withoutKeys(environment, ["HF_TOKEN"]).HF_TOKEN, "b");
  assert.deepEqual(keysIn(environment), ["a", "b", "c", "d", "e"]);
  assert.equal(isSecretName("PROJECT_DIR"), false);
});
