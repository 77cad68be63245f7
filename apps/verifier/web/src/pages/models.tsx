import type { JSX } from "preact";
import type { Model } from "../../../src/shapes/models.js";
import { usePages } from "../api/use-pages.js";
import { useRefresh } from "../api/use-refresh.js";
import { useClient, useMay } from "../session.js";
import { Badge } from "../ui/badge.js";
import { PagedTable } from "../ui/list-page.js";
import { PageHeading } from "../ui/page-heading.js";
import { formatTime, shortHash } from "../words/format.js";
import type { Wording } from "../words/states.js";

export const MODEL_STATES: Readonly<Record<Model["state"], Pick<Wording, "label" | "tone">>> = {
  registering: { label: "Registering", tone: "busy" },
  ready: { label: "Registered", tone: "good" },
  failed: { label: "Failed", tone: "bad" },
};

const REFRESH_MS = 2000;

export function ModelsPage(): JSX.Element {
  const pages = usePages<Model>(useClient(), "/models");
  const registering = pages.items.some(({ state }) => state === "registering");
  useRefresh(registering, pages.reload, REFRESH_MS);
  return (
    <main id="main">
      <PageHeading title="Models" lead="What you own: each is registered before it is released.">
        {useMay("investigator") && (
          <a class="button" href="/models/new">
            Register a model
          </a>
        )}
      </PageHeading>
      <section class="card">
        <PagedTable
          pages={pages}
          caption="Models"
          hideCaption
          rowKey={({ id }) => id}
          empty="No model is registered yet."
          columns={[
            { title: "Model", cell: ({ id, name }) => <a href={`/models/${id}`}>{name}</a> },
            { title: "State", cell: ({ state }) => <Badge wording={MODEL_STATES[state]} /> },
            {
              title: "Registration",
              cell: ({ registration }) =>
                registration === null ? "none yet" : <code>{shortHash(registration.commitment)}</code>,
            },
            {
              title: "Owner key",
              cell: ({ ownerKey }) => (ownerKey === null ? "kept out of the service" : "in the service"),
            },
            { title: "Made", cell: ({ created }) => formatTime(created) },
          ]}
        />
      </section>
    </main>
  );
}
