/** What the server said instead of an answer. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const BASE = "/admin/api";

/** @throws Refused; TypeError where the gateway is out of reach */
export async function read<Answer>(
  route: string,
  query: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const asked = new URLSearchParams(query).toString();
  return await answered<Answer>(await fetch(`${BASE}/${route}${asked === "" ? "" : `?${asked}`}`));
}

/** Change something, with the token of the session. @throws as `read` */
export async function change<Answer>(route: string): Promise<Answer> {
  const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
  return await answered<Answer>(
    await fetch(`${BASE}/${route}`, { method: "POST", headers: { "x-csrf-token": token } }),
  );
}

async function answered<Answer>(response: Response): Promise<Answer> {
  if (response.ok) return (await response.json()) as Answer;
  const told = (await response.json().catch(() => ({}))) as { readonly error?: string };
  throw new Refused(response.status, told.error ?? `the gateway answers ${response.status}`);
}
