import { offline } from "./api-error.js";

export interface FileRequest {
  readonly method: "POST" | "PUT";
  readonly url: string;
  readonly file: Blob;
  /** Media type of the file. */
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  /** @param part that was sent, 0 to 1 */
  readonly onProgress: (part: number) => void;
}

/**
 * Send a file and say how far it is, which `fetch` cannot.
 *
 * @throws ApiError OFFLINE
 */
export function sendWithProgress(
  asked: FileRequest,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(asked.method, asked.url);
    request.setRequestHeader("content-type", asked.type);
    for (const [name, value] of Object.entries(asked.headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      if (total > 0) asked.onProgress(loaded / total);
    });
    request.addEventListener("load", () => resolve({ status: request.status, body: request.responseText }));
    request.addEventListener("error", () => reject(offline()));
    request.send(asked.file);
  });
}
