/* Archive, take back, erase: the same verbs for customers and sites. */
import { api, call } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";

export type Kind = "customer" | "site";

interface Verbs {
  archive: (id: string) => Promise<unknown>;
  back: (id: string) => Promise<unknown>;
  erase: (id: string) => Promise<unknown>;
}

const site = (id: string) => ({ params: { path: { id } } });
const customer = (id: string) => ({ params: { path: { customer: id } } });

export const verbs: Record<Kind, Verbs> = {
  site: {
    archive: (id) => call(api.POST("/api/v1/sites/{id}/archive", site(id))),
    back: (id) => call(api.DELETE("/api/v1/sites/{id}/archive", site(id))),
    erase: (id) => call(api.DELETE("/api/v1/sites/{id}", site(id))),
  },
  customer: {
    archive: (id) => call(api.POST("/api/v1/customers/{customer}/archive", customer(id))),
    back: (id) => call(api.DELETE("/api/v1/customers/{customer}/archive", customer(id))),
    erase: (id) => call(api.DELETE("/api/v1/customers/{customer}", customer(id))),
  },
};

/* What shows a customer or a site. */
export function readAgain(): Promise<unknown> {
  const keys = ["sites", "site", "customers", "customer", "archive"];
  return Promise.all(keys.map((key) => queries.invalidateQueries({ queryKey: [key] })));
}
