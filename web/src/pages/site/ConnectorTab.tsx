/* The connector, what its customer agreed to, and how to get one there. */
import type { Site } from "../../api/client.ts";
import { say, spanOf } from "../../text/format.ts";
import { useText, type Text } from "../../text/i18n.ts";
import { isOld } from "../../ui/reason.ts";
import { Status } from "../../ui/Status.tsx";
import { Age, Day, Moment } from "../../ui/Time.tsx";
import { ArchiveActions } from "../archive/ArchiveActions.tsx";
import { ConnectorActions } from "../invite/ConnectorActions.tsx";
import { MailState } from "../invite/MailState.tsx";
import { Card, type Row } from "./Card.tsx";
import style from "./ConnectorTab.module.css";
import { Copied } from "./Copied.tsx";
import { ExportCard } from "./ExportCard.tsx";

/* Below this a clock is right: reports are stamped to the second and travel for a while. */
const skewMs = 2000;

/* A connector that cannot store says so itself; one that is not heard of says nothing. */
function Storage({ site }: { site: Site }) {
  const text = useText();
  const { t } = text;
  const failing = site.reasons.find((r) => r.code.startsWith("storage_"));
  if (failing)
    return (
      <>
        <Status of="state" is="error" /> {text.find(`reason.${failing.code}`) ?? failing.code}
        {failing.since && (
          <>
            {" "}
            ({t("ui.since")} <Moment at={failing.since} />)
          </>
        )}
      </>
    );
  return t(isOld(site.status) ? "ui.unknown" : "site.storage.ok");
}

function skewOf(text: Text, ms: number | null): string {
  if (ms === null) return text.t("ui.unknown");
  if (Math.abs(ms) < skewMs) return text.t("ui.connector.clock.right");
  const span = say(text, spanOf(Math.abs(ms)));
  return text.t(ms > 0 ? "ui.connector.clock.fast" : "ui.connector.clock.slow", { span });
}

function spooledOf(text: Text, reports: number | null): string {
  if (reports === null) return text.t("ui.unknown");
  return text.count("ui.connector.reports", reports);
}

function connectorRows(text: Text, site: Site): Row[] {
  const { t } = text;
  const c = site.connector;
  if (!c) return [];
  return [
    ["ui.connector.version", c.version ?? t("ui.unknown")],
    ["ui.connector.seen", site.last_seen ? <Age at={site.last_seen} /> : t("ui.never")],
    ["ui.connector.enrolled", <Day at={c.enrolled_at} />],
    ["ui.connector.spooled", spooledOf(text, c.spooled)],
    ["site.storage", <Storage site={site} />],
    ["ui.connector.clock", skewOf(text, c.clock_skew_ms)],
    ["ui.connector.address", site.public_ip ?? t("ui.unknown")],
    ["ui.connector.id", <code>{c.id}</code>],
  ];
}

function serverRows(text: Text, site: Site): Row[] {
  const s = site.server;
  if (!s) return [];
  const known = (value: string | null) => value || text.t("ui.unknown");
  return [
    ["ui.server.product", known(s.product)],
    ["ui.server.version", known(s.version)],
    ["ui.server.edition", known(s.edition)],
    ["ui.server.os", known(s.os)],
  ];
}

function consentRows(site: Site): Row[] {
  const c = site.consent;
  if (!c) return [];
  return [
    ["ui.consent.at", <Day at={c.at} />],
    ["ui.consent.version", c.version],
    ["ui.consent.sha256", <code>{c.sha256}</code>],
  ];
}

export function ConnectorTab({ site }: { site: Site }) {
  const text = useText();
  const { t } = text;
  const { connector, consent, invitation, server } = site;

  return (
    <>
      {connector?.copied && <Copied site={site} />}
      <div className={style.grid}>
        {connector && (
          <Card id="connector" title="ui.tab.connector" rows={connectorRows(text, site)} />
        )}
        {consent && <Card id="consent" title="ui.consent.title" rows={consentRows(site)} />}
        {server && <Card id="server" title="ui.server.title" rows={serverRows(text, site)} />}
        {invitation && (
          <Card
            id="invitation"
            title="ui.invitation.title"
            rows={[
              ["ui.invitation.expires", <Day at={invitation.expires_at} />],
              ["invited.mail", <MailState mail={invitation.mail} />],
              ["ui.invitation.id", <code>{invitation.id}</code>],
            ]}
          />
        )}
        {!connector && !invitation && <p className={style.none}>{t("ui.connector.none")}</p>}
      </div>
      {!site.archived_at && <ConnectorActions site={site} />}
      <ExportCard id={site.id} />
      <ArchiveActions
        kind="site"
        id={site.id}
        name={site.name}
        archivedAt={site.archived_at}
        withCustomer={site.customer.archived_at !== null}
      />
    </>
  );
}
