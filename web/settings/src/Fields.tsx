/* What can be sent at all, and why: the rows of the report's schema, as the encoder knows them. */
import schema from "../../../docs/report.schema.json";
import { useText } from "../../src/text/i18n.ts";
import { pathsOf } from "./paths.ts";

const paths = pathsOf(schema);

export function Fields() {
  const { t, find } = useText();
  return (
    <>
      <p className="dim">{t("set.fields.means")}</p>
      <table className="fields two">
        <thead>
          <tr>
            <th scope="col">{t("set.record.field")}</th>
            <th scope="col">{t("set.record.purpose")}</th>
          </tr>
        </thead>
        <tbody>
          {paths.map((path) => (
            <tr key={path}>
              <td className="code">{path}</td>
              <td>{find(`report.${path}`)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>{t("set.fields.besides")}</p>
      <p>{t("set.fields.never")}</p>
    </>
  );
}
