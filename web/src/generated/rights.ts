/* Made by tools/gen/gen_rights: do not edit. */
/** What a role may give, as `me` names it. */
export const rights = {
	view: "May see customers, sites, their devices and the change log",
	customers: "May add and change customers",
	sites: "May add and change sites",
	invite: "May invite connectors and withdraw invitations",
	revoke: "May revoke a site's connector",
	terms: "May accept the hub terms for the provider",
	rules: "May change the rules by which sites have their status",
	notes: "May write notes of customers and sites",
	licences: "May write down what print servers do not tell of their licences",
	users: "May see who the provider's users are and what each may do",
	archive: "May archive customers and sites, which revokes their connectors, and take them back",
	import: "May add many customers and sites at once, and invite them",
	erase: "May erase archived customers and sites for good",
	sessions: "May ask sites to open their print servers' and devices' own pages, and end such visits",
	refresh: "May ask a site to report now",
	export: "May save all that the hub holds on a site, for the customer",
	let_support_in: "May let the operator's support look, for a time, and end that",
	support: "May look at what providers have, who let support in",
} as const;

export type Right = keyof typeof rights;
