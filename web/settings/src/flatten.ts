/* A report as its fields, one after the other, each with the path that names its purpose. */
export interface Field {
  /* "devices.items.label": as the schema names it, lists without their index */
  path: string;
  /* "devices.items[3].label" */
  place: string;
  value: string;
}

/* More would not be read; the exact bytes are there for who wants all. */
export const fieldsMax = 400;

function walk(value: unknown, path: string, place: string, out: Field[]): void {
  if (out.length >= fieldsMax) return;
  if (Array.isArray(value)) {
    if (value.length === 0 || typeof value[0] !== "object")
      out.push({ path, place, value: value.map(String).join(", ") || "–" });
    else value.forEach((item, i) => walk(item, path, `${place}[${i + 1}]`, out));
  } else if (typeof value === "object" && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      const below = path ? `${path}.${name}` : name;
      walk(inner, below, place ? `${place}.${name}` : name, out);
    }
  } else {
    out.push({ path, place, value: String(value) });
  }
}

export function flatten(text: string): { fields: Field[]; cut: boolean } {
  const out: Field[] = [];
  walk(JSON.parse(text), "", "", out);
  return { fields: out, cut: out.length >= fieldsMax };
}
