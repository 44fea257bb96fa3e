/* tables/mrt.c — MRT records out of the stream, each to the reader of its kind.
 *
 * A header is time(32) type(16) subtype(16) length(32); length counts what follows.  RFC 6396 2. */
#include "tables/mrt.h"

#include <inttypes.h>

#define MRT_TYPES_MAX 64u

#define V4 FAMILY_IPV4
#define V6 FAMILY_IPV6

static const char no_update[] = "holds no UPDATE";
static const char not_unicast[] = "holds other than unicast routes";

static const struct mrt_kind kinds[] = {
	{ MRT_TABLE_DUMP_V2, 2, mrt_rib_read, V4, true, false, NULL },
	{ MRT_TABLE_DUMP_V2, 4, mrt_rib_read, V6, true, false, NULL },
	{ MRT_TABLE_DUMP_V2, 8, mrt_rib_read, V4, true, true, NULL },
	{ MRT_TABLE_DUMP_V2, 10, mrt_rib_read, V6, true, true, NULL },
	{ MRT_TABLE_DUMP_V2, 1, mrt_peer_index_read, V4, true, false, NULL },
	{ MRT_TABLE_DUMP_V2, 3, NULL, V4, true, false, not_unicast },
	{ MRT_TABLE_DUMP_V2, 5, NULL, V6, true, false, not_unicast },
	{ MRT_TABLE_DUMP_V2, 6, NULL, V4, true, false, not_unicast },
	{ MRT_TABLE_DUMP_V2, 7, NULL, V4, true, false, "says where the peers are" },
	{ MRT_TABLE_DUMP_V2, 9, NULL, V4, true, true, not_unicast },
	{ MRT_TABLE_DUMP_V2, 11, NULL, V6, true, true, not_unicast },
	{ MRT_TABLE_DUMP_V2, 12, NULL, V4, true, true, not_unicast },
	{ MRT_TABLE_DUMP, 1, mrt_dump_read, V4, false, false, NULL },
	{ MRT_TABLE_DUMP, 2, mrt_dump_read, V6, false, false, NULL },
	/* BGP4MP, and BGP4MP_ET, which has microseconds before the same. */
	{ MRT_BGP4MP, 0, NULL, V4, false, false, no_update },
	{ MRT_BGP4MP, 1, mrt_message_read, V4, false, false, NULL },
	{ MRT_BGP4MP, 4, mrt_message_read, V4, true, false, NULL },
	{ MRT_BGP4MP, 5, NULL, V4, true, false, no_update },
	{ MRT_BGP4MP, 6, NULL, V4, false, false, "sent by the collector itself" },
	{ MRT_BGP4MP, 7, NULL, V4, true, false, "sent by the collector itself" },
	{ MRT_BGP4MP, 8, mrt_message_read, V4, false, true, NULL },
	{ MRT_BGP4MP, 9, mrt_message_read, V4, true, true, NULL },
	{ MRT_BGP4MP, 10, NULL, V4, false, true, "sent by the collector itself" },
	{ MRT_BGP4MP, 11, NULL, V4, true, true, "sent by the collector itself" },
	{ MRT_BGP, 0, NULL, V4, false, false, no_update },
	{ MRT_BGP, 1, mrt_old_update_read, V4, false, false, NULL },
	{ MRT_BGP, 3, NULL, V4, false, false, no_update },
	{ MRT_BGP, 5, NULL, V4, false, false, no_update },
	{ MRT_BGP, 6, NULL, V4, false, false, no_update },
	{ MRT_BGP, 7, NULL, V4, false, false, no_update },
};

struct fault mrt_refuse(struct table_reader *reader, const struct mrt_record *record,
			const char *what)
{
	return table_refuse_octet(reader, FAULT_MALFORMED,
				  record->octet + MRT_HEADER_OCTETS + record->rd.pos,
				  "in the record of type %u, subtype %u that begins at octet "
				  "%" PRIu64 ", %s: the file is damaged",
				  record->type, record->subtype, record->octet, what);
}

void mrt_skip_record(struct table_reader *reader, const struct mrt_record *record, const char *why)
{
	table_skip(reader, &(struct table_skip){ .why = why,
						 .type = record->type,
						 .subtype = record->subtype,
						 .count = 1 });
}

