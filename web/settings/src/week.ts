/* Hours of the week between what the connector writes ("mo-fr 08:00-17:00, sa 09:00-12:00") and the fields of a form. */
export const days = ["mo", "tu", "we", "th", "fr", "sa", "su"] as const;
export type Day = (typeof days)[number];

export interface Entry {
  days: Day[];
  from: string;
  to: string;
}

function between(part: string): Day[] {
  const [first, last] = part.split("-") as [Day, Day | undefined];
  const at = days.indexOf(first);
  return days.slice(at, last ? days.indexOf(last) + 1 : at + 1);
}

/* As the connector prints it: days in order, ranges that do not go over Sunday. */
export function read(text: string | null): Entry[] {
  if (!text) return [];
  return text.split(", ").map((entry) => {
    const [when, times] = entry.split(" ") as [string, string];
    const [from, to] = times.split("-") as [string, string];
    return { days: when.split("+").flatMap(between), from, to };
  });
}

/* A time field knows no 24:00; its 00:00 as an end means midnight. */
export function write(entries: Entry[]): string {
  return entries.map((e) => `${days.filter((d) => e.days.includes(d)).join("+")} ${e.from}-${e.to === "00:00" ? "24:00" : e.to}`).join(", ");
}
