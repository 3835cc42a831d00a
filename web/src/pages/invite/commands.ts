/* What is typed on the print server.  The code is never on a command line: enroll asks for it. */
export const enrolCommand = `runuser -u imprimatur-connector -- imprimatur-connector enroll --dir /var/lib/imprimatur-connector --hub ${location.origin}`;
export const startCommand = "systemctl start imprimatur-connector";

export function installLink(code: string): string {
  return `${location.origin}/install#${code}`;
}
