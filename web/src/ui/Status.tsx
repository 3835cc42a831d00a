/* Status and state, the same everywhere: icon, word and colour, never one of them alone. */
import {
  IconAlertOctagonFilled,
  IconAlertTriangleFilled,
  IconBan,
  IconCircleCheckFilled,
  IconCircleDotted,
  IconCircleMinus,
  IconHandStop,
  IconHelpCircle,
  IconHourglass,
  IconPlayerPauseFilled,
  IconPlugConnected,
  IconPlugConnectedX,
  IconPrinter,
  IconSend,
  type Icon,
} from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useText } from "../text/i18n.ts";
import style from "./Status.module.css";

type Tone = "ok" | "warning" | "error" | "offline" | "hand" | "quiet";

const looks: Record<string, [Icon, Tone]> = {
  ok: [IconCircleCheckFilled, "ok"],
  idle: [IconCircleCheckFilled, "ok"],
  processing: [IconPrinter, "ok"],
  warning: [IconAlertTriangleFilled, "warning"],
  stopped: [IconPlayerPauseFilled, "warning"],
  error: [IconAlertOctagonFilled, "error"],
  offline: [IconPlugConnectedX, "offline"],
  monitoring_off: [IconHandStop, "hand"],
  never_connected: [IconCircleDotted, "quiet"],
  revoked: [IconBan, "quiet"],
  unknown: [IconHelpCircle, "quiet"],
  soon: [IconHourglass, "quiet"],
  requested: [IconSend, "quiet"],
  waiting_for_approval: [IconHourglass, "hand"],
  open: [IconPlugConnected, "ok"],
  ended: [IconCircleMinus, "quiet"],
  refused: [IconBan, "quiet"],
  stopped_by_customer: [IconHandStop, "hand"],
};

interface Props {
  of: "status" | "state" | "session.state" | "licence.renewal";
  is: string;
  /* Of another look than its word has: whose decision it was. */
  look?: string;
  /* Where there is little room: its short word, if it has one. */
  short?: boolean;
  large?: boolean;
  /* Known from before and maybe no longer true: no colour speaks of now. */
  old?: boolean;
}

export function StatusIcon({ is, size = 16, old }: { is: string; size?: number; old?: boolean }) {
  const [Picture, now] = looks[is] ?? looks["unknown"]!;
  const tone = old ? "quiet" : now;
  return <Picture size={size} className={style.icon} data-tone={tone} aria-hidden stroke={2} />;
}

/* The hub may know a word that this page does not: then the word itself is shown. */
export function Status({ of, is, look = is, short, large, old }: Props) {
  const { find } = useText();
  const [, now] = looks[look] ?? looks["unknown"]!;
  const tone = old ? "quiet" : now;
  const word = (short ? find(`session.group.${is}`) : undefined) ?? find(`${of}.${is}`) ?? is;
  const changed = useChanged(is);

  return (
    <span className={style.mark} data-tone={tone} data-large={large} data-changed={changed}>
      <StatusIcon is={look} size={large ? 20 : 16} old={old} />
      <span>{word}</span>
    </span>
  );
}

/* True for a moment after the value has changed before somebody's eyes. */
function useChanged(value: string): boolean {
  const before = useRef(value);
  const [changed, setChanged] = useState(false);

  useEffect(() => {
    if (before.current === value) return;
    before.current = value;
    setChanged(true);
    const timer = setTimeout(() => setChanged(false), 3000);
    return () => clearTimeout(timer);
  }, [value]);
  return changed;
}
