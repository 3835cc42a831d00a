/* mfp.test.ts - the simulated device is as odd as its switches say, seen by other people's clients. */
import { execFile } from "node:child_process";
import { connect } from "node:tls";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { Mfp } from "../harness/mfp.ts";
import { until } from "../harness/until.ts";

async function curl(...args: string[]): Promise<string> {
  return (await promisify(execFile)("curl", ["-sk", "--http1.1", "--max-time", "20", ...args])).stdout;
}

async function fingerprint(url: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((done, failed) => {
    const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
      done(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on("error", failed);
  });
}

test("a device refuses a foreign host, redirects to its own address and wants a login for the exact path", async () => {
  const mfp = await Mfp.start({ title: "Floor 2" });
  expect(await curl(mfp.url)).toContain("<title>Floor 2</title>");
  mfp.change({ host_check: true, absolute_redirect: true, odd_reason: true });
  await until("the scenario is read", async () => (await curl("-i", "-H", "Host: session.example", mfp.url)).startsWith("HTTP/1.1 400"));
  const redirect = await curl("-i", mfp.url);
  expect(redirect).toMatch(/^HTTP\/1\.1 302 Movtmp\r\n/);
  expect(redirect).toContain(`Location: ${mfp.url}/start/start.htm\r\n`);
  mfp.change({ digest: true });
  await until("a login is wanted", async () => (await curl("-i", `${mfp.url}/settings`)).startsWith("HTTP/1.1 401"));
  expect(await curl("--digest", "-u", "admin:sim-password", `${mfp.url}/settings`)).toContain("name=location");
  expect(await curl("--digest", "-u", "admin:wrong", `${mfp.url}/settings`)).toContain("Login");
});

test("a device speaks old TLS alone, and shows another certificate when it got one", async () => {
  const old = await Mfp.start({}, { tls: "mfp.example", oldTls: true });
  await expect(curl(old.url)).rejects.toThrow();
  expect(await curl("--tlsv1.0", "--tls-max", "1.0", "--ciphers", "DEFAULT@SECLEVEL=0", old.url)).toContain("Device");
  const mfp = await Mfp.start({}, { tls: "mfp.example" });
  const before = await fingerprint(mfp.url);
  mfp.newCertificate("mfp.example");
  await until("it shows the new one", async () => (await fingerprint(mfp.url)) !== before);
});
