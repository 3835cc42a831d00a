// A few of the hub's rules for the mock, in its form: some set for all sites, one for the site.
const usual = (severity) => ["off", "warning", "error", ...(severity === "offline" ? ["offline"] : [])];

function rule(name, component, unit, threshold, min, max, severity, more = {}) {
  const { provider = null, site = null, compare = "at_least" } = more;
  const nearest = (key, value) => site?.[key] ?? provider?.[key] ?? value;
  return {
    name, component, unit, min, max, provider, site,
    code: name,
    compare: unit && compare,
    severities: usual(severity),
    default: { threshold, severity },
    in_force: {
      threshold: nearest("threshold", threshold),
      severity: nearest("severity", severity),
      origin: site ? "site" : provider ? "provider" : "default",
    },
  };
}

export function rulesOf(site) {
  const server = "application_server";
  return [
    rule("silent", null, "seconds", 90, 1, 2592000, "offline", { provider: { threshold: 600, severity: null } }),
    rule("stale", null, "seconds", 93600, 3600, 2592000, "warning"),
    rule("copied", null, null, null, null, null, "warning"),
    rule("server_down", server, null, null, null, null, "error"),
    rule("disk_full", server, "percent", 95, 1, 100, "error"),
    rule("disk_low", server, "percent", 90, 1, 100, "warning", site && { site: { threshold: 80, severity: "error" } }),
    rule("database_slow", "database", "ms", 1000, 1, 60000, "warning"),
    rule("support_ending", "licence", "days", 31, 1, 365, "warning", { compare: "below" }),
    rule("printers_some", "printers", "count", 1, 1, 100000, "warning"),
    rule("held_jobs", null, "count", 1000, 1, 10000000, "warning", { provider: { threshold: null, severity: "off" } }),
  ];
}
