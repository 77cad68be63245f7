import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import { type Admitted, CSRF_FIELD } from "./guard.js";

type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** The form that exchanges a key for a session. @param mistake said above it, or null */
export function loginPage(mistake: string | null): Html {
  const told = mistake === null ? "" : html`<p class="mistake" role="alert" id="mistake">${mistake}</p>`;
  return document(
    "Sign in",
    html`<main class="login">
      <h1>Indicia gateway</h1>
      ${told}
      <form method="post" action="/admin/login">
        <label for="key">Key with the scope <code>*:admin</code></label>
        <input id="key" name="key" type="password" autocomplete="current-password" required autofocus
          spellcheck="false" ${mistake === null ? "" : html`aria-invalid="true" aria-describedby="mistake"`} />
        <button type="submit">Sign in</button>
      </form>
    </main>`,
  );
}

/** The page as it is before its script has fetched anything. */
export function adminPage({ session, key }: Admitted): Html {
  return document(
    "Administration",
    html`<a class="skip" href="#content">Skip to content</a>
      <header>
        <h1>Indicia gateway</h1>
        <p class="who">Signed in as <strong>${key.account}</strong></p>
        <form method="post" action="/admin/logout">
          <input type="hidden" name="${CSRF_FIELD}" value="${session.csrf}" />
          <button type="submit" class="quiet">Sign out</button>
        </form>
      </header>
      <p id="status" class="status" role="status" aria-live="polite"></p>
      <noscript><p class="mistake">This page needs its script.</p></noscript>
      <main id="content" tabindex="-1">
        <dl id="summary" class="tiles" aria-label="Summary"></dl>
        <section aria-labelledby="accounts-title">
          <div class="bar">
            <h2 id="accounts-title">Accounts</h2>
            <label class="search">Search <input id="search" type="search" autocomplete="off" maxlength="96" /></label>
          </div>
          <div id="accounts"></div>
        </section>
        <section id="detail" aria-labelledby="detail-title" tabindex="-1" hidden>
          <h2 id="detail-title"></h2>
          <figure><figcaption>Suspicion over time</figcaption><div id="plot"></div></figure>
          <div id="detail-parts"></div>
        </section>
        <section aria-labelledby="alerts-title"><h2 id="alerts-title">Alerts</h2><div id="alerts"></div></section>
        <section aria-labelledby="limits-title"><h2 id="limits-title">Limits hit</h2><div id="limits"></div></section>
        <section aria-labelledby="logs-title"><h2 id="logs-title">Query logs</h2><div id="logs"></div></section>
      </main>
      <dialog id="confirm" aria-labelledby="confirm-title">
        <form method="dialog">
          <h2 id="confirm-title">Revoke this key?</h2>
          <p id="confirm-text"></p>
          <div class="bar">
            <button value="cancel" class="quiet" autofocus>Keep it</button>
            <button id="confirm-do" value="confirm" class="danger">Revoke</button>
          </div>
        </form>
      </dialog>`,
    html`<meta name="csrf-token" content="${session.csrf}" />
      <script type="module" src="/admin/assets/admin.js"></script>`,
  );
}

function document(title: string, body: Html, head: Html | "" = ""): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Indicia gateway</title>
        <link rel="icon" href="/admin/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/admin/assets/admin.css" />
        ${head}
      </head>
      <body>
        ${body}
      </body>
    </html>`;
}
