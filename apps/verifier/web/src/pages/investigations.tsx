import type { JSX } from "preact";
import type { Investigation } from "../../../src/shapes/investigations.js";
import { usePages } from "../api/use-pages.js";
import { useClient, useMay } from "../session.js";
import { PagedTable } from "../ui/list-page.js";
import { PageHeading } from "../ui/page-heading.js";
import { INVESTIGATION_COLUMNS } from "./investigation-table.js";

export function InvestigationsPage(): JSX.Element {
  const pages = usePages<Investigation>(useClient(), "/investigations");
  return (
    <main id="main">
      <PageHeading title="Investigations" lead="Each asks one suspect about one model.">
        {useMay("investigator") && (
          <a class="button" href="/investigations/new">
            New investigation
          </a>
        )}
      </PageHeading>
      <section class="card">
        <PagedTable
          pages={pages}
          caption="Investigations, newest first"
          hideCaption
          columns={INVESTIGATION_COLUMNS}
          rowKey={({ id }) => id}
          empty="There are none yet."
        />
      </section>
    </main>
  );
}
