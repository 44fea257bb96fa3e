/* tables/reader.h — what the readers of this folder share: the buffered input, the peers met so
 * far, and how to refuse and to pass over.  For this folder only.
 * Owns    buffer and peers from the request's heap; table_read frees them
 * Faults  as table.h
 * Thread  one at a time */
#ifndef TABLES_READER_H
#define TABLES_READER_H

#include "base/octets.h"
#include "base/rd.h"
#include "bgp/update_attrs.h"
#include "tables/table.h"

#define TABLE_INPUT_OCTETS_MIN (256u * 1024u)
#define TABLE_PEER_SLOTS (2u * TABLE_PEERS_MAX)
#define MRT_HEADER_OCTETS 12u

/* The octets at hand: buffer[start, end). */
struct table_input {
	uint8_t *buffer;
	uint32_t room;
	uint32_t start;
	uint32_t end;
	uint64_t start_octet; /* where `start` lies in the stream */
	bool has_ended;
};

struct table_peers {
	struct table_peer *list;
	uint32_t room;
	uint32_t count;
	uint32_t last;   /* the one found last: files come in runs */
	uint32_t *slots; /* TABLE_PEER_SLOTS: index + 1, by hash */
	bool by_address; /* the file does not say ASNs: one address is one peer */
};

/* An MP attribute's frame; its prefixes are not checked yet. */
struct table_mp {
	bool present;
	uint16_t afi;
	uint8_t safi;
	struct octets next_hop;
	struct octets nlri;
};

struct table_reader {
	const struct table_request *request;
	struct table_counts *counts;
	struct complaints *complaints;
	struct table_input input;
	struct table_peers peers;

	/* TABLE_DUMP_V2: the file's numbers of peers to ours. */
	bool has_peer_index;
	uint32_t peer_index_count;
	uint16_t peer_index[TABLE_PEERS_MAX];

	/* Text: where the line at hand stands. */
	uint64_t line;
	struct table_origin origins[TABLE_ORIGINS_MAX];
	struct text_bird *bird; /* NULL until the first line of this kind */

	/* The attributes at hand. */
	struct bgp_seen seen;
	struct bgp_update update;
	struct table_mp mp_reach;
	struct table_mp mp_unreach;
	uint8_t mended[UINT16_MAX]; /* a list of attributes with its flags set right */
	uint8_t scratch[BGP_UPDATE_SCRATCH_OCTETS];
};

/* Sees to `want` octets at hand; fewer only when the input has ended. */
MUST_USE struct fault table_input_fill(struct table_reader *reader, uint32_t want);
/* The next line without its end; *has is false when there is none.  Takes it. */
MUST_USE struct fault table_input_line(struct table_reader *reader, struct octets *line, bool *has);
/* Valid until the next fill. */
struct octets table_input_octets(const struct table_reader *reader);
void table_input_take(struct table_reader *reader, uint32_t count);

/* The peer with these properties, remembered if it is new; its index is filled in. */
MUST_USE struct fault table_peer_find(struct table_reader *reader, struct table_peer *peer);

/* Complains with the place, and gives the fault. */
struct fault table_refuse_octet(struct table_reader *reader, enum fault_kind kind, uint64_t octet,
				const char *format, ...) __attribute__((format(printf, 4, 5)));
struct fault table_refuse_column(struct table_reader *reader, uint32_t column, const char *format,
				 ...) __attribute__((format(printf, 3, 4)));
struct fault table_out_of_memory(struct table_reader *reader);

void table_skip(struct table_reader *reader, const struct table_skip *skip);
MUST_USE struct fault table_emit(struct table_reader *reader, const struct table_route *route);

/* Into reader->update.attrs and mp_reach, mp_unreach.  NULL, or why no route can have these. */
const char *table_attrs_read(struct table_reader *reader, struct octets attrs, bool as4,
			     bool is_table);
/* Puts MP_REACH's next hop into the attributes; false when its length is impossible. */
bool table_attrs_mp_next_hop(struct table_reader *reader);

/* The kinds of file. */
bool table_is_mrt(struct octets head);
MUST_USE struct fault table_mrt_read(struct table_reader *reader);
MUST_USE struct fault table_text_read(struct table_reader *reader);
bool table_is_json(struct octets head);
MUST_USE struct fault table_json_read(struct table_reader *reader);

#endif
