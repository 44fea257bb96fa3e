/* registry/fact_kinds.c — the kinds of facts and their fields; one row, one field. */
#include "registry/fact.h"

#include <stddef.h>

#define TEXT(name, option) \
	{ \
		name, option, FACT_TEXT, NULL, NULL, false \
	}
#define FIELD(name, option, type) \
	{ \
		name, option, type, NULL, NULL, false \
	}
#define PRIVATE(name, option, type) \
	{ \
		name, option, type, NULL, NULL, true \
	}
#define CHOICE(name, option, type, choices, missing) \
	{ \
		name, option, type, choices, missing, false \
	}
#define END \
	{ \
		NULL, NULL, FACT_TEXT, NULL, NULL, false \
	}

static const struct fact_field exchange_fields[] = {
	FIELD("ixp_id", "ixp-id", FACT_NUMBER),
	FIELD("ixf_id", "ixf-id", FACT_NUMBER),
	TEXT("shortname", "shortname"),
	TEXT("name", "name"),
	FIELD("country", "country", FACT_COUNTRY),
	FIELD("url", "url", FACT_URL),
	FIELD("peeringdb_id", "peeringdb-id", FACT_NUMBER),
	FIELD("support_email", "support-email", FACT_EMAIL),
	TEXT("support_phone", "support-phone"),
	TEXT("support_contact_hours", "support-hours"),
	FIELD("emergency_email", "emergency-email", FACT_EMAIL),
	TEXT("emergency_phone", "emergency-phone"),
	TEXT("emergency_contact_hours", "emergency-hours"),
	FIELD("billing_email", "billing-email", FACT_EMAIL),
	TEXT("billing_phone", "billing-phone"),
	TEXT("billing_contact_hours", "billing-hours"),
	FIELD("peering_policy_list", "policy", FACT_LIST),
	FIELD("stats_api", "stats-api", FACT_URL),
	END,
};

static const struct fact_field switch_fields[] = {
	TEXT("name", "name"),
	TEXT("colo", "colo"),
	FIELD("pdb_facility_id", "facility", FACT_NUMBER),
	TEXT("city", "city"),
	FIELD("country", "country", FACT_COUNTRY),
	TEXT("manufacturer", "manufacturer"),
	TEXT("model", "model"),
	TEXT("software", "software"),
	END,
};

static const struct fact_field vlan_fields[] = {
	TEXT("name", "name"),
	FIELD("ipv4_prefix", "prefix4", FACT_PREFIX4),
	FIELD("ipv6_prefix", "prefix6", FACT_PREFIX6),
	FIELD("ipv4_looking_glasses", "looking-glass4", FACT_URLS),
	FIELD("ipv6_looking_glasses", "looking-glass6", FACT_URLS),
	END,
};

static const struct fact_field organisation_fields[] = {
	TEXT("name", "name"),
	TEXT("legal_id", "legal-id"),
	TEXT("address", "address"),
	FIELD("country", "country", FACT_COUNTRY),
	FIELD("url", "url", FACT_URL),
	FIELD("joined", "joined", FACT_TIME),
	END,
};

static const struct fact_field member_fields[] = {
	CHOICE("member_type", "type", FACT_WORD, "peering ixp other", "peering"),
	FIELD("organisation", "organisation", FACT_NUMBER),
	FIELD("url", "url", FACT_URL),
	TEXT("peering_policy", "policy"),
	FIELD("peering_policy_url", "policy-url", FACT_URL),
	FIELD("member_since", "since", FACT_TIME),
	END,
};

/* Sessions are only with connections that are connected. */
static const struct fact_field connection_fields[] = {
	CHOICE("state", "state", FACT_WORD,
	       "connected notconnected disabled quarantine awaiting-xconnect", "connected"),
	FIELD("connected_since", "since", FACT_TIME),
	END,
};

static const struct fact_field port_fields[] = {
	FIELD("connection", "connection", FACT_NUMBER),
	FIELD("switch", "switch", FACT_NUMBER),
	TEXT("name", "port-name"),
	FIELD("speed_mbps", "speed", FACT_SPEED),
	TEXT("if_type", "if-type"),
	END,
};

static const struct fact_field address_fields[] = {
	CHOICE("routeserver", "routeserver", FACT_YES, NULL, "yes"),
	FIELD("mac_addresses", "mac", FACT_MACS),
	FIELD("as_macro", "as-macro", FACT_MACRO),
	CHOICE("service", "service", FACT_WORD, "ixrouteserver ixroutecollector", NULL),
	TEXT("os", "os"),
	TEXT("os_version", "os-version"),
	TEXT("daemon", "daemon"),
	TEXT("daemon_version", "daemon-version"),
	END,
};

/* Of a member or an organisation; of neither: the exchange's own staff. */
static const struct fact_field contact_fields[] = {
	FIELD("asn", "member", FACT_ASN),
	FIELD("organisation", "organisation", FACT_NUMBER),
	CHOICE("role", "role", FACT_WORD,
	       "noc technical peering policy admin billing abuse emergency legal", "noc"),
	CHOICE("public", "public", FACT_YES, NULL, "no"),
	TEXT("hours", "hours"),
	PRIVATE("name", "name", FACT_TEXT),
	PRIVATE("email", "email", FACT_EMAIL),
	PRIVATE("phone", "phone", FACT_TEXT),
	CHOICE("erased", NULL, FACT_YES, NULL, "no"),
	END,
};

static const struct fact_field document_fields[] = {
	FIELD("asn", "member", FACT_ASN),
	FIELD("organisation", "organisation", FACT_NUMBER),
	TEXT("title", "title"),
	TEXT("version", "version"),
	FIELD("sha256", "sha256", FACT_DIGEST),
	FIELD("signed_at", "date", FACT_TIME),
	PRIVATE("signed_by", "by", FACT_TEXT),
	CHOICE("erased", NULL, FACT_YES, NULL, "no"),
	END,
};

static const struct fact_kind kinds[FACT_KINDS] = {
	{ FACT_EXCHANGE, "exchange", "exchange-profile", "exchange_profile", "id", false,
	  exchange_fields },
	{ FACT_SWITCH, "switch", "switch", "switch", "id", false, switch_fields },
	{ FACT_VLAN, "vlan", "vlan", "vlan", "id", false, vlan_fields },
	{ FACT_ORGANISATION, "organisation", "organisation", "organisation", "id", false,
	  organisation_fields },
	{ FACT_MEMBER, "member", "member-profile", "member_profile", "member_asn", false,
	  member_fields },
	{ FACT_CONNECTION, "connection", "connection-profile", "connection_profile",
	  "connection_id", false, connection_fields },
	{ FACT_PORT, "port", "port", "port", "id", false, port_fields },
	{ FACT_ADDRESS, "address", "address-profile", "address_profile", "address", true,
	  address_fields },
	{ FACT_CONTACT, "contact", "contact", "contact", "id", false, contact_fields },
	{ FACT_DOCUMENT, "document", "document", "document", "id", false, document_fields },
};

const struct fact_kind *fact_kind_of(enum fact_id id)
{
	return &kinds[id];
}
