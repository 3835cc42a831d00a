/* A moment: relative where its age matters, with the exact time in the title. */
import { useNow } from "../text/clock.ts";
import { ageOf, date, exact, moment, say } from "../text/format.ts";
import { useText } from "../text/i18n.ts";

type When = string | number;

function ms(at: When): number {
  return typeof at === "number" ? at : Date.parse(at);
}

/* "12 s ago" */
export function Age({ at }: { at: When }) {
  const text = useText();
  const now = useNow();
  const when = ms(at);
  return (
    <time dateTime={new Date(when).toISOString()} title={exact(text.locale, when)}>
      {say(text, ageOf(now, when))}
    </time>
  );
}

/* "09:12" today, "23 Nov, 09:12" before */
export function Moment({ at }: { at: When }) {
  const { locale } = useText();
  const now = useNow();
  const when = ms(at);
  return (
    <time dateTime={new Date(when).toISOString()} title={exact(locale, when)}>
      {moment(locale, now, when)}
    </time>
  );
}

export function Day({ at }: { at: When }) {
  const { locale } = useText();
  const when = ms(at);
  return (
    <time dateTime={new Date(when).toISOString()} title={exact(locale, when)}>
      {date(locale, when)}
    </time>
  );
}
