/* export/ixf_inside.h — what the two files of the member export share.
 * Owns    nothing
 * Faults  those of the store · LIMIT: memory is out
 * Thread  one */
#ifndef EXPORT_IXF_INSIDE_H
#define EXPORT_IXF_INSIDE_H

#include "export/ixf.h"
#include "text/json.h"

struct ixf_vlan {
	int64_t id;
	bool has_prefix[FAMILY_COUNT];
	struct prefix prefix[FAMILY_COUNT];
};

struct ixf_exporting {
	struct store *store;
	const struct registry_exchange *exchange;
	const struct ixf_export *how;
	struct json json;
	uint32_t vlan_count;
	struct ixf_vlan vlan[IXF_VLANS_MAX];
	int64_t ixp_id;
};

extern const char *const ixf_family_key[FAMILY_COUNT];

/* A key with its value; nothing for "". */
void ixf_text_field(struct json *json, const char *name, const char *value);
void ixf_number_field(struct json *json, const char *name, const char *value);
void ixf_list_field(struct json *json, const char *name, const char *list);

/* Nothing said when there is none. */
MUST_USE struct fault ixf_fact_or_none(struct store *store, enum fact_id id, const char *key,
				       struct fact *out);

/* member_list with its key. */
MUST_USE struct fault ixf_members_print(struct ixf_exporting *exporting);

#endif
