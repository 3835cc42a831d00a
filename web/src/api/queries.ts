/* What the pages read, and how fresh it has to be.
 *
 * The change stream says what to read again; the slow intervals are for what makes no change but
 * goes on (when a site was last seen, a chart's newest point), and only while the page is looked at. */
import {
  infiniteQueryOptions,
  keepPreviousData,
  QueryCache,
  QueryClient,
  queryOptions,
} from "@tanstack/react-query";
import { hubNow } from "../text/clock.ts";
import type { CustomersSearch, LicencesSearch, Period, Since, SitesSearch } from "../pages/search.ts";
import type { Language } from "../text/i18n.ts";
import { loginOf, typeAs } from "../ui/draft.ts";
import { leavePage } from "../ui/once.ts";
import { api, call, type Device, type LegalText, type LicenceRow, type Me, type Series, type SiteRow, type User } from "./client.ts";
import { asApiError, mayRetry } from "./error.ts";

const listEveryMs = 30_000;
const siteEveryMs = 15_000;
const seriesEveryMs = 60_000;
const pageRows = 200;
/* A site's devices are read whole, so that they can be sorted here; beyond this the table says
 * that there are more. */
const devicePages = 25;

let unbound: () => void = () => {};

/* What happens when the hub wants its terms accepted first: a new version has come. */
export function onTermsRequired(handler: () => void): void {
  unbound = handler;
}

export const queries = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (asApiError(error).code === "terms_required") unbound();
    },
  }),
  defaultOptions: {
    queries: {
      retry: (count, error) => count < 2 && mayRetry(error),
      retryDelay: (count, error) => (asApiError(error).retryAfterS ?? 2 ** count) * 1000,
      staleTime: 5_000,
      refetchOnWindowFocus: true,
      networkMode: "always",
    },
  },
});

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async ({ client, queryKey, signal }) => {
    const me = await call(api.GET("/api/v1/me", { signal }));
    const before = client.getQueryData<Me>(queryKey);
    typeAs(me);
    /* Another has logged in meanwhile, in another tab: all that stands here is the first one's. */
    if (before && loginOf(before) !== loginOf(me)) leavePage(() => location.reload());
    return me;
  },
  staleTime: Infinity,
  retry: false,
});

/* Whether the operator's support may look, and what it looked at. */
export const supportQuery = queryOptions({
  queryKey: ["support"],
  queryFn: ({ signal }) => call(api.GET("/api/v1/support", { signal })),
  refetchInterval: 10_000,
});

/* For a person of support: who lets it in. */
export const supportProvidersQuery = queryOptions({
  queryKey: ["support", "providers"],
  queryFn: ({ signal }) => call(api.GET("/api/v1/support/providers", { signal })),
  refetchInterval: 10_000,
});

/* As they are to be accepted: with the provider's name. */
export function termsQuery(language: Language) {
  return queryOptions({
    queryKey: ["terms", language],
    queryFn: ({ signal }) =>
      call(api.GET("/api/v1/me/terms", { params: { query: { language } }, signal })),
    staleTime: Infinity,
  });
}

export const legalNames = [
  "privacy-policy",
  "customer-leaflet",
  "data-security-and-privacy",
  "connector-agreement",
  "hub-terms",
] as const;
export type LegalName = (typeof legalNames)[number];

export function legalQuery(name: LegalName, language: Language) {
  return queryOptions({
    queryKey: ["legal", name, language],
    queryFn: ({ signal }): Promise<LegalText> =>
      call(api.GET(`/api/v1/texts/${name}`, { params: { query: { language } }, signal })),
    staleTime: Infinity,
  });
}

