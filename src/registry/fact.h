/* registry/fact.h — what is recorded of the exchange beside its sessions: the exchange itself, its
 * switches and VLANs, organisations, members, contacts, connections, ports, addresses, documents.
 *
 * A kind of fact is a row of a table: what its fields are called in the database, in records, on
 * the command line, what they may hold, and whether they are personal.  Reading, checking, writing,
 * comparing and showing follow from there.  The kinds of members, connections and addresses say
 * more of what registry.h has: they go with it.
 * Shape   a value is text as a person writes it, checked and made uniform; "" = not said.  A list
 *         has a line break between its items.  What a field says by default is not kept
 * Owns    a fact is a plain value
 * Faults  what is wrong with a value is a sentence's end: "is not ..."
 * Bound   FACT_VALUE_MAX octets a value
 * Thread  any */
#ifndef REGISTRY_FACT_H
#define REGISTRY_FACT_H

#include <stdbool.h>
#include <stdint.h>

#define FACT_FIELDS_MAX 24u
#define FACT_VALUE_MAX 512u /* with the closing NUL */
#define FACT_KEY_MAX 64u
#define FACT_NUMBER_MAX INT32_MAX

enum fact_id {
	FACT_EXCHANGE = 0,
	FACT_SWITCH,
	FACT_VLAN,
	FACT_ORGANISATION,
	FACT_MEMBER,     /* its key is the AS number */
	FACT_CONNECTION, /* that of the connection */
	FACT_PORT,       /* of a connection, on a switch */
	FACT_ADDRESS,    /* the address as text */
	FACT_CONTACT,
	FACT_DOCUMENT,
	FACT_KINDS,
};

enum fact_type {
	FACT_TEXT = 0,
	FACT_NUMBER, /* 0 to FACT_NUMBER_MAX */
	FACT_ASN,    /* without "AS" */
	FACT_SPEED,  /* Mbit/s; said as 10000 or 10G */
	FACT_URL,    /* with its scheme */
	FACT_EMAIL,
	FACT_TIME,    /* RFC 3339, UTC, whole seconds */
	FACT_YES,     /* "yes" or "no" */
	FACT_WORD,    /* one of `choices` */
	FACT_COUNTRY, /* ISO 3166, two letters or three */
	FACT_PREFIX4,
	FACT_PREFIX6,
	FACT_LIST,   /* of texts */
	FACT_URLS,   /* a list */
	FACT_MACS,   /* a list: lower case, colons */
	FACT_MACRO,  /* an as-set */
	FACT_DIGEST, /* SHA-256, 64 hexadecimal digits */
};

struct fact_field {
	const char *name; /* in the database, in JSON, and with "-" for "_" in records; NULL ends */
	const char *option; /* on the command line */
	enum fact_type type;
	const char *choices; /* of a WORD, blanks between */
	const char *missing; /* what holds when nothing is said; NULL = nothing */
	bool is_private;     /* personal: the log has a salted digest */
};

struct fact_kind {
	enum fact_id id;
	const char *noun;   /* "member": as a person calls it */
	const char *record; /* "member-profile": the type of record; with "-removed" when it goes */
	const char *table;
	const char *key; /* the column */
	bool key_is_text;
	const struct fact_field *field;
};

struct fact {
	const struct fact_kind *kind;
	char key[FACT_KEY_MAX];
	char value[FACT_FIELDS_MAX][FACT_VALUE_MAX];
};

const struct fact_kind *fact_kind_of(enum fact_id id);
uint32_t fact_field_count(const struct fact_kind *kind);

/* Nothing said yet. */
void fact_init(struct fact *fact, enum fact_id id, const char *key);

/* The index of a field; CHECKs that there is one. */
uint32_t fact_field_index(const struct fact_kind *kind, const char *name);

/* What is said, or holds by default; "" = nothing. */
const char *fact_of(const struct fact *fact, const char *name);
const char *fact_at(const struct fact *fact, uint32_t field);
bool fact_number(const struct fact *fact, const char *name, int64_t *out); /* false: not said */
bool fact_yes(const struct fact *fact, const char *name);
bool fact_is_number(const struct fact_field *field);

/* Checked and made uniform; "" takes it away.  NULL, or what is wrong, to stand behind the value:
 * "is not an e-mail address". */
const char *fact_set(struct fact *fact, uint32_t field, const char *text);

/* The items of a list one after the other: false at the end.  *from is 0 at first. */
bool fact_list_next(const char *list, uint32_t *from, char out[FACT_VALUE_MAX]);

#endif
