/* The paths of all fields that a JSON Schema allows, in its order; lists without an index. */
interface Node {
  $ref?: string;
  type?: unknown;
  properties?: Record<string, Node>;
  items?: Node;
  $defs?: Record<string, Node>;
}

function resolve(root: Node, node: Node): Node {
  const name = node.$ref?.replace("#/$defs/", "");
  return name ? (root.$defs?.[name] ?? {}) : node;
}

function walk(root: Node, node: Node, path: string, out: string[]): void {
  const here = resolve(root, node);
  const inner = here.items ? resolve(root, here.items) : here;
  if (path) out.push(path);
  for (const [name, below] of Object.entries(inner.properties ?? {}))
    walk(root, below, path ? `${path}.${name}` : name, out);
}

export function pathsOf(schema: unknown): string[] {
  const out: string[] = [];
  walk(schema as Node, schema as Node, "", out);
  return out;
}