/* `archived`: those alone, which a list leaves out else. */
export function sitesQuery(search: SitesSearch & { archived?: true }) {
  return infiniteQueryOptions({
    queryKey: ["sites", search],
    queryFn: ({ pageParam: cursor, signal }) => {
      const ask = { ...search, cursor, limit: pageRows };
      return call(api.GET("/api/v1/sites", { params: { query: ask }, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: listEveryMs,
  });
}

export function licencesQuery(search: LicencesSearch) {
  return infiniteQueryOptions({
    queryKey: ["licences", search],
    queryFn: ({ pageParam: cursor, signal }) => call(api.GET("/api/v1/licences", {
      params: { query: { ...search, cursor, limit: pageRows } },
      signal,
    })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: listEveryMs,
  });
}

interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/* All that the question is answered by, from the first page to the last. */
async function everyPage<T>(read: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const rows: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    rows.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  return rows;
}

export function allLicences(search: LicencesSearch): Promise<LicenceRow[]> {
  return everyPage((cursor) => call(api.GET("/api/v1/licences", { params: { query: { ...search, cursor, limit: pageRows } } })));
}

export function allSites(search: SitesSearch): Promise<SiteRow[]> {
  return everyPage((cursor) => call(api.GET("/api/v1/sites", { params: { query: { ...search, cursor, limit: pageRows } } })));
}

/* All of them: a provider has dozens, and they are sorted here. */
export const usersQuery = queryOptions({
  queryKey: ["users"],
  queryFn: ({ signal }): Promise<User[]> =>
    everyPage((cursor) => call(api.GET("/api/v1/users", { params: { query: { cursor, limit: pageRows } }, signal }))),
});

/* All sites of a customer, archived ones left out. */
export function customerSitesQuery(customer: string) {
  return queryOptions({
    queryKey: ["sites", { customer, all: true }],
    queryFn: ({ signal }): Promise<SiteRow[]> =>
      everyPage((cursor) => {
        const query = { customer, sort: "name", cursor, limit: pageRows };
        return call(api.GET("/api/v1/sites", { params: { query }, signal }));
      }),
  });
}

export function customersQuery(query: string) {
  return queryOptions({
    queryKey: ["customers", query],
    queryFn: ({ signal }) => call(api.GET("/api/v1/customers", { params: { query: { query, limit: 20 } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function customerListQuery(search: CustomersSearch) {
  return infiniteQueryOptions({
    queryKey: ["customers", search],
    queryFn: ({ pageParam: cursor, signal }) => {
      const ask = { ...search, cursor, limit: pageRows };
      return call(api.GET("/api/v1/customers", { params: { query: ask }, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: listEveryMs,
  });
}

export function customerQuery(id: string) {
  return queryOptions({
    queryKey: ["customer", id],
    queryFn: ({ signal }) => call(api.GET("/api/v1/customers/{customer}", { params: { path: { customer: id } }, signal })),
    refetchInterval: listEveryMs,
  });
}

/* Whose note it is: a customer's or a site's id. */
export type NoteOf = { kind: "customers" | "sites"; id: string };

export function noteQuery({ kind, id }: NoteOf) {
  return queryOptions({
    queryKey: ["note", id],
    queryFn: ({ signal }) =>
      kind === "sites"
        ? call(api.GET("/api/v1/sites/{id}/note", { params: { path: { id } }, signal }))
        : call(api.GET("/api/v1/customers/{customer}/note", { params: { path: { customer: id } }, signal })),
  });
}

export function siteQuery(id: string) {
  return queryOptions({
    queryKey: ["site", id],
    queryFn: ({ signal }) => {
      const params = { path: { id } };
      return call(api.GET("/api/v1/sites/{id}", { params, signal }));
    },
    refetchInterval: siteEveryMs,
  });
}

export interface DeviceList {
  items: Device[];
}

/* For all sites, or at one. */
export function rulesQuery(site: string | undefined) {
  return queryOptions({
    queryKey: ["rules", site ?? "all"],
    queryFn: ({ signal }) =>
      site === undefined
        ? call(api.GET("/api/v1/rules", { signal }))
        : call(api.GET("/api/v1/sites/{id}/rules", { params: { path: { id: site } }, signal })),
  });
}

export function devicesQuery(id: string) {
  return queryOptions({
    queryKey: ["devices", id],
    queryFn: async ({ signal }): Promise<DeviceList> => {
      const items: Device[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < devicePages; page++) {
        const params = { path: { id }, query: { cursor, limit: pageRows } };
        const got = await call(api.GET("/api/v1/sites/{id}/devices", { params, signal }));
        items.push(...got.items);
        if (!got.next_cursor) break;
        cursor = got.next_cursor;
      }
      return { items };
    },
    refetchInterval: siteEveryMs,
  });
}

/* `from` moves with the clock; what is asked for is one stretch by its name. */
export function changesQuery(id: string, since: Since, from: number) {
  return infiniteQueryOptions({
    queryKey: ["changes", id, since],
    queryFn: ({ pageParam: cursor, signal }) => {
      const query = { since: new Date(from).toISOString(), cursor, limit: 100 };
      const params = { path: { id }, query };
      return call(api.GET("/api/v1/sites/{id}/changes", { params, signal }));
    },
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => (page.next_cursor ? Number(page.next_cursor) : undefined),
    refetchInterval: siteEveryMs,
  });
}

export const periodMs: Record<Period, number> = {
  "1h": 3600_000,
  "24h": 24 * 3600_000,
  "7d": 7 * 24 * 3600_000,
  "30d": 30 * 24 * 3600_000,
  "365d": 365 * 24 * 3600_000,
};

/* A series with the stretch that was asked for, which its points need not fill. */
export interface SeriesData extends Series {
  from: number;
  to: number;
}

export function seriesQuery(id: string, name: string, period: Period) {
  return queryOptions({
    queryKey: ["series", id, name, period],
    queryFn: async ({ signal }): Promise<SeriesData> => {
      const to = hubNow();
      const from = to - periodMs[period];
      const at = (ms: number) => new Date(ms).toISOString();
      const query = { name, from: at(from), to: at(to) };
      const params = { path: { id }, query };
      const data = await call(api.GET("/api/v1/sites/{id}/series", { params, signal }));
      return { ...data, from, to };
    },
    /* Another period of the same series may stay while the new one comes, never another site's. */
    placeholderData: (previous, query) =>
      query?.queryKey[1] === id && query.queryKey[2] === name ? previous : undefined,
    refetchInterval: seriesEveryMs,
  });
}
