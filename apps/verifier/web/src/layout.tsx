import { useLocation } from "preact-iso";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useAction } from "./api/use-action.js";
import { useSession } from "./session.js";
import { applyTheme, storedTheme, type Theme } from "./theme.js";
import { ProblemNotice } from "./ui/problem-notice.js";

const PLACES = [
  ["/", "Overview"],
  ["/models", "Models"],
  ["/suspects", "Suspects"],
  ["/investigations", "Investigations"],
  ["/probe-sets", "Probe sets"],
  ["/verify", "Check evidence"],
  ["/settings", "Settings"],
] as const;
const THEMES = { system: "Colours: as system", light: "Colours: light", dark: "Colours: dark" } as const;
const NEXT_THEME: Readonly<Record<Theme, Theme>> = { system: "light", light: "dark", dark: "system" };

/** What stands around every page: the way to the others, who is signed in, and whether the network is there. */
export function Layout({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <OfflineNotice />
      <header class="top">
        <div>
          <a class="brand" href="/">
            <Mark />
            Indicia
          </a>
          <Places />
          <Account />
        </div>
      </header>
      {children}
      <footer class="foot">
        <div>
          <a href="/about">About Indicia</a>
          <a href="/api/reference" target="_blank" rel="noreferrer">
            API reference
          </a>
          <ThemeSwitch />
        </div>
      </footer>
    </>
  );
}

function Mark(): JSX.Element {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#1f4f82" />
      <path d="M6 9c7 0 6 14 20 14" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" />
      <path d="M6 23h20" fill="none" stroke="#9ec5ee" stroke-width="2" stroke-dasharray="2 3" />
    </svg>
  );
}

function Places(): JSX.Element | null {
  const { path } = useLocation();
  const { me } = useSession();
  if (me === null || me === undefined) return null;
  const current = (place: string): boolean => (place === "/" ? path === "/" : path.startsWith(place));
  return (
    <nav aria-label="Pages">
      <ul>
        {PLACES.map(([place, name]) => (
          <li key={place}>
            <a href={place} aria-current={current(place) ? "page" : undefined}>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Account(): JSX.Element | null {
  const { me, signOut } = useSession();
  const { busy, error, run } = useAction();
  if (me === undefined) return null;
  if (me === null)
    return (
      <div class="account">
        <a href="/">Sign in</a>
      </div>
    );
  return (
    <div class="account">
      <span>
        <span class="unseen">Signed in as </span>
        {me.user.name}
      </span>
      <button type="button" class="plain" aria-busy={busy} onClick={() => run(signOut)}>
        Sign out
      </button>
      <ProblemNotice error={error} />
    </div>
  );
}

function ThemeSwitch(): JSX.Element {
  const [theme, setTheme] = useState(storedTheme);
  return (
    <button
      type="button"
      class="plain"
      onClick={() => {
        const next = NEXT_THEME[theme];
        applyTheme(next);
        setTheme(next);
      }}
    >
      {THEMES[theme]}
    </button>
  );
}

function OfflineNotice(): JSX.Element | null {
  const [online, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const look = (): void => setOnline(navigator.onLine);
    addEventListener("online", look);
    addEventListener("offline", look);
    return () => {
      removeEventListener("online", look);
      removeEventListener("offline", look);
    };
  }, []);
  return online ? null : (
    <p class="offline" role="alert">
      You are offline. What is shown may be out of date.
    </p>
  );
}
