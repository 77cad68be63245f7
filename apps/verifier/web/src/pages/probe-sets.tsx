import type { JSX } from "preact";
import type { ProbeSet } from "../../../src/shapes/investigations.js";
import type { Model } from "../../../src/shapes/models.js";
import { useAction } from "../api/use-action.js";
import { useLoaded } from "../api/use-loaded.js";
import { readAll, usePages } from "../api/use-pages.js";
import { useClient, useMay } from "../session.js";
import { ConfirmButton } from "../ui/confirm-button.js";
import { PagedTable } from "../ui/list-page.js";
import { PageHeading } from "../ui/page-heading.js";
import { ProblemNotice } from "../ui/problem-notice.js";
import { formatNumber, formatTime } from "../words/format.js";
import { orderName } from "../words/states.js";
import { NewProbeSetForm } from "./new-probe-set.js";

export function ProbeSetsPage(): JSX.Element {
  const client = useClient();
  const mayChange = useMay("investigator");
  const pages = usePages<ProbeSet>(client, "/probe-sets");
  const models = useLoaded("models", (signal) => readAll<Model>(client, "/models", signal));
  const { busy, error, run } = useAction();
  const remove = (id: string): void =>
    run(async () => {
      await client.remove(`/probe-sets/${id}`);
      pages.reload();
    });
  const nameOf = (id: string): string => models.value?.find((model) => model.id === id)?.name ?? id;
  return (
    <main id="main">
      <PageHeading
        title="Probe sets"
        lead="Which inputs are asked and how many, under a name: so that several suspects are asked alike."
      />
      <section class="card">
        <ProblemNotice error={error ?? models.error} />
        <PagedTable
          pages={pages}
          caption="Probe sets"
          hideCaption
          rowKey={({ id }) => id}
          empty="There is no probe set yet. An investigation needs none: its questions can be chosen where it is made."
          columns={[
            { title: "Probe set", cell: ({ name }) => name },
            { title: "Model", cell: ({ model }) => <a href={`/models/${model}`}>{nameOf(model)}</a> },
            { title: "Which inputs first", cell: ({ order }) => orderName(order) },
            { title: "Questions at most", numeric: true, cell: ({ budget }) => formatNumber(budget) },
            { title: "Made", cell: ({ created }) => formatTime(created) },
            {
              title: "Remove",
              cell: ({ id, name }) =>
                mayChange ? (
                  <ConfirmButton
                    label={`Remove ${name}`}
                    title={`Remove ${name}?`}
                    text="Investigations that were made from it stay as they are."
                    action="Remove the probe set"
                    busy={busy}
                    onConfirm={() => remove(id)}
                  />
                ) : (
                  "for investigators"
                ),
            },
          ]}
        />
      </section>
      {mayChange && models.value !== null && (
        <NewProbeSetForm
          models={models.value.filter(({ state }) => state === "ready")}
          onMade={pages.reload}
        />
      )}
    </main>
  );
}
