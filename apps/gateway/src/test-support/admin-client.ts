import { expect } from "vitest";
import type { LogView } from "../admin/views.js";
import type { WatchedGateway } from "./watched-gateway.js";

export const SAME_ORIGIN: Readonly<Record<string, string>> = { "sec-fetch-site": "same-origin" };

/** What a browser holds after the login. */
export interface SignedIn {
  readonly cookie: string;
  readonly csrf: string;
}

/** Calls of the admin page as a browser makes them. */
export interface AdminClient {
  /** Token of a key of the gateway, by name. */
  token(name: string): string;
  idOf(name: string): string;
  login(shown: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  signedIn(): Promise<SignedIn>;
  read<View>(session: SignedIn, route: string): Promise<View>;
  change(session: SignedIn, route: string): Promise<Response>;
  /** Wait for the check of the log that is under way, and give what it found. */
  settled(session: SignedIn): Promise<LogView["latest"]>;
}

export function adminClient({ ops, keys }: Pick<WatchedGateway, "ops" | "keys">): AdminClient {
  const client: AdminClient = {
    token: (name) => keys.get(name)?.token ?? "",
    idOf: (name) => keys.get(name)?.id ?? "",
    login: async (shown, headers = SAME_ORIGIN) =>
      await ops.request("/admin/login", {
        method: "POST",
        headers: { ...headers, "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ key: shown }).toString(),
      }),
    async signedIn() {
      const response = await client.login(client.token("admin"));
      expect([response.status, response.headers.get("location")]).toEqual([303, "/admin"]);
      const cookie = (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
      const page = await (await ops.request("/admin", { headers: { cookie } })).text();
      return { cookie, csrf: /name="csrf-token" content="([^"]+)"/.exec(page)?.[1] ?? "" };
    },
    async read<View>({ cookie }: SignedIn, route: string) {
      const response = await ops.request(`/admin/api/${route}`, { headers: { cookie } });
      expect(response.status).toBe(200);
      return (await response.json()) as View;
    },
    change: async ({ cookie, csrf }, route) =>
      await ops.request(`/admin/${route}`, {
        method: "POST",
        headers: { ...SAME_ORIGIN, cookie, "x-csrf-token": csrf },
      }),
    async settled(session) {
      for (;;) {
        const [log] = (await client.read<{ logs: LogView[] }>(session, "logs")).logs;
        if (log?.running === false) return log.latest;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
  return client;
}

/** The code of a refusal. */
export async function codeOf(response: Response): Promise<unknown> {
  return ((await response.json()) as { readonly code?: unknown }).code;
}
