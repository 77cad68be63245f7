import type { JSX } from "preact";
import type { ApiError } from "../api/api-error.js";

/** What the service refused and what to do about it; nothing where there is no error. */
export function ProblemNotice({
  error,
  onRetry,
}: {
  readonly error: ApiError | null;
  readonly onRetry?: () => void;
}): JSX.Element | null {
  if (error === null) return null;
  return (
    <div class="notice bad" role="alert">
      <p>
        <strong>{sentence(error.message)}</strong>
      </p>
      <p>{error.hint}</p>
      {error.errors.length > 0 && (
        <ul>
          {error.errors.map(({ pointer, detail }) => (
            <li key={pointer}>
              <code>{pointer}</code>: {detail}
            </li>
          ))}
        </ul>
      )}
      <p class="aside">
        Code <code>{error.code}</code>
      </p>
      {onRetry !== undefined && (
        <button type="button" class="secondary" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** The service's messages continue a sentence; alone they begin one. */
export function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
