import type { JSX } from "preact";
import type { Suspect } from "../../../src/shapes/suspects.js";
import { usePages } from "../api/use-pages.js";
import { useClient, useMay } from "../session.js";
import { PagedTable } from "../ui/list-page.js";
import { PageHeading } from "../ui/page-heading.js";
import { formatTime } from "../words/format.js";
import { ANSWERS } from "./inspection.js";

export function SuspectsPage(): JSX.Element {
  const pages = usePages<Suspect>(useClient(), "/suspects");
  return (
    <main id="main">
      <PageHeading title="Suspects" lead="Services and files that may hold a copy of your model.">
        {useMay("investigator") && (
          <a class="button" href="/suspects/new">
            Add a suspect
          </a>
        )}
      </PageHeading>
      <section class="card">
        <PagedTable
          pages={pages}
          caption="Suspects"
          hideCaption
          rowKey={({ id }) => id}
          empty="No suspect was added yet."
          columns={[
            { title: "Suspect", cell: ({ id, name }) => <a href={`/suspects/${id}`}>{name}</a> },
            {
              title: "Where",
              cell: ({ target }) =>
                target.kind === "endpoint" ? <code>{target.url}</code> : `File ${target.name}`,
            },
            {
              title: "Reveals",
              cell: ({ inspection }) =>
                inspection === null
                  ? "not tested"
                  : inspection.reachable
                    ? ANSWERS[inspection.answers]
                    : "not reachable",
            },
            { title: "Added", cell: ({ created }) => formatTime(created) },
          ]}
        />
      </section>
    </main>
  );
}
