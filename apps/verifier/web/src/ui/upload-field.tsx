import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Upload } from "../../../src/shapes/common.js";
import { useAction } from "../api/use-action.js";
import { useClient } from "../session.js";
import { FileDrop } from "./file-drop.js";
import { ProblemNotice } from "./problem-notice.js";

/** A file that goes to the service as soon as it is chosen. */
export function UploadField({
  label,
  help,
  accept,
  upload,
  onUpload,
}: {
  readonly label: string;
  readonly help: string;
  readonly accept: string;
  readonly upload: Upload | null;
  readonly onUpload: (upload: Upload) => void;
}): JSX.Element {
  const client = useClient();
  const { busy, error, run } = useAction();
  const [part, setPart] = useState(0);
  const send = (file: File): void =>
    run(async () => {
      setPart(0);
      const path = `/uploads?name=${encodeURIComponent(file.name)}`;
      const type = "application/octet-stream";
      onUpload(await client.send<Upload>({ method: "POST", path, file, type, onProgress: setPart }));
    });
  return (
    <div>
      <FileDrop label={label} help={help} accept={accept} file={upload} onFile={send} />
      {busy && (
        <div class="progress">
          <p role="status">Uploading…</p>
          <progress aria-label={`Upload of ${label}`} value={part} max={1} />
        </div>
      )}
      <ProblemNotice error={error} />
    </div>
  );
}
