/* A host whose name has letters beyond ASCII is looked up by another spelling of it (RFC 5891), which browsers know; the same
 * address if it has none, or is no address. */
export function spelt(address: string): string {
  if (/^[\x20-\x7e]*$/.test(address)) return address;
  try {
    const { protocol, host, origin, href } = new URL(address);
    return href === `${origin}/` ? `${protocol}//${host}` : address;
  } catch {
    return address;
  }
}
