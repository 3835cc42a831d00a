/* Sessions and what can be opened.  The change stream says what to read again; while somebody waits
 * for an answer the page also looks by itself. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, call, type Session, type Target, type Targets } from "../../api/client.ts";
import { isOver, type SessionState } from "./model.ts";

const listEveryMs = 30_000;
const waitingEveryMs = 2_000;
const openEveryMs = 10_000;
const pageRows = 100;

export interface SessionsQuery {
  site?: string;
  state?: SessionState;
  live?: true;
}

export function sessionsQuery(search: SessionsQuery) {
  return infiniteQueryOptions({
    queryKey: ["sessions", search],
    queryFn: ({ pageParam: cursor, signal }) => {
      const query = { ...search, cursor, limit: pageRows };
      return call(api.GET("/api/v1/sessions", { params: { query }, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: listEveryMs,
  });
}

/* Those of a site that are not over. */
export function liveQuery(site: string) {
  return queryOptions({
    queryKey: ["sessions", "live", site],
    queryFn: async ({ signal }): Promise<Session[]> => {
      const query = { site, live: true, limit: pageRows };
      return (await call(api.GET("/api/v1/sessions", { params: { query }, signal }))).items;
    },
    refetchInterval: openEveryMs,
  });
}

export function sessionQuery(id: string) {
  return queryOptions({
    queryKey: ["session", id],
    queryFn: ({ signal }) => call(api.GET("/api/v1/sessions/{session}", { params: { path: { session: id } }, signal })),
    refetchInterval: ({ state: { data } }) => {
      if (!data || isOver(data)) return false;
      return data.state === "open" ? openEveryMs : waitingEveryMs;
    },
  });
}

export function targetsQuery(site: string) {
  return queryOptions({
    queryKey: ["targets", site],
    queryFn: ({ signal }): Promise<Targets> =>
      call(api.GET("/api/v1/sites/{id}/targets", { params: { path: { id: site } }, signal })),
  });
}

/* Besides the console, which every print server has. */
export function devicesOf(targets: Targets | undefined): Target[] {
  return (targets?.items ?? []).filter((target) => target.kind !== "console");
}
