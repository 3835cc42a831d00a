/* What is typed on the print server.  The code is never on a command line: enroll asks for it. */
import type { Schemas } from "../../api/client.ts";

export const packagePath = (name: string) => `/packages/${name}`;

/* Nothing is installed that is not what the hub says it is. */
export function packageCommand({ name, sha256 }: Schemas["package"]): string {
  return [
    `curl -fLO ${location.origin}${packagePath(name)}`,
    `echo "${sha256}  ${name}" | sha256sum -c`,
    `apt install ./${name}`,
  ].join(" &&\n");
}

/* A package that came another way. */
export const handedCommand = "sha256sum imprimatur-connector_*.deb\napt install ./imprimatur-connector_*.deb";
export const enrolCommand = `runuser -u imprimatur-connector -- imprimatur-connector enroll --dir /var/lib/imprimatur-connector --hub ${location.origin}`;
export const startCommand = "systemctl start imprimatur-connector";

export function installLink(code: string): string {
  return `${location.origin}/install#${code}`;
}