void mrt_skip_routes(struct table_reader *reader, const struct mrt_record *record, const char *why,
		     uint64_t count)
{
	if (count != 0)
		table_skip(reader, &(struct table_skip){ .why = why,
							 .is_route = true,
							 .type = record->type,
							 .subtype = record->subtype,
							 .count = count });
}

const char *mrt_missing(const struct table_reader *reader)
{
	if (!bgp_seen_has(&reader->seen, BGP_ATTR_ORIGIN))
		return "ORIGIN is missing";
	if (!bgp_seen_has(&reader->seen, BGP_ATTR_AS_PATH))
		return "AS_PATH is missing";
	return NULL;
}

static const struct mrt_kind *kind_find(uint16_t type, uint16_t subtype)
{
	if (type == MRT_BGP4MP_ET)
		type = MRT_BGP4MP;
	for (uint32_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (kinds[i].type == type && kinds[i].subtype == subtype)
			return &kinds[i];
	}
	return NULL;
}

static struct fault record_read(struct table_reader *reader, struct mrt_record *record)
{
	record->kind = kind_find(record->type, record->subtype);
	if (record->kind == NULL || record->kind->read == NULL) {
		mrt_skip_record(reader, record,
				record->kind != NULL ? record->kind->why : "is of an unknown kind");
		return fault_none();
	}
	if (record->type == MRT_BGP4MP_ET) {
		rd_skip(&record->rd, 4);
		if (!rd_ok(&record->rd))
			return mrt_refuse(reader, record, "the microseconds are cut short");
	}
	return record->kind->read(reader, record);
}

/* The header of the record at hand; its octets are all there afterwards. */
static struct fault record_next(struct table_reader *reader, struct mrt_record *record,
				uint32_t *len_octets)
{
	struct rd rd = rd_of_octets(table_input_octets(reader));

	*record = (struct mrt_record){ .octet = reader->input.start_octet, .at_s = rd_u32(&rd) };
	record->type = rd_u16(&rd);
	record->subtype = rd_u16(&rd);
	*len_octets = rd_u32(&rd);
	if (!rd_ok(&rd))
		return table_refuse_octet(reader, FAULT_SHORT, record->octet,
					  "the file ends inside a record's header, after %" PRIu32
					  " of %u octets: it is cut, fetch it again",
					  table_input_octets(reader).len_octets, MRT_HEADER_OCTETS);
	if (*len_octets > TABLE_RECORD_OCTETS_MAX)
		return table_refuse_octet(reader, FAULT_LIMIT, record->octet,
					  "a record of type %u claims %" PRIu32 " octets, at most "
					  "%u are taken: the file is damaged or no MRT file",
					  record->type, *len_octets, TABLE_RECORD_OCTETS_MAX);
	TRY(table_input_fill(reader, MRT_HEADER_OCTETS + *len_octets));
	rd = rd_of_octets(table_input_octets(reader));
	rd_skip(&rd, MRT_HEADER_OCTETS);
	uint32_t left = rd_left(&rd);
	record->rd = rd_sub(&rd, *len_octets);
	if (!rd_ok(&rd))
		return table_refuse_octet(reader, FAULT_SHORT, record->octet,
					  "a record of type %u claims %" PRIu32
					  " octets and the file ends after %" PRIu32
					  " of them: it is cut, fetch it again",
					  record->type, *len_octets, left);
	return fault_none();
}

bool table_is_mrt(struct octets head)
{
	struct rd rd = rd_of_octets(head);

	rd_skip(&rd, 4);
	uint16_t type = rd_u16(&rd);
	uint16_t subtype = rd_u16(&rd);
	return rd_ok(&rd) && type != 0 && type <= MRT_TYPES_MAX && subtype <= UINT8_MAX;
}

struct fault table_mrt_read(struct table_reader *reader)
{
	for (;;) {
		struct mrt_record record;
		uint32_t len_octets = 0;

		TRY(table_input_fill(reader, MRT_HEADER_OCTETS));
		if (table_input_octets(reader).len_octets == 0)
			return fault_none();
		TRY(record_next(reader, &record, &len_octets));
		TRY(record_read(reader, &record));
		reader->counts->records++;
		table_input_take(reader, MRT_HEADER_OCTETS + len_octets);
	}
}
