/* What counts at this site; what is set here outweighs what is set for all. */
import { Link, useNavigate } from "@tanstack/react-router";
import type { Site } from "../../api/client.ts";
import { useText } from "../../text/i18n.ts";
import { RuleList } from "../rules/RuleList.tsx";
import style from "../rules/Rules.module.css";
import { here, route } from "./route.ts";

export function RulesTab({ site }: { site: Site }) {
  const { t } = useText();
  const { rule } = route.useSearch();
  const navigate = useNavigate({ from: here.from });

  return (
    <div>
      <p className={style.intro}>
        {t("rule.intro.site")} <Link to="/rules">{t("rule.all")}</Link>
      </p>
      <RuleList
        site={site.id}
        open={rule}
        onOpen={(name) =>
          void navigate({ search: (old) => ({ ...old, rule: name }), replace: true, resetScroll: false })
        }
      />
    </div>
  );
}
