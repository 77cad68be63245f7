import type { SignIn } from "../shapes/access.js";
import type { TestService } from "./test-service.js";

/** Someone who signed in with a browser: it keeps the cookie, and sends the token that the page would. */
export interface Browser {
  readonly status: number;
  readonly cookie: string;
  readonly csrf: string;
  readonly call: (
    method: string,
    path: string,
    json?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Response>;
}

export async function signIn({ fetch }: Pick<TestService, "fetch">, how: SignIn): Promise<Browser> {
  const answer = await fetch("/api/v1/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(how),
  });
  const cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
  const said = (await answer.json()) as { readonly csrf?: string };
  const csrf = said.csrf ?? "";
  return {
    status: answer.status,
    cookie,
    csrf,
    call: (method, path, json, extra) => {
      const headers = new Headers({ cookie, "x-csrf-token": csrf, "content-type": "application/json" });
      for (const [name, value] of Object.entries(extra ?? {})) headers.set(name, value);
      const body = json === undefined ? {} : { body: JSON.stringify(json) };
      return fetch(`/api/v1${path}`, { method, headers, ...body });
    },
  };
}
