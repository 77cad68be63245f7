import { LocationProvider, Route, Router } from "preact-iso";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { Layout } from "./layout.js";
import { AboutPage } from "./pages/about.js";
import { DashboardPage } from "./pages/dashboard.js";
import { InvestigationPage } from "./pages/investigation/investigation.js";
import { InvestigationsPage } from "./pages/investigations.js";
import { ModelPage } from "./pages/model.js";
import { ModelsPage } from "./pages/models.js";
import { NewInvestigationPage } from "./pages/new-investigation.js";
import { NewModelPage } from "./pages/new-model/new-model.js";
import { NewSuspectPage } from "./pages/new-suspect/new-suspect.js";
import { ProbeSetsPage } from "./pages/probe-sets.js";
import { SettingsPage } from "./pages/settings/settings.js";
import { SignInPage } from "./pages/sign-in.js";
import { SuspectPage } from "./pages/suspect.js";
import { SuspectsPage } from "./pages/suspects.js";
import { VerifyPage } from "./pages/verify.js";
import { SessionProvider, useSession } from "./session.js";
import { PageHeading } from "./ui/page-heading.js";
import { ProblemNotice } from "./ui/problem-notice.js";
import { Waiting } from "./ui/waiting.js";

export function App(): JSX.Element {
  return (
    <SessionProvider>
      <LocationProvider>
        <Layout>
          <Pages />
        </Layout>
      </LocationProvider>
    </SessionProvider>
  );
}

function Pages(): JSX.Element {
  const { me, fault } = useSession();
  const began = useRef(false);
  const onRouteChange = (): void => {
    // The first page is read from its top; after that, a reader of the screen is told where he is by its heading.
    if (began.current) setTimeout(() => document.querySelector<HTMLElement>("h1")?.focus());
    else began.current = true;
    scrollTo(0, 0);
  };
  if (fault !== null)
    return (
      <main id="main" class="narrow">
        <PageHeading title="Not reachable" />
        <ProblemNotice error={fault} onRetry={() => location.reload()} />
      </main>
    );
  if (me === undefined)
    return (
      <main id="main">
        <Waiting />
      </main>
    );
  if (me === null)
    return (
      <Router onRouteChange={onRouteChange}>
        <Route path="/verify" component={VerifyPage} />
        <Route path="/about" component={AboutPage} />
        <Route default component={SignInPage} />
      </Router>
    );
  return (
    <Router onRouteChange={onRouteChange}>
      <Route path="/" component={DashboardPage} />
      <Route path="/models" component={ModelsPage} />
      <Route path="/models/new" component={NewModelPage} />
      <Route path="/models/:id" component={ModelPage} />
      <Route path="/suspects" component={SuspectsPage} />
      <Route path="/suspects/new" component={NewSuspectPage} />
      <Route path="/suspects/:id" component={SuspectPage} />
      <Route path="/investigations" component={InvestigationsPage} />
      <Route path="/investigations/new" component={NewInvestigationPage} />
      <Route path="/investigations/:id" component={InvestigationPage} />
      <Route path="/probe-sets" component={ProbeSetsPage} />
      <Route path="/verify" component={VerifyPage} />
      <Route path="/settings/:part?" component={SettingsPage} />
      <Route path="/about" component={AboutPage} />
      <Route default component={NotFoundPage} />
    </Router>
  );
}

function NotFoundPage(): JSX.Element {
  return (
    <main id="main" class="narrow">
      <PageHeading title="No such page" lead="The address leads nowhere." />
      <p>
        <a href="/">Go to the overview</a>
      </p>
    </main>
  );
}
