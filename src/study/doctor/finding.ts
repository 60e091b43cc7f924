/**
 * What was looked at. `ok`; `warning`: works, but look at it; `missing`: what is asked for will not work; `absent`: not set up, and nothing here asks for it.
 */
export interface Finding {
  readonly name: string;
  readonly status: "ok" | "warning" | "missing" | "absent";
  readonly found: string;
  /** What to do; null where nothing is to be done. */
  readonly next: string | null;
}

/** Makes the findings of one thing looked at. */
export function about(name: string) {
  const finding = (status: Finding["status"]) => (found: string, next: string | null) => ({
    name,
    status,
    found,
    next,
  });
  return {
    ok: (found: string): Finding => finding("ok")(found, null),
    warning: finding("warning"),
    missing: finding("missing"),
    absent: finding("absent"),
  };
}

/** What the checks know of the world; keys in `environment` are looked at and never told. */
export interface DoctorWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder that the command was given in, where `.env` is read. */
  readonly folder: string;
  /** The project directory. */
  readonly project: string;
  readonly fetch: typeof fetch;
  readonly now: () => Date;
  /** The tool's own folder. */
  readonly home: string;
}
