import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { FileDrop } from "../ui/file-drop.js";
import { Badge } from "../ui/badge.js";
import { Facts } from "../ui/facts.js";
import { PageHeading } from "../ui/page-heading.js";
import { sentence } from "../ui/problem-notice.js";
import { useVerification, type Verification } from "../verify/use-verification.js";
import type { ShownCheck, CheckedEvidence } from "../verify/check-evidence.js";
import { checkTitle } from "../words/checks.js";
import { chanceOf, counted, formatLevel, formatTime } from "../words/format.js";
import { VERDICTS } from "../words/states.js";

export function VerifyPage(): JSX.Element {
  const { verification, verify } = useVerification();
  const [file, setFile] = useState<File | null>(null);
  const [disclosure, setDisclosure] = useState<File | null>(null);
  const check = (evidence: File | null, opened: File | null): void => {
    setFile(evidence);
    setDisclosure(opened);
    if (evidence !== null) verify(evidence, opened);
  };
  return (
    <main id="main">
      <PageHeading
        title="Check evidence"
        lead="Drop a file of evidence here. It is checked in this browser by its own contents; nothing is uploaded."
      />
      <section class="card">
        <FileDrop
          label="Evidence"
          help="An evidence.zip, a trace or an excerpt. Choose it, or drop it here."
          accept=".zip"
          file={file === null ? null : { name: file.name, bytes: file.size }}
          onFile={(chosen) => check(chosen, disclosure)}
        />
        <details>
          <summary>A disclosure, to compute every figure again</summary>
          <FileDrop
            label="Decrypted disclosure"
            help="With the key that the owner disclosed to you, the figures themselves are computed again. Decrypt it with age first."
            accept=""
            file={disclosure === null ? null : { name: disclosure.name, bytes: disclosure.size }}
            onFile={(chosen) => check(file, chosen)}
          />
        </details>
      </section>
      <Outcome verification={verification} />
    </main>
  );
}

function Outcome({ verification }: { readonly verification: Verification }): JSX.Element | null {
  switch (verification.state) {
    case "empty":
      return null;
    case "refused":
      return (
        <div class="notice bad" role="alert">
          <p>
            <strong>{verification.name} was not checked.</strong>
          </p>
          <p>{sentence(verification.why)}</p>
        </div>
      );
    case "working":
      return (
        <section class="card">
          <div class="progress">
            <p role="status">Checking {verification.name}…</p>
            <progress aria-label="Progress of the check" />
          </div>
          <Checks checks={verification.checks} />
        </section>
      );
    case "done":
      return <Result name={verification.name} result={verification.result} />;
  }
}

function Result({ name, result }: { readonly name: string; readonly result: CheckedEvidence }): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [result]);
  const { verified, checks, claimed } = result;
  const failed = checks.filter(({ status }) => status === "failed").length;
  const open = checks.filter(({ status }) => status === "not checked").length;
  return (
    <section class="card">
      <div class={verified ? "notice good" : "notice bad"} role="status">
        <h2 ref={heading} tabIndex={-1}>
          {verified ? `${name} verifies` : `${name} does not verify`}
        </h2>
        <p>
          {verified
            ? `Nothing in it was altered, as far as it was checked${open === 0 ? "." : `: ${counted(open, "check")} could not be done, and the list says why.`}`
            : `${counted(failed, "check")} failed. Do not rely on this file.`}
        </p>
      </div>
      {verified && claimed !== null && (
        <>
          <h2>What it claims</h2>
          <p>{sentence(claimed.claim)}</p>
          <Facts
            facts={[
              ["Verdict", <Badge wording={VERDICTS[claimed.verdict]} />],
              ["Standing", claimed.standing],
              ["Chance", claimed.log10P === null ? null : chanceOf(claimed.log10P)],
              ["Needed", claimed.level === null ? null : formatLevel(claimed.level)],
              ["Concluded", claimed.concluded === null ? null : formatTime(claimed.concluded)],
            ]}
          />
          {checks.some(({ name: each, status }) => each === "statistic" && status === "not checked") && (
            <p class="help">Nobody has computed these figures again here: that needs a disclosure.</p>
          )}
        </>
      )}
      <h2>What was checked</h2>
      <Checks checks={checks} />
      <p class="help">
        None of this shows that the recorded answers are the suspect's own: whoever holds the key could have
        invented them, unless another party observed.
      </p>
    </section>
  );
}

const STATUS = {
  passed: { label: "Passed", tone: "good" },
  failed: { label: "Failed", tone: "bad" },
  "not checked": { label: "Not checked", tone: "quiet" },
} as const;

function Checks({ checks }: { readonly checks: readonly ShownCheck[] }): JSX.Element {
  return (
    <ul class="checks" aria-label="Checks">
      {checks.map(({ name, status, detail, code }) => (
        <li key={name}>
          <Badge wording={STATUS[status]} />
          <div>
            <p>{checkTitle(name)}</p>
            <p class="aside">
              {detail}
              {code !== null && (
                <>
                  {" "}
                  Code <code>{code}</code>
                </>
              )}
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}
