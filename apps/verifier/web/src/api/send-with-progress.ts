import { offline } from "./api-error.js";

/**
 * Send a file and say how far it is, which `fetch` cannot.
 *
 * @throws ApiError OFFLINE
 */
export function sendWithProgress(
  url: string,
  file: Blob,
  headers: Readonly<Record<string, string>>,
  onProgress: (part: number) => void,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("content-type", "application/octet-stream");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      if (total > 0) onProgress(loaded / total);
    });
    request.addEventListener("load", () => resolve({ status: request.status, body: request.responseText }));
    request.addEventListener("error", () => reject(offline()));
    request.send(file);
  });
}
