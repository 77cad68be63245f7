import { useRoute } from "preact-iso";
import type { JSX } from "preact";
import { useMay } from "../../session.js";
import { PageHeading } from "../../ui/page-heading.js";
import { ApiKeysPart } from "./api-keys.js";
import { AuditPart } from "./audit.js";
import { OwnerKeysPart } from "./owner-keys.js";
import { PasswordPart } from "./password.js";
import { UsersPart } from "./users.js";

/** Parts of the settings; some are for admins alone. */
const PARTS = [
  { path: "", name: "My password", admin: false, part: PasswordPart },
  { path: "api-keys", name: "API keys", admin: false, part: ApiKeysPart },
  { path: "owner-keys", name: "Owner keys", admin: false, part: OwnerKeysPart },
  { path: "users", name: "People", admin: true, part: UsersPart },
  { path: "audit", name: "Audit log", admin: true, part: AuditPart },
] as const;

export function SettingsPage(): JSX.Element {
  const { params } = useRoute();
  const isAdmin = useMay("admin");
  const shown = PARTS.filter(({ admin }) => !admin || isAdmin);
  const current = shown.find(({ path }) => path === (params["part"] ?? "")) ?? PARTS[0];
  const Part = current.part;
  return (
    <main id="main">
      <PageHeading title={current.path === "" ? "Settings" : `Settings: ${current.name}`} />
      <nav aria-label="Settings">
        <ul class="steps">
          {shown.map(({ path, name }) => (
            <li key={path}>
              <a
                href={path === "" ? "/settings" : `/settings/${path}`}
                aria-current={path === current.path ? "page" : undefined}
              >
                {name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <Part />
    </main>
  );
}
