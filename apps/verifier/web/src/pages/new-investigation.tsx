import { useLocation } from "preact-iso";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Investigation, NewInvestigation, ProbeSet } from "../../../src/shapes/investigations.js";
import type { Model } from "../../../src/shapes/models.js";
import type { Suspect } from "../../../src/shapes/suspects.js";
import { useAction } from "../api/use-action.js";
import { useLoaded } from "../api/use-loaded.js";
import { readAll } from "../api/use-pages.js";
import { useClient } from "../session.js";
import { Choice, TextField, Tick } from "../ui/field.js";
import { PageHeading } from "../ui/page-heading.js";
import { ProblemNotice } from "../ui/problem-notice.js";
import { Waiting } from "../ui/waiting.js";
import { estimateSeconds } from "../words/estimate.js";
import { formatDuration, formatLevel } from "../words/format.js";
import { orderName } from "../words/states.js";

interface Choices {
  readonly models: readonly Model[];
  readonly suspects: readonly Suspect[];
  readonly probeSets: readonly ProbeSet[];
}

export function NewInvestigationPage(): JSX.Element {
  const client = useClient();
  const { value, error, reload } = useLoaded("choices", async (signal): Promise<Choices> => {
    const [models, suspects, probeSets] = await Promise.all([
      readAll<Model>(client, "/models", signal),
      readAll<Suspect>(client, "/suspects", signal),
      readAll<ProbeSet>(client, "/probe-sets", signal),
    ]);
    return { models: models.filter(({ state }) => state === "ready"), suspects, probeSets };
  });
  return (
    <main id="main">
      <PageHeading
        title="New investigation"
        lead="It asks in the background, and you can leave this page meanwhile."
      />
      <ProblemNotice error={error} onRetry={reload} />
      {value === null ? error === null && <Waiting /> : <InvestigationForm choices={value} />}
    </main>
  );
}

interface Draft {
  readonly name: string;
  readonly model: string;
  readonly suspect: string;
  readonly probeSet: string;
  readonly order: ProbeSet["order"];
  readonly budget: string;
  readonly level: string;
  readonly rate: string;
  readonly perDay: string;
  readonly earlyStop: boolean;
}

