/* The pages and their addresses.  The list is in the first download, a site's page is not. */
import { createRootRoute, createRoute, createRouter, redirect } from "@tanstack/react-router";
import type { Me } from "./api/client.ts";
import { asApiError } from "./api/error.ts";
import { LoginPage } from "./pages/login/LoginPage.tsx";
import {
  customerSearch,
  customersSearch,
  licencesSearch,
  loginSearch,
  parseSearch,
  rulesSearch,
  safePath,
  sessionsSearch,
  siteSearch,
  sitesSearch,
  stringifySearch,
  usersSearch,
} from "./pages/search.ts";
import { SitesPage } from "./pages/sites/SitesPage.tsx";
import { bound, whoAmI } from "./session.ts";
import { inTime } from "./ui/lost.ts";
import { Crashed, NotFound, Root } from "./ui/Root.tsx";
import { Shell } from "./ui/Shell.tsx";
import { Waiting } from "./ui/Notice.tsx";
import { laterWords } from "./text/i18n.ts";

const root = createRootRoute({ component: Root, notFoundComponent: NotFound });

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  component: LoginPage,
  validateSearch: loginSearch,
});

/* The path to come back to; the list is where one gets anyway. */
function wayBack(href: string): string | undefined {
  const to = safePath(href);
  return to === "/sites" ? undefined : to;
}

async function needLogin(href: string): Promise<Me> {
  try {
    return await whoAmI();
  } catch (error) {
    if (asApiError(error).status !== 401) throw error;
    throw redirect({ to: "/login", search: { to: wayBack(href) } });
  }
}

const legal = createRoute({ getParentRoute: () => root, path: "/legal" }).lazy(() =>
  import("./pages/legal/LegalPage.tsx").then((page) => page.listRoute),
);

const legalText = createRoute({ getParentRoute: () => root, path: "/legal/$name" }).lazy(() =>
  import("./pages/legal/LegalPage.tsx").then((page) => page.textRoute),
);

/* Pages that are not in the first download; nor are their words. */
async function withWords<Page>(page: Promise<Page>): Promise<Page> {
  const [loaded] = await inTime(Promise.all([page, laterWords()]));
  return loaded;
}

/* What an invitation leads to: no login, the code stands behind the `#`. */
const install = createRoute({ getParentRoute: () => root, path: "/install" }).lazy(() =>
  withWords(import("./pages/install/InstallPage.tsx")).then((page) => page.installRoute),
);

const terms = createRoute({
  getParentRoute: () => root,
  path: "/terms",
  validateSearch: loginSearch,
  beforeLoad: async ({ search }) => {
    if (bound(await needLogin(search.to ?? "/sites"))) throw redirect({ to: "/sites" });
  },
}).lazy(() => import("./pages/terms/TermsPage.tsx").then((page) => page.termsRoute));

/* Everything that needs a login, and the hub terms accepted. */
const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  component: Shell,
  beforeLoad: async ({ location }) => {
    const me = await needLogin(location.href);
    if (!bound(me)) throw redirect({ to: "/terms", search: { to: wayBack(location.href) } });
    /* Who may view nothing of his own. */
    if (me.rights.includes("support") && location.pathname !== "/support") throw redirect({ to: "/support" });
  },
});

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/sites", replace: true });
  },
});

const sites = createRoute({
  getParentRoute: () => inside,
  path: "/sites",
  component: SitesPage,
  validateSearch: sitesSearch,
});

const customers = createRoute({
  getParentRoute: () => inside,
  path: "/customers",
  validateSearch: customersSearch,
}).lazy(() =>
  withWords(import("./pages/customers/CustomersPage.tsx")).then((page) => page.customersRoute),
);

const customer = createRoute({
  getParentRoute: () => inside,
  path: "/customers/$id",
  validateSearch: customerSearch,
}).lazy(() =>
  withWords(import("./pages/customers/CustomerPage.tsx")).then((page) => page.customerRoute),
);

const licences = createRoute({
  getParentRoute: () => inside,
  path: "/licences",
  validateSearch: licencesSearch,
}).lazy(() =>
  withWords(import("./pages/licences/LicencesPage.tsx")).then((page) => page.licencesRoute),
);

const add = createRoute({ getParentRoute: () => inside, path: "/add" }).lazy(() =>
  withWords(import("./pages/add/AddPage.tsx")).then((page) => page.addRoute),
);

const invitations = createRoute({ getParentRoute: () => inside, path: "/invitations" }).lazy(() =>
  withWords(import("./pages/invited/InvitedPage.tsx")).then((page) => page.invitedRoute),
);

const importing = createRoute({ getParentRoute: () => inside, path: "/import" }).lazy(() =>
  withWords(import("./pages/import/ImportPage.tsx")).then((page) => page.importRoute),
);

const archive = createRoute({ getParentRoute: () => inside, path: "/archive" }).lazy(() =>
  withWords(import("./pages/archive/ArchivePage.tsx")).then((page) => page.archiveRoute),
);

const rules = createRoute({
  getParentRoute: () => inside,
  path: "/rules",
  validateSearch: rulesSearch,
}).lazy(() =>
  withWords(import("./pages/rules/RulesPage.tsx")).then((page) => page.rulesRoute),
);

const users = createRoute({
  getParentRoute: () => inside,
  path: "/users",
  validateSearch: usersSearch,
}).lazy(() =>
  withWords(import("./pages/users/UsersPage.tsx")).then((page) => page.usersRoute),
);

const support = createRoute({ getParentRoute: () => inside, path: "/support" }).lazy(() =>
  withWords(import("./pages/support/SupportPage.tsx")).then((page) => page.supportRoute),
);

const sessions = createRoute({
  getParentRoute: () => inside,
  path: "/sessions",
  validateSearch: sessionsSearch,
}).lazy(() =>
  withWords(import("./pages/session/SessionsPage.tsx")).then((page) => page.sessionsRoute),
);

const enter = createRoute({ getParentRoute: () => inside, path: "/sessions/$id/enter" }).lazy(() =>
  withWords(import("./pages/session/EnterPage.tsx")).then((page) => page.enterRoute),
);

const site = createRoute({
  getParentRoute: () => inside,
  path: "/sites/$id",
  validateSearch: siteSearch,
}).lazy(() =>
  withWords(import("./pages/site/SitePage.tsx")).then((page) => page.siteRoute),
);

export const router = createRouter({
  routeTree: root.addChildren([
    login,
    terms,
    legal,
    legalText,
    install,
    home,
    inside.addChildren([sites, customers, customer, licences, add, importing, archive, invitations, rules, users, support, sessions, enter, site]),
  ]),
  parseSearch,
  stringifySearch,
  /* What a page does not know, such as what a mail gateway appends to a link, reaches no call. */
  search: { strict: true },
  scrollRestoration: true,
  /* Another question is read from the top; back goes to where one was. */
  scrollToTopSelectors: ["[data-scroll-restoration-id]"],
  defaultErrorComponent: Crashed,
  defaultNotFoundComponent: NotFound,
  defaultPendingComponent: Waiting,
  /* Data come from the query cache, which has its own idea of fresh. */
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
