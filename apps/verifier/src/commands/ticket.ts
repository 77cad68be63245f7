import { issueTicket } from "../access/tickets.js";
import type { Settings } from "../config/settings.js";
import { VerifierError } from "../error.js";
import { openServices, requireMade } from "../open-services.js";
import { createLog } from "../ops/log.js";
import { addressAt } from "@indicia/service/listen";

/** `ticket --user NAME`: what signs somebody in once, within an hour, such as an admin who forgot his password. */
export async function ticket(
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
): Promise<Readonly<Record<string, unknown>>> {
  await requireMade(settings);
  const log = createLog(settings["log-level"]);
  const { services, close } = await openServices(settings, { environment, log, clock: () => new Date() });
  try {
    const user = await services.database.tables
      .selectFrom("users")
      .select("id")
      .where("name", "=", name)
      .where("disabled", "=", false)
      .executeTakeFirst();
    if (user === undefined)
      throw new VerifierError(
        "NOT_FOUND",
        `there is no user ${name} who may sign in`,
        "Look at the spelling.",
      );
    const word = await issueTicket(services, user.id);
    await services.audit({ name: "system", address: null }, "ticket.issue", `users/${user.id}`);
    return {
      user: name,
      ticket: word,
      signIn: `${pageOf(settings)}/#ticket=${word}`,
      next: "open that while the service runs, once and within an hour; where its page has another address, add #ticket=TICKET to that",
    };
  } finally {
    await close();
  }
}

/** Where the page is, by the settings. */
function pageOf(settings: Settings): string {
  const scheme = settings["tls-certificate"] === undefined ? "http" : "https";
  return settings.address?.replace(/\/$/, "") ?? addressAt(scheme, settings.host, settings.port);
}
