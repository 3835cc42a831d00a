/* A legal text on the page: made of elements, never of markup that came from somewhere. */
import { Fragment } from "react";
import { markdown, type Block, type Span } from "../text/markdown.ts";
import style from "./Markdown.module.css";

function Spans({ spans }: { spans: Span[] }) {
  return spans.map(({ kind, text }, i) => {
    if (kind === "text") return <Fragment key={i}>{text}</Fragment>;
    const Tag = kind;
    return <Tag key={i}>{text}</Tag>;
  });
}

function Part({ block }: { block: Block }) {
  switch (block.kind) {
    case "heading": {
      const Tag = `h${block.level}` as "h1" | "h2" | "h3" | "h4";
      return (
        <Tag>
          <Spans spans={block.spans} />
        </Tag>
      );
    }
    case "paragraph":
      return (
        <p>
          <Spans spans={block.spans} />
        </p>
      );
    case "list": {
      const Tag = block.ordered ? "ol" : "ul";
      return (
        <Tag>
          {block.items.map((spans, i) => (
            <li key={i}>
              <Spans spans={spans} />
            </li>
          ))}
        </Tag>
      );
    }
    case "table":
      return (
        <div className={style.scroll} tabIndex={0}>
          <table>
            <thead>
              <tr>
                {block.head.map((spans, i) => (
                  <th key={i} scope="col">
                    <Spans spans={spans} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {block.rows.map((row, i) => (
                <tr key={i}>
                  {row.map((spans, j) => (
                    <td key={j}>
                      <Spans spans={spans} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      );
  }
}

export function Markdown({ text, language }: { text: string; language: string }) {
  return (
    <article className={style.text} lang={language}>
      {markdown(text).map((block, i) => (
        <Part key={i} block={block} />
      ))}
    </article>
  );
}
