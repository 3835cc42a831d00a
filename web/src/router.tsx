/* The pages and their addresses.  The list is in the first download, a site's page is not. */
import { createRootRoute, createRoute, createRouter, redirect } from "@tanstack/react-router";
import { asApiError } from "./api/error.ts";
import { LoginPage } from "./pages/login/LoginPage.tsx";
import {
  loginSearch,
  parseSearch,
  safePath,
  siteSearch,
  sitesSearch,
  stringifySearch,
} from "./pages/search.ts";
import { SitesPage } from "./pages/sites/SitesPage.tsx";
import { whoAmI } from "./session.ts";
import { Crashed, NotFound, Root } from "./ui/Root.tsx";
import { Shell } from "./ui/Shell.tsx";
import { Waiting } from "./ui/Notice.tsx";

const root = createRootRoute({ component: Root, notFoundComponent: NotFound });

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  component: LoginPage,
  validateSearch: loginSearch,
});

/* Everything that needs a login. */
const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  component: Shell,
  beforeLoad: async ({ location }) => {
    try {
      await whoAmI();
    } catch (error) {
      if (asApiError(error).status !== 401) throw error;
      const to = safePath(location.href);
      throw redirect({ to: "/login", search: { to: to === "/sites" ? undefined : to } });
    }
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

const site = createRoute({
  getParentRoute: () => inside,
  path: "/sites/$id",
  validateSearch: siteSearch,
}).lazy(() => import("./pages/site/SitePage.tsx").then((page) => page.siteRoute));

export const router = createRouter({
  routeTree: root.addChildren([login, home, inside.addChildren([sites, site])]),
  parseSearch,
  stringifySearch,
  scrollRestoration: true,
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
