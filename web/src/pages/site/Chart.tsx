/* The drawing, by uPlot.  Values hold until the next one, so the line has steps; gaps are hatched.
 *
 * The cursor moves by mouse and by arrow keys; what it stands on is said in words below, which a
 * screen reader hears as the value of a slider. */
import { useComputedColorScheme } from "@mantine/core";
import { useCallback, useEffect, useRef, useState, type KeyboardEvent } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { SeriesData } from "../../api/queries.ts";
import { clockOf, exact, withUnit } from "../../text/format.ts";
import { useText } from "../../text/i18n.ts";
import style from "./Chart.module.css";
import type { Prepared } from "./points.ts";

const height = 200;

interface Props {
  data: SeriesData;
  ready: Prepared;
  label: string;
}

interface Paint {
  line: string;
  fill: string;
  grid: string;
  hatch: string;
  text: string;
}

function colours(): Paint {
  const css = getComputedStyle(document.documentElement);
  const get = (name: string) => css.getPropertyValue(name).trim();
  return {
    line: get("--accent"),
    fill: get("--accent-soft"),
    grid: get("--line"),
    hatch: get("--hatch"),
    text: get("--dim"),
  };
}

function hatch(plot: uPlot, gaps: [number, number][], colour: string): void {
  const { ctx, bbox } = plot;
  const step = 8 * devicePixelRatio;

  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  for (const [a, b] of gaps) {
    const left = Math.max(bbox.left, plot.valToPos(a / 1000, "x", true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(b / 1000, "x", true));
    if (right <= left) continue;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, bbox.top, right - left, bbox.height);
    ctx.clip();
    ctx.beginPath();
    for (let x = left - bbox.height; x < right; x += step) {
      ctx.moveTo(x, bbox.top + bbox.height);
      ctx.lineTo(x + bbox.height, bbox.top);
    }
    ctx.stroke();
    ctx.restore();
  }
  ctx.restore();
}

function timeTicks(locale: string, splits: number[], step: number): string[] {
  const day = { month: "short", day: "numeric" } as const;
  const form = new Intl.DateTimeFormat(locale, step >= 86_400 ? day : clockOf(locale));
  const date = new Intl.DateTimeFormat(locale, day);
  return splits.map((s) => {
    const at = new Date(s * 1000);
    const midnight = at.getHours() === 0 && at.getMinutes() === 0;
    return midnight ? date.format(at) : form.format(at);
  });
}

export default function Chart({ data, ready, label }: Props) {
  const text = useText();
  const scheme = useComputedColorScheme("light");
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);

  useEffect(() => {
    const host = box.current!;
    const paint = colours();
    const axis = { stroke: paint.text, font: "12px system-ui", ticks: { stroke: paint.grid } };
    const made = new uPlot(
      {
        width: host.clientWidth,
        height,
        legend: { show: false },
        padding: [8, 8, 0, 0],
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
        scales: {
          x: { range: [data.from / 1000, data.to / 1000] },
          y: { range: (_u, _lo, hi) => [0, Math.max(1, Math.ceil(hi * 1.1))] },
        },
        axes: [
          {
            ...axis,
            space: 72,
            grid: { show: false },
            values: (_u, splits, _i, _space, step) => timeTicks(text.locale, splits, step),
          },
          {
            ...axis,
            size: 44,
            grid: { stroke: paint.grid, width: 1 },
            incrs: [1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000],
            values: (_u, splits) => splits.map((n) => text.number(n)),
          },
        ],
        series: [
          {},
          {
            stroke: paint.line,
            fill: paint.fill,
            width: 1.5,
            paths: uPlot.paths.stepped?.({ align: 1 }),
            points: { show: false },
          },
        ],
        hooks: {
          drawClear: [(u) => hatch(u, ready.gaps, paint.hatch)],
          setCursor: [(u) => setAt(u.cursor.idx ?? null)],
        },
      },
      [ready.x, ready.y],
      host,
    );
    const watch = new ResizeObserver(() => made.setSize({ width: host.clientWidth, height }));

    plot.current = made;
    watch.observe(host);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [data, ready, text, scheme]);

  const move = useCallback(
    (event: KeyboardEvent) => {
      const u = plot.current;
      const end = ready.x.length - 1;
      const now = u?.cursor.idx ?? end;
      const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: end }[event.key];
      if (!u || to === undefined) return;
      event.preventDefault();
      const x = ready.x[Math.min(end, Math.max(0, to))]!;
      u.setCursor({ left: u.valToPos(x, "x"), top: 10 });
    },
    [ready],
  );

  const index = at ?? ready.x.length - 1;
  const value = ready.y[index];
  const shown = value == null ? text.t("site.chart.gap") : withUnit(text, value, data.unit);
  const when = exact(text.locale, (ready.x[index] ?? 0) * 1000);
  const words = text.t("site.chart.point", { when, value: shown });

  return (
    <>
      <div
        ref={box}
        className={style.plot}
        role="slider"
        tabIndex={0}
        aria-label={text.t("site.chart.cursor", { series: label })}
        aria-valuemin={0}
        aria-valuemax={ready.x.length - 1}
        aria-valuenow={index}
        aria-valuetext={words}
        onKeyDown={move}
      />
      <p className={style.point} aria-hidden>
        {at === null ? text.t("site.chart.hint") : words}
      </p>
    </>
  );
}
