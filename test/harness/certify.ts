/* certify.ts - certificates that dev-ca does not make. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** tls.pem for localhost, and another name, that signs itself by the tls.key of that folder: good for 90 days, of which so many are left
 * (below 0: expired, above 90: not yet good). */
export function certify(dir: string, days: number, other?: string) {
  const at = (d: number) => new Date(Date.now() + d * 86400e3).toISOString().replace(/[-:T]|\..*/g, "") + "Z";
  const subject = ["-subj", "/CN=localhost", "-addext", `subjectAltName=DNS:localhost${other ? `,DNS:${other}` : ""}`];
  const key = join(dir, "tls.key");
  const request = join(dir, "tls.csr");
  writeFileSync(join(dir, "ca.conf"), "[ca]\ndefault_ca=c\n[c]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\ncopy_extensions=copy\nunique_subject=no\n[p]\ncommonName=supplied\n");
  writeFileSync(join(dir, "index"), "");
  writeFileSync(join(dir, "serial"), "01\n");
  execFileSync("openssl", ["req", "-new", "-key", key, "-out", request, ...subject], { stdio: "ignore" });
  execFileSync(
    "openssl",
    ["ca", "-batch", "-selfsign", "-notext", "-config", "ca.conf", "-keyfile", key, "-in", request, "-out", "tls.pem", "-startdate", at(days - 90), "-enddate", at(days)],
    { cwd: dir, stdio: "ignore" },
  );
}
