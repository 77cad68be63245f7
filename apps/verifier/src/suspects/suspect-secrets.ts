import { shownUrl } from "@indicia/suspects/shown-url";
import type { Selectable } from "kysely";
import type { ResourceTables } from "../database/resource-tables.js";
import { SEALED_FOR } from "../secrets/purposes.js";
import type { Services } from "../services.js";

/** What is secret about an endpoint. */
export interface SuspectSecrets {
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** For protocols that sign. Whoever asks has to give these to the protocol, and nothing of his own environment. */
  readonly secrets: Readonly<Record<string, string>>;
}

type Names = keyof SuspectSecrets;

const PURPOSES: Readonly<Record<Names, (id: string) => string>> = {
  headers: SEALED_FOR.suspectHeaders,
  secrets: SEALED_FOR.suspectSecrets,
};

/** Columns of a suspect's secrets, sealed for it alone; names are kept in the clear, to be shown. */
export async function sealSecrets<Name extends Names>(
  { secrets: box }: Pick<Services, "secrets">,
  { id, name, values }: { readonly id: string; readonly name: Name; readonly values: SuspectSecrets[Name] },
): Promise<{ readonly names: string; readonly sealed: Uint8Array | null }> {
  const names = Object.keys(values).sort();
  const text = new TextEncoder().encode(JSON.stringify(values));
  return {
    names: JSON.stringify(names),
    sealed: names.length === 0 ? null : await box.seal(PURPOSES[name](id), text),
  };
}

/** @throws VerifierError DATA_INVALID where they were changed, or the service has another key */
export async function openSecrets(
  { secrets: box }: Pick<Services, "secrets">,
  row: Pick<Selectable<ResourceTables["suspects"]>, "id" | "headers" | "secrets">,
): Promise<SuspectSecrets> {
  const open = async (name: Names, sealed: Uint8Array | null): Promise<Record<string, string>> => {
    if (sealed === null) return {};
    const text = await box.open(PURPOSES[name](row.id), new Uint8Array(sealed));
    return JSON.parse(new TextDecoder().decode(text)) as Record<string, string>;
  };
  return { headers: await open("headers", row.headers), secrets: await open("secrets", row.secrets) };
}

/** An address as it is kept: what may be shown, and sealed for this suspect the query where that says more. */
export async function sealUrl(
  { secrets: box }: Pick<Services, "secrets">,
  { id, url }: { readonly id: string; readonly url: URL },
): Promise<{ readonly shown: string; readonly query: Uint8Array | null }> {
  const shown = shownUrl(url);
  if (shown === url.href) return { shown, query: null };
  return { shown, query: await box.seal(SEALED_FOR.suspectQuery(id), new TextEncoder().encode(url.search)) };
}

/** The address that is asked. @throws VerifierError DATA_INVALID as `openSecrets` */
export async function openUrl(
  { secrets: box }: Pick<Services, "secrets">,
  { id, shown, query }: { readonly id: string; readonly shown: string; readonly query: Uint8Array | null },
): Promise<string> {
  const url = new URL(shown);
  if (query !== null)
    url.search = new TextDecoder().decode(await box.open(SEALED_FOR.suspectQuery(id), new Uint8Array(query)));
  return url.href;
}
