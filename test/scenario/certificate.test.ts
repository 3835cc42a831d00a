/* The certificate of a running hub is replaced: connections stay, a pair that does not fit changes nothing. */
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { dirname, join } from "node:path";
import { connect, type PeerCertificate } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { certify } from "../harness/certify.ts";
import { Connector } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { root, tempDir } from "../harness/place.ts";
import { always, until } from "../harness/until.ts";

/** What a newcomer is shown. */
function shown(hub: Hub): Promise<PeerCertificate> {
  return new Promise((done, failed) => {
    const c = connect({ port: Number(new URL(hub.url).port), host: "localhost", rejectUnauthorized: false }, () => {
      done(c.getPeerCertificate());
      c.destroy();
    });
    c.on("error", failed);
  });
}

/** Another authority's certificate for the same name. */
function another(): { cert: string; key: string } {
  const dir = tempDir();
  execFileSync(join(root, "tools/dev-ca"), [dir], { stdio: "ignore" });
  return { cert: join(dir, "tls.pem"), key: join(dir, "tls.key") };
}

async function metric(hub: Hub, name: string): Promise<number> {
  const text = await (await fetch(`${hub.ready.admin}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
}

test("SIGHUP shows newcomers the new certificate, and cuts nobody off", async () => {
  const hub = await Hub.start({ "tls.check": "1d" });
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  await until("the site is ok", async () => (await provider.api.site(site.id)).status === "ok");
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: readFileSync(hub.caFile) });
  onTestFinished(() => agent.destroy());
  const ask = () =>
    new Promise<boolean>((done, failed) => {
      const r = request(`${hub.url}/healthz`, { agent }, (a) => a.resume().on("end", () => done(r.reusedSocket)));
      r.on("error", failed).end();
    });
  await ask();
  const before = (await shown(hub)).fingerprint256;
  const fresh = another();
  copyFileSync(fresh.cert, hub.certFile);
  copyFileSync(fresh.key, hub.keyFile);
  hub.program.child.kill("SIGHUP");
  await until("newcomers see the new one", async () => (await shown(hub)).fingerprint256 !== before);
  expect(await ask()).toBe(true);
  // The connector trusts only the former authority: it stays as long as its connection does.
  expect((await provider.api.site(site.id)).status).toBe("ok");
  expect(c.program!.stderr).not.toContain("event=hub_down");
});

test("a certificate whose files change is taken by itself; a pair that does not fit leaves the old one in use, and says so", async () => {
  const hub = await Hub.start({ "tls.check": "1s", "admin.listen": "127.0.0.1:0" });
  const bad = () => metric(hub, "imprimatur_hub_certificates_bad_total");
  const ends = () => metric(hub, "imprimatur_hub_certificate_expiry_timestamp_seconds");
  const before = await shown(hub);
  expect(await ends()).toBe(Date.parse(before.valid_to) / 1000);

  // As renewing programs do it: first the certificate, a moment later its key.
  const fresh = another();
  const served = (async () => {
    copyFileSync(fresh.cert, hub.certFile);
    await until("the pair was refused", async () => (await bad()) === 1);
  })();
  await always("the old one is shown", async () => (await shown(hub)).fingerprint256 === before.fingerprint256, served);
  expect(hub.program.stderr).toMatch(/^level=error at=\S+ event=certificate_bad what=key why=".*mismatch.*"$/m);
  expect(hub.program.stderr).not.toContain(hub.dir);
  copyFileSync(fresh.key, hub.keyFile);
  await until("the new one is shown", async () => (await shown(hub)).fingerprint256 !== before.fingerprint256);
  expect(await bad()).toBe(1);

  writeFileSync(hub.certFile, "nothing of the kind");
  await until("that was refused", async () => (await bad()) === 2);
  expect((await shown(hub)).fingerprint256).not.toBe(before.fingerprint256);
});

test("a certificate for another name leaves the old one in use, and says so; where the old one is for another name too, it is taken", async () => {
  const hub = await Hub.start({ "tls.check": "1s", "admin.listen": "127.0.0.1:0" });
  const bad = () => metric(hub, "imprimatur_hub_certificates_bad_total");
  const before = (await shown(hub)).fingerprint256;
  const put = (name: string) => {
    const key = join(hub.dir, "made.key");
    const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
    execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-keyout", key, "-out", hub.certFile, ...subject], { stdio: "ignore" });
    copyFileSync(key, hub.keyFile);
  };
  put("other.example.test");
  await until("it was refused", async () => / event=certificate_bad what=name why="it is for another name"$/m.test(hub.program.stderr));
  expect((await shown(hub)).fingerprint256).toBe(before);
  expect(await bad()).toBeGreaterThan(0);

  // An operator whose clients are content with a wrong name must be able to renew it.
  await hub.program.stop();
  await hub.serve();
  const wrong = (await shown(hub)).fingerprint256;
  expect(wrong).not.toBe(before);
  put("other.example.test");
  await until("the new one is shown", async () => (await shown(hub)).fingerprint256 !== wrong);
  put("localhost");
  await until("the right one is shown", async () => (await shown(hub)).subject.CN === "localhost");
});

test("a certificate that has ended or does not count yet leaves the old one in use, and says so; it is taken when it counts", async () => {
  const hub = await Hub.start({ "tls.check": "1s", "admin.listen": "127.0.0.1:0" });
  const folder = dirname(hub.certFile);
  const before = (await shown(hub)).fingerprint256;
  const refused = (why: string) => until(why, async () => hub.program.stderr.includes(`event=certificate_bad what=time why="${why}"`));
  certify(folder, -1);
  await refused("it has ended");
  expect((await shown(hub)).fingerprint256).toBe(before);
  certify(folder, 91.5);
  await refused("it does not count yet");
  expect((await shown(hub)).fingerprint256).toBe(before);
  expect(await metric(hub, "imprimatur_hub_certificates_bad_total")).toBe(2);

  hub.setClock(2 * 86400_000);
  await until("the new one is shown", async () => (await shown(hub)).fingerprint256 !== before);
  expect(await metric(hub, "imprimatur_hub_certificates_bad_total")).toBe(2);
});
