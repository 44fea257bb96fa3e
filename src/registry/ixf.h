/* registry/ixf.h — an IX-F member export as a list: who is there, with which addresses, and what
 * is said of them and of the exchange.
 *
 * Reads versions 0.4 to 1.0 and what is found in the wild: absent time stamps, null for nothing,
 * numbers as text.  Each such thing is said once, with its first place and how often.
 * Shape   members ascending by ASN, each ASN once; addresses in order of member, connection, file
 * Owns    a list its arrays: ixf_list_init/_fini
 * Faults  MALFORMED with a complaint for every place that cannot be read; the list then holds what
 *         could be, a member without a number as AS0
 * Bound   IXF_OCTETS_MAX octets of input
 * Thread  any, after the first call
 * Source  euro-ix/json-schemas, versions/ixp-member-list-{0.4,0.5,0.6,0.7,1.0}.schema.json */
#ifndef REGISTRY_IXF_H
#define REGISTRY_IXF_H

#include "base/complaint.h"
#include "base/heap.h"
#include "net/address.h"
#include "registry/fact.h"
#include "registry/registry.h"

#define IXF_OCTETS_MAX (64u * 1024u * 1024u)
#define IXF_LANS_MAX 16u
/* Each is sought among those that are recorded. */
#define IXF_PORTS_MAX 256u    /* of one connection */
#define IXF_CONTACTS_MAX 256u /* of one member */

struct ixf_member {
	uint32_t asn;
	char name[REGISTRY_TEXT_MAX];     /* empty = not said */
	char as_macro[REGISTRY_TEXT_MAX]; /* all that are said, a blank between; empty = none */
	uint32_t place;                   /* index in member_list */
	uint32_t address_first;           /* index in address */
	uint32_t address_count;
};

struct ixf_address {
	uint32_t asn;
	uint32_t place;      /* index in member_list */
	uint32_t connection; /* running number in the file */
	uint32_t order;      /* running number in the file */
	uint32_t routes_max; /* 0 = not said */
	struct address address;
	bool no_session; /* does not use the route server, or is not connected */
};

/* A thing of which the file says something: the exchange, a switch, a VLAN, a member, a contact, a
 * connection, a port, an address. */
struct ixf_thing {
	enum fact_id kind;
	uint32_t asn;           /* of a member's */
	uint32_t connection;    /* of a connection's, a port's, an address's: running number */
	uint32_t order;         /* running number in the file */
	char key[FACT_KEY_MAX]; /* of the exchange's: its number; of an address: itself */
	uint32_t text_at[FACT_FIELDS_MAX]; /* in `text`: a value, closed by a NUL; 0 = not said */
};

struct ixf_list {
	struct heap *heap;
	uint32_t lan_count; /* what the file says of its exchange's LANs; more are not kept */
	struct prefix lan[IXF_LANS_MAX];
	struct ixf_member *member;
	uint32_t member_count;
	uint32_t member_room;
	struct ixf_address *address;
	uint32_t address_count;
	uint32_t address_room;
	uint32_t connection_count;
	struct ixf_thing *thing; /* of the exchange and by asn, then in order of the file */
	uint32_t thing_count;
	uint32_t thing_room;
	char *text;
	uint32_t text_len_octets;
	uint32_t text_room;
	char version[16];
};

void ixf_list_init(struct ixf_list *list, struct heap *heap);
void ixf_list_fini(struct ixf_list *list); /* for CLEAN */

/* For readers: members by ASN, then place; addresses by ASN, then order. */
void ixf_list_sort(struct ixf_list *list);

/* Each member, once in a sorted list, is given its addresses. */
void ixf_list_join(struct ixf_list *list);

/* Of a field of the thing; NULL = not said. */
const char *ixf_said(const struct ixf_list *list, const struct ixf_thing *thing, uint32_t field);

/* Keeps what `said`, a bit a field, says of the fact; NULL when memory is out. */
struct ixf_thing *ixf_thing_add(struct ixf_list *list, const struct fact *fact, uint32_t said);

/* Left out, with a warning: the exchange's own route server (member_type, services), values that
 * are not what belongs in their place.  `file` is only named in complaints. */
MUST_USE struct fault ixf_read(const char *file, struct octets text, struct ixf_list *out,
			       struct complaints *complaints);

#endif
