// Who may speak to the robot: whoever knows the random token in the path, comes by a name that is the
// server's own (no page of another site, by whatever name its DNS now calls this machine), and, where
// the server can be reached from outside of this machine, knows the password as well.
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

export interface GuardOptions {
  /** Where the server listens. */
  readonly host: string;
  readonly token: string;
  /** Asked of everybody, where there is one. */
  readonly password?: string;
}

export interface Refusal {
  readonly status: 401 | 403 | 404 | 429;
  readonly words: string;
}

export const newToken = (): string => randomBytes(18).toString("base64url");

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];
export const isLoopback = (host: string): boolean =>
  LOOPBACK.includes(host) || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);

const COOKIE = "efference";

export class Guard {
  readonly #options: GuardOptions;
  /** Given to whoever said the password, since not every browser says it again for a WebSocket. */
  readonly #pass = newToken();

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  /** The path behind the token, or undefined where the token is missing or another. */
  pathOf(request: IncomingMessage): string | undefined {
    const [, token = "", ...rest] = (request.url ?? "").split("?")[0]!.split("/");
    return isSame(token, this.#options.token) ? `/${rest.join("/")}` : undefined;
  }

  /** Looks at the names by which a request comes; `mustHaveOrigin` for WebSockets, which know no other rule. */
  refusalOfNames(request: IncomingMessage, mustHaveOrigin: boolean): Refusal | undefined {
    const { host = "", origin } = request.headers;
    if (!this.#isOurs(host))
      return {
        status: 403,
        words: "this is not a name of this server; use the URL that run printed",
      };
    const isOwn = origin === `http://${host}`;
    if (origin === undefined ? mustHaveOrigin : !isOwn)
      return { status: 403, words: "a page of another origin may not speak to the robot" };
    return undefined;
  }

  /** Whether no password is asked for, or it was said before. */
  wasLetIn({ headers }: IncomingMessage): boolean {
    if (this.#options.password === undefined) return true;
    const cookie = /(?:^|;\s*)efference=([\w-]+)/.exec(headers.cookie ?? "")?.[1] ?? "";
    return isSame(cookie, this.#pass);
  }

  saysPassword({ headers }: IncomingMessage): boolean {
    const { password } = this.#options;
    const basic = /^Basic (.+)$/i.exec(headers.authorization ?? "")?.[1] ?? "";
    const said = Buffer.from(basic, "base64").toString();
    return password !== undefined && isSame(said.slice(said.indexOf(":") + 1), password);
  }

  /** What makes the browser remember that the password was said. */
  get cookie(): string | undefined {
    if (this.#options.password === undefined) return undefined;
    return `${COOKIE}=${this.#pass}; HttpOnly; SameSite=Strict; Path=/${this.#options.token}/`;
  }

  #isOurs(hostAndPort: string): boolean {
    const name = hostAndPort.replace(/:\d+$/, "").toLowerCase();
    const { host } = this.#options;
    if (isLoopback(name) || name === host.toLowerCase()) return true;
    // Beyond loopback only by number: a name can be made to mean this machine by anybody.
    return !isLoopback(host) && isIP(name.replace(/^\[|\]$/g, "")) > 0;
  }
}

/** In a time that does not tell how much of it was right. */
const isSame = (one: string, other: string): boolean => {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
};
