type Environment = Readonly<Record<string, string | undefined>>;

/** Names of variables that hold a key, as providers and clusters call them. */
const SECRET =
  /(?:^|_)(?:API_?KEY|ACCESS_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASS|CREDENTIALS?)(?:_|$)|APIKEY/i;

/** Whether a variable holds a key, by its name. */
export function isSecretName(name: string): boolean {
  return SECRET.test(name);
}

/** An environment for a program that this one starts: without keys, but for those that it needs (`keep`). */
export function withoutKeys(environment: Environment, keep: readonly string[] = []): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !isSecretName(name) || keep.includes(name)),
  );
}

/** The keys in an environment, to be taken out of what is shown and kept. */
export function keysIn(environment: Environment): string[] {
  return Object.entries(environment).flatMap(([name, value]) => (value && isSecretName(name) ? [value] : []));
}
