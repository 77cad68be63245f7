import { useLocation } from "preact-iso";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Model } from "../../../../src/shapes/models.js";
import { useAction } from "../../api/use-action.js";
import { useClient } from "../../session.js";
import { PageHeading } from "../../ui/page-heading.js";
import { ProblemNotice } from "../../ui/problem-notice.js";
import { ClaimStep } from "./claim-step.js";
import { DataStep } from "./data-step.js";
import { EMPTY_DRAFT, missingFor, type ModelDraft, newModel, STEPS } from "./draft.js";
import { KeyStep } from "./key-step.js";
import { ModelStep } from "./model-step.js";
import { ReviewStep } from "./review-step.js";
import { StandingStep } from "./standing-step.js";

export interface StepProps {
  readonly draft: ModelDraft;
  readonly change: (part: Partial<ModelDraft>) => void;
}

const PARTS: Readonly<Record<(typeof STEPS)[number], (props: StepProps) => JSX.Element>> = {
  Model: ModelStep,
  "Owner key": KeyStep,
  Data: DataStep,
  Claim: ClaimStep,
  Standing: StandingStep,
  Review: ReviewStep,
};

/** The wizard that registers a model: one thing at a time, back and forth without losing anything. */
export function NewModelPage(): JSX.Element {
  const client = useClient();
  const { route } = useLocation();
  const { busy, error, run } = useAction();
  const [draft, setDraft] = useState<ModelDraft>(EMPTY_DRAFT);
  const [at, setAt] = useState(0);
  const [told, setTold] = useState<string | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const began = useRef(false);
  useEffect(() => {
    if (began.current) heading.current?.focus();
    began.current = true;
  }, [at]);
  const step = STEPS[at] ?? "Review";
  const Part = PARTS[step];
  const change = (part: Partial<ModelDraft>): void => {
    setTold(null);
    setDraft((before) => ({ ...before, ...part }));
  };
  const next = (): void => {
    const missing = missingFor(step, draft);
    setTold(missing);
    if (missing === null) setAt(at + 1);
  };
  const register = (): void => {
    const model = newModel(draft);
    if (model === null) return;
    run(async () => {
      const made = await client.post<Model>("/models", model);
      route(`/models/${made.id}`);
    });
  };
  const last = at === STEPS.length - 1;
  return (
    <main id="main">
      <PageHeading
        title="Register a model"
        lead="Before it is released: what is registered later proves nothing."
      />
      <ol class="steps" aria-label="Steps">
        {STEPS.map((name, index) => (
          <li key={name} aria-current={index === at ? "step" : undefined}>
            {index + 1}. {name}
          </li>
        ))}
      </ol>
      <form
        class="card"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (last) register();
          else next();
        }}
      >
        <h2 ref={heading} tabIndex={-1}>
          Step {at + 1} of {STEPS.length}: {step}
        </h2>
        <Part draft={draft} change={change} />
        {told !== null && (
          <p class="wrong" role="alert">
            {told}
          </p>
        )}
        <ProblemNotice error={error} />
        <div class="actions">
          {at > 0 && (
            <button type="button" class="secondary" onClick={() => setAt(at - 1)}>
              Back
            </button>
          )}
          <button type="submit" aria-busy={busy}>
            {last ? "Register the model" : "Continue"}
          </button>
        </div>
      </form>
    </main>
  );
}
