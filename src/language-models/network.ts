export type Environment = Readonly<Record<string, string | undefined>>;

/** How this machine reaches others, as the environment says: never written into a file. */
export interface Network {
  readonly httpProxy: string | null;
  readonly httpsProxy: string | null;
  readonly noProxy: string;
  /** Files of certificates that are trusted besides the usual ones, with the variables that name them. */
  readonly certificates: readonly { readonly name: string; readonly path: string }[];
}

/** The variable of Node's own; a file that it names has to be there. */
export const NODE_CERTIFICATES = "NODE_EXTRA_CA_CERTS";
/** Variables that name a file of certificates: Node's own, then those of OpenSSL, Python's requests and curl. */
const CERTIFICATE_FILES = [NODE_CERTIFICATES, "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];

/** The proxies and certificates that an environment names; small letters win, as with curl. */
export function networkOf(environment: Environment): Network {
  const read = (...names: string[]) => {
    for (const name of names) {
      const value = environment[name.toLowerCase()]?.trim() || environment[name]?.trim();
      if (value) return value;
    }
    return null;
  };
  const all = read("ALL_PROXY");
  return {
    httpProxy: read("HTTP_PROXY") ?? all,
    httpsProxy: read("HTTPS_PROXY") ?? all,
    noProxy: read("NO_PROXY") ?? "",
    certificates: CERTIFICATE_FILES.flatMap((name) => {
      const path = environment[name]?.trim();
      return path ? [{ name, path }] : [];
    }),
  };
}

/**
 * The proxy through which an address is reached; null where it is reached directly: this machine always is, and what NO_PROXY lists (a name stands for its
 * subdomains too, `*` for all, `name:port` for one port).
 */
export function proxyFor(origin: string, network: Network | undefined): string | null {
  if (!network) return null;
  const { protocol, hostname, port } = new URL(origin);
  const proxy = protocol === "https:" ? network.httpsProxy : network.httpProxy;
  if (proxy === null || isThisMachine(hostname)) return null;
  const actualPort = port || (protocol === "https:" ? "443" : "80");
  const listed = network.noProxy.split(/[,\s]+/).some((entry) => covers(entry, hostname, actualPort));
  if (listed) return null;
  return /^[a-z][a-z\d+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

function isThisMachine(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function covers(entry: string, hostname: string, port: string): boolean {
  if (entry === "") return false;
  if (entry === "*") return true;
  const [, name = "", onlyPort] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase())!;
  if (onlyPort !== undefined && onlyPort !== port) return false;
  const bare = name.replace(/^\*?\./, "");
  return bare !== "" && (hostname === bare || hostname.endsWith(`.${bare}`));
}
