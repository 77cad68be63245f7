import type { JSX } from "preact";
import { useMay } from "../../session.js";
import { Choice, TextField, Tick } from "../../ui/field.js";
import { UploadField } from "../../ui/upload-field.js";
import type { StepProps } from "./new-model.js";

const COUNTS = ["0", "2", "4", "8"] as const;

export function StandingStep({ draft, change }: StepProps): JSX.Element {
  const isAdmin = useMay("admin");
  if (draft.keyKind === "kept-out")
    return <p>The registration that you uploaded says this already. There is nothing to do here.</p>;
  return (
    <>
      <p>All of this is optional, and none of it can be added later.</p>
      <Tick
        label="Have the registration dated by a timestamp authority"
        help="Others then need not take your word for when it was made. Only a checksum is sent. If the authority does not answer, nothing is registered."
        checked={draft.dated}
        onChecked={(dated) => change({ dated })}
      />
      {draft.dated && (
        <>
          <TextField
            label="Address of the authority"
            help="One that speaks RFC 3161."
            type="url"
            spellcheck={false}
            maxLength={2000}
            value={draft.authority}
            onValue={(authority) => change({ authority })}
          />
          <UploadField
            label="Roots of the authority"
            help="A PEM file of the certificates to which it leads. Without one, anybody may have made the timestamp, and evidence stays exploratory."
            accept=".pem,.crt,.cer"
            upload={draft.roots}
            onUpload={(roots) => change({ roots })}
          />
          <Tick
            label="It is a qualified authority"
            help="As eIDAS defines it. Tick it only where you know."
            checked={draft.qualified}
            onChecked={(qualified) => change({ qualified })}
          />
          {isAdmin && (
            <Tick
              label="The authority lies in our own network"
              help="Otherwise private addresses are refused."
              checked={draft.privateAuthority}
              onChecked={(privateAuthority) => change({ privateAuthority })}
            />
          )}
        </>
      )}
      <Tick
        label="Wait for public chance"
        help="A later round of the drand network goes into the mark, so that nobody can say you searched for a lucky key. Copies can be marked in a little over an hour, once the round is out."
        checked={draft.beacon}
        onChecked={(beacon) => change({ beacon })}
      />
      <Choice
        label="Students of the model"
        help="Small models that are taught its answers on the calibration data. They help against thieves who imitate the model. Each takes minutes for a small model and its data, and up to hours for large ones; each is also asked at every examination. They need real inputs, 2,000 or more, and a model with one input."
        value={draft.shadows}
        onValue={(shadows) => change({ shadows })}
        options={COUNTS.map((count) => [count, count === "0" ? "None" : count] as const)}
      />
    </>
  );
}
