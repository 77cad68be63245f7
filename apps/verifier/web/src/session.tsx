import { type ComponentChildren, createContext, type JSX } from "preact";
import { useContext, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Me, Role, SignIn } from "../../src/shapes/access.js";
import { ApiError, asApiError } from "./api/api-error.js";
import { type Client, createClient } from "./api/client.js";
import { SignInDialog } from "./pages/sign-in-dialog.js";

export interface Session {
  readonly client: Client;
  /** Null where nobody is signed in; undefined while that is not known yet. */
  readonly me: Me | null | undefined;
  readonly fault: ApiError | null;
  readonly signIn: (how: SignIn) => Promise<void>;
  readonly signOut: () => Promise<void>;
}

const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("there is no session around this component");
  return session;
}

export function useClient(): Client {
  return useSession().client;
}

const RANKS: Readonly<Record<Role, number>> = { viewer: 0, investigator: 1, admin: 2 };

/** Whether whoever is signed in may do what the role is asked for; the service decides, this only hides buttons. */
export function useMay(role: Role): boolean {
  const { me } = useSession();
  return me !== null && me !== undefined && RANKS[me.user.role] >= RANKS[role];
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: ApiError) => void;
}

/** Holds who is signed in, and asks again, over whatever is being done, where the session ended. */
export function SessionProvider({ children }: { readonly children: ComponentChildren }): JSX.Element {
  const [me, setMe] = useState<Me | null | undefined>(undefined);
  const [fault, setFault] = useState<ApiError | null>(null);
  const [expired, setExpired] = useState(false);
  const csrf = useRef<string | null>(null);
  const waiters = useRef<Waiter[]>([]);

  const client = useMemo(
    () =>
      createClient({
        fetch: (input, init) => fetch(input, init),
        csrf: () => csrf.current,
        signInAgain: () =>
          new Promise<void>((resolve, reject) => {
            waiters.current.push({ resolve, reject });
            setExpired(true);
          }),
      }),
    [],
  );

  const take = (found: Me | null): void => {
    csrf.current = found?.csrf ?? null;
    setMe(found);
  };

  useEffect(() => {
    client.get<Me>("/session").then(take, (error: unknown) => {
      const problem = asApiError(error);
      if (problem.status === 401) take(null);
      else setFault(problem);
    });
  }, [client]);

  const signIn = async (how: SignIn): Promise<void> => {
    take(await client.post<Me>("/session", how));
    setExpired(false);
    for (const { resolve } of waiters.current.splice(0)) resolve();
  };
  const leave = (): void => {
    setExpired(false);
    take(null);
    const ended = new ApiError({
      code: "SIGN_IN_REQUIRED",
      detail: "the session has ended",
      hint: "Sign in again.",
      status: 401,
    });
    for (const { reject } of waiters.current.splice(0)) reject(ended);
  };
  const signOut = async (): Promise<void> => {
    await client.remove("/session");
    leave();
  };

  return (
    <SessionContext.Provider value={{ client, me, fault, signIn, signOut }}>
      {children}
      {expired && <SignInDialog name={me?.user.name ?? ""} onSignIn={signIn} onLeave={leave} />}
    </SessionContext.Provider>
  );
}
