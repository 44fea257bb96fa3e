/* registry/ixf_reading.h — what the files of the reader of member exports share: the walk's place,
 * and what was odd so far.
 * Owns    nothing: fills the caller's list
 * Thread  one */
#ifndef REGISTRY_IXF_READING_H
#define REGISTRY_IXF_READING_H

#include "registry/ixf.h"
#include "text/json_read.h"

#define PLACE_MAX 128u

/* What the schemas forbid or leave open, and the wild has all the same. */
enum ixf_oddity {
	ODDITY_NULL = 0,
	ODDITY_TEXT_NUMBER,
	ODDITY_EMPTY,
	ODDITY_OTHER_FAMILY,
	ODDITY_LONG_NAME,
	ODDITY_LONG_MACRO,
	ODDITY_LIMIT,
	ODDITY_OWN_SERVER,
	ODDITY_NO_LIST,
	ODDITY_TWICE,
	ODDITY_STATE,
	ODDITY_VALUE,
	ODDITY_SERVICES,
	ODDITY_EXCHANGES,
	ODDITY_COUNT,
};

struct ixf_reading {
	const char *file;
	struct ixf_list *list;
	struct complaints *complaints;
	uint32_t oddity_count[ODDITY_COUNT];
	char oddity_place[ODDITY_COUNT][PLACE_MAX];
	char oddity_value[96]; /* of the first VALUE: what is wrong with it */
	uint32_t member;       /* index in member_list */
	uint32_t connection;   /* index in connection_list */
	uint32_t vlan;         /* index in vlan_list */
	bool is_idle;          /* the connection at hand is not connected */
	bool memory_is_out;
	struct fact fact; /* the thing at hand */
	uint32_t said;    /* a bit for each of its fields */
};

void ixf_odd(struct ixf_reading *reading, enum ixf_oddity oddity, const char *place);
void ixf_member_place(const struct ixf_reading *reading, const char *tail, char out[PLACE_MAX]);
void ixf_connection_place(const struct ixf_reading *reading, const char *tail, char out[PLACE_MAX]);
void ixf_vlan_place(const struct ixf_reading *reading, const char *family, const char *tail,
		    char out[PLACE_MAX]);

/* The text of a name in an object; NULL when it is not there or something else. */
const char *ixf_text_of(const json_t *object, const char *name);

/* --- ixf_facts.c: what is said beside members and addresses ----------------------------------- */

/* The exchanges of ixp_list, their switches and VLANs. */
void ixf_facts_exchanges(struct ixf_reading *reading, const json_t *root);
void ixf_facts_member(struct ixf_reading *reading, const json_t *member, uint32_t asn);
void ixf_facts_connection(struct ixf_reading *reading, const json_t *connection, uint32_t asn);
void ixf_facts_address(struct ixf_reading *reading, const json_t *vlan, const json_t *object,
		       const struct ixf_address *address);

/* When all is read and put in order. */
void ixf_facts_check(const struct ixf_reading *reading);

#endif
