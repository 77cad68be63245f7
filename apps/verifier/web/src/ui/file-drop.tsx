import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { formatBytes } from "../words/format.js";
import { Field } from "./field.js";
import { isAccepted } from "./is-accepted.js";

/** A file that is chosen or dropped; one of another kind than accepted is told so and not taken. */
export function FileDrop({
  label,
  help,
  accept,
  file,
  onFile,
}: {
  readonly label: string;
  readonly help: string;
  readonly accept: string;
  readonly file: { readonly name: string; readonly bytes: number } | null;
  readonly onFile: (file: File) => void;
}): JSX.Element {
  const [over, setOver] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const take = (files: FileList | null | undefined): void => {
    const first = files?.[0];
    if (first === undefined) return;
    const isFit = isAccepted(first.name, accept);
    setRefused(isFit ? null : `${first.name} is of another kind: ${accept.replaceAll(",", ", ")} is taken.`);
    if (isFit) onFile(first);
  };
  return (
    <div
      class={over ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer?.files);
      }}
    >
      <Field label={label} help={help} error={refused}>
        {(described) => (
          <input
            type="file"
            accept={accept}
            {...described}
            onChange={(event) => take(event.currentTarget.files)}
          />
        )}
      </Field>
      {file !== null && refused === null && (
        <p class="chosen">
          {file.name}, {formatBytes(file.bytes)}
        </p>
      )}
    </div>
  );
}
