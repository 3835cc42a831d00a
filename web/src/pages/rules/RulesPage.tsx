/* What makes a site a warning or an error, for all sites of the provider. */
import { createLazyRoute, getRouteApi, useNavigate } from "@tanstack/react-router";
import { useText } from "../../text/i18n.ts";
import { useTitle } from "../../ui/Root.tsx";
import { RuleList } from "./RuleList.tsx";
import style from "./Rules.module.css";

export const rulesRoute = createLazyRoute("/inside/rules")({ component: RulesPage });

const route = getRouteApi("/inside/rules");

function RulesPage() {
  const { t } = useText();
  const { rule } = route.useSearch();
  const navigate = useNavigate({ from: "/rules" });
  useTitle(t("ui.rules.title"));

  return (
    <div className={style.page} data-scroll-restoration-id="rules">
      <h1>{t("ui.rules.title")}</h1>
      <p className={style.intro}>{t("rule.intro")}</p>
      <RuleList
        open={rule}
        onOpen={(name) => void navigate({ search: { rule: name }, replace: true, resetScroll: false })}
      />
    </div>
  );
}
