/* tables/mrt.h — one MRT record, and the readers of its kinds.  For this folder only.
 * Owns    nothing
 * Faults  as table.h
 * Thread  one at a time
 * Source  RFC 6396, RFC 8050 */
#ifndef TABLES_MRT_H
#define TABLES_MRT_H

#include "tables/reader.h"

enum mrt_type {
	MRT_BGP = 5, /* obsolete: RFC 6396 B.2 */
	MRT_TABLE_DUMP = 12,
	MRT_TABLE_DUMP_V2 = 13,
	MRT_BGP4MP = 16,
	MRT_BGP4MP_ET = 17,
};

struct mrt_kind;

struct mrt_record {
	const struct mrt_kind *kind;
	uint64_t octet; /* where its header begins in the stream */
	uint32_t at_s;
	uint16_t type;
	uint16_t subtype;
	struct rd rd; /* behind the header */
};

typedef struct fault (*mrt_reader)(struct table_reader *reader, struct mrt_record *record);

struct mrt_kind {
	uint16_t type;
	uint16_t subtype;
	mrt_reader read; /* NULL: passed over, for the reason `why` */
	enum family family;
	bool as4;
	bool add_path;
	const char *why;
};

/* The record contradicts itself where its reader stands. */
struct fault mrt_refuse(struct table_reader *reader, const struct mrt_record *record,
			const char *what);

void mrt_skip_record(struct table_reader *reader, const struct mrt_record *record, const char *why);
void mrt_skip_routes(struct table_reader *reader, const struct mrt_record *record, const char *why,
		     uint64_t count);

/* ORIGIN and AS_PATH are there; NULL, or what is missing. */
const char *mrt_missing(const struct table_reader *reader);

MUST_USE struct fault mrt_peer_index_read(struct table_reader *reader, struct mrt_record *record);
MUST_USE struct fault mrt_rib_read(struct table_reader *reader, struct mrt_record *record);
MUST_USE struct fault mrt_dump_read(struct table_reader *reader, struct mrt_record *record);
MUST_USE struct fault mrt_message_read(struct table_reader *reader, struct mrt_record *record);
MUST_USE struct fault mrt_old_update_read(struct table_reader *reader, struct mrt_record *record);

#endif