function InvestigationForm({ choices }: { readonly choices: Choices }): JSX.Element {
  const client = useClient();
  const { route, query } = useLocation();
  const { busy, error, run } = useAction();
  const [draft, setDraft] = useState<Draft>({
    name: "",
    model: query["model"] ?? choices.models[0]?.id ?? "",
    suspect: query["suspect"] ?? choices.suspects[0]?.id ?? "",
    probeSet: "",
    order: "auto",
    budget: "5000",
    level: "",
    rate: "20",
    perDay: "",
    earlyStop: true,
  });
  const change = (part: Partial<Draft>): void => setDraft((before) => ({ ...before, ...part }));
  const model = choices.models.find(({ id }) => id === draft.model);
  const suspect = choices.suspects.find(({ id }) => id === draft.suspect);
  const sets = choices.probeSets.filter((set) => set.model === draft.model);
  const chosenSet = sets.find(({ id }) => id === draft.probeSet);
  if (choices.models.length === 0 || choices.suspects.length === 0) return <Missing choices={choices} />;

  const budget = chosenSet?.budget ?? Number(draft.budget);
  const asked =
    model?.registration === null || model === undefined
      ? budget
      : Math.min(budget, model.registration.pool.rows);
  const isWeights = suspect?.target.kind === "file" && suspect.target.protocol === "onnx";
  const make = (start: boolean): void =>
    run(async () => {
      const name =
        draft.name.trim() === "" ? `${suspect?.name ?? ""} against ${model?.name ?? ""}` : draft.name.trim();
      const made = await client.post<Investigation>("/investigations", {
        ...newInvestigation(draft, name),
        start,
      });
      route(`/investigations/${made.id}`);
    });
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        make(true);
      }}
    >
      <div class="row">
        <Choice
          label="Model"
          value={draft.model}
          onValue={(id) => change({ model: id, probeSet: "" })}
          options={choices.models.map(({ id, name }) => [id, name] as const)}
        />
        <Choice
          label="Suspect"
          value={draft.suspect}
          onValue={(id) => change({ suspect: id })}
          options={choices.suspects.map(({ id, name }) => [id, name] as const)}
        />
      </div>
      <TextField
        label="Name"
        help="Left empty, it is named after suspect and model."
        maxLength={200}
        value={draft.name}
        onValue={(name) => change({ name })}
      />
      {!isWeights && (
        <>
          <div class="row">
            {sets.length > 0 && (
              <Choice
                label="Questions"
                value={draft.probeSet}
                onValue={(probeSet) => change({ probeSet })}
                options={[["", "Choose them here"], ...sets.map(({ id, name }) => [id, name] as const)]}
              />
            )}
            {draft.probeSet === "" && (
              <>
                <TextField
                  label="Questions at most"
                  help="More give stronger evidence and cost the suspect's patience. Many copies are found with a few hundred."
                  type="number"
                  min="1"
                  max="10000000"
                  required
                  value={draft.budget}
                  onValue={(text) => change({ budget: text })}
                />
                <Choice
                  label="Which inputs first"
                  value={draft.order}
                  onValue={(order) => change({ order })}
                  options={(["auto", "uncertain", "boundary", "shadows"] as const).map(
                    (order) => [order, orderName(order)] as const,
                  )}
                />
              </>
            )}
            <TextField
              label="Requests per second"
              help={`The suspect's own limit (${suspect?.rate ?? 20}) holds besides.`}
              type="number"
              min="0.01"
              max="10000"
              step="any"
              required
              value={draft.rate}
              onValue={(rate) => change({ rate })}
            />
            <TextField
              label="Questions a day at most"
              help="Left empty, there is no such limit."
              type="number"
              min="1"
              value={draft.perDay}
              onValue={(perDay) => change({ perDay })}
            />
          </div>
          <Tick
            label="Stop as soon as the evidence suffices"
            help="Saves questions. Looking early costs a little evidence, which is counted."
            checked={draft.earlyStop}
            onChecked={(earlyStop) => change({ earlyStop })}
          />
        </>
      )}
      <TextField
        label="Level"
        help={`How improbable the findings have to be before they count. Left empty: as registered, ${formatLevel(model?.registration?.level ?? 1e-6)}.`}
        inputMode="decimal"
        placeholder={String(model?.registration?.level ?? 1e-6)}
        value={draft.level}
        onValue={(level) => change({ level })}
      />
      <p class="notice" role="status">
        {isWeights
          ? "The file is looked at directly, which takes seconds to minutes. Nobody is asked."
          : estimateText(asked, draft, suspect)}
      </p>
      <ProblemNotice error={error} />
      <div class="actions">
        <button type="submit" aria-busy={busy}>
          Start
        </button>
        <button type="button" class="secondary" disabled={busy} onClick={() => make(false)}>
          Save without starting
        </button>
      </div>
    </form>
  );
}

function Missing({ choices }: { readonly choices: Choices }): JSX.Element {
  return (
    <section class="card">
      <p>An investigation needs a registered model and a suspect.</p>
      <ul>
        {choices.models.length === 0 && (
          <li>
            <a href="/models/new">Register a model</a>
          </li>
        )}
        {choices.suspects.length === 0 && (
          <li>
            <a href="/suspects/new">Add a suspect</a>
          </li>
        )}
      </ul>
    </section>
  );
}

function estimateText(budget: number, draft: Draft, suspect: Suspect | undefined): string {
  const rate = Math.min(Number(draft.rate), suspect?.rate ?? Infinity);
  const perDay = draft.perDay === "" ? null : Number(draft.perDay);
  if (!(budget > 0) || !(rate > 0) || (perDay !== null && !(perDay > 0)))
    return "Fill in the numbers to see how long it takes.";
  const known = suspect?.inspection?.rowsPerRequest ?? null;
  const seconds = estimateSeconds({ budget, rate, rowsPerRequest: known ?? 1, perDay });
  const reservation =
    known === null
      ? " Test the suspect's connection for a better estimate: it may take several inputs at once."
      : "";
  return `Asking takes about ${formatDuration(seconds)}${draft.earlyStop ? ", less where the evidence suffices early" : ""}.${reservation}`;
}

function newInvestigation(draft: Draft, name: string): NewInvestigation {
  const { model, suspect, probeSet, order, earlyStop } = draft;
  return {
    name,
    model,
    suspect,
    ...(probeSet === "" ? { order, budget: Number(draft.budget) } : { probeSet }),
    ...(draft.level.trim() === "" ? {} : { level: Number(draft.level) }),
    rate: Number(draft.rate),
    perDay: draft.perDay === "" ? null : Number(draft.perDay),
    earlyStop,
  };
}
