/* The change stream: what a browser lives on. */
import { expect, test } from "vitest";
import type { Change } from "../harness/api.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { until } from "../harness/until.ts";

test("a stream that was cut goes on after the last event that was seen", async () => {
  const hub = await Hub.start();
  const { provider, customer } = await newSite(hub);
  const http = provider.api.http;
  const first = http.events("/api/v1/changes");
  await until("the stream is open", () => first.status === 200);
  await provider.api.makeSite(customer, "One");
  await until("one change", () => first.events.length > 0);
  const last = first.events.at(-1)!.id;
  first.stop();

  const two = await provider.api.makeSite(customer, "Two");
  const three = await provider.api.makeSite(customer, "Three");
  const second = http.events("/api/v1/changes", last);
  await until("both changes made meanwhile", () => second.events.length >= 2);
  second.stop();
  const changes = second.events.map((e) => JSON.parse(e.data) as Change);
  expect(second.events.map((e) => Number(e.id))).toEqual(changes.map((c) => c.seq));
  expect(changes.map((c) => c.seq)).toEqual([...changes.map((c) => c.seq)].sort((x, y) => x - y));
  expect(changes[0]!.seq).toBe(Number(last) + 1);
  expect(changes.map((c) => c.object.id)).toEqual([two.id, three.id]);
  expect(second.events.every((e) => e.event === "change")).toBe(true);
});
