/* text/attributes.h — path attributes in the notation of the field, from the octets of a view.
 * Shape   AS path "201001 64500 {64501 64502}", a confederation's in round brackets; communities
 *         "0:201002", "64500:0:201002", "rt:64500:1"; nothing but printable ASCII comes out
 * Owns    nothing
 * Faults  false: the sink refused; octets that end inside an item end the walk
 * Thread  any
 * Source  RFC 4271, RFC 5065, RFC 1997, RFC 8092, RFC 4360, RFC 5668, RFC 5701 */
#ifndef TEXT_ATTRIBUTES_H
#define TEXT_ATTRIBUTES_H

#include "base/rd.h"
#include "text/sink.h"

#define ATTRIBUTE_TEXT_MAX 96u

enum community_kind {
	COMMUNITY_STANDARD = 0, /* 4 octets */
	COMMUNITY_LARGE,        /* 12 */
	COMMUNITY_EXTENDED,     /* 8 */
	COMMUNITY_EXTENDED_IPV6 /* 20 */
};

/* Nothing is put for an empty path. */
bool attribute_as_path_put(struct octets as_path, struct text_sink out);

/* The next community of a stretch; false at its end. */
bool attribute_community_next(enum community_kind kind, struct rd *rd,
			      char out[ATTRIBUTE_TEXT_MAX]);

/* "BLACKHOLE" for the next of standard communities in text, NULL for one without a name. */
const char *attribute_community_name(const char *text);

/* The next of whole attributes: "type 99, 4 octets: 0x01020304", long ones cut. */
bool attribute_unknown_next(struct rd *rd, char out[ATTRIBUTE_TEXT_MAX]);

/* "AS64500 192.0.2.1"; false when there is none. */
bool attribute_aggregator(struct octets aggregator, char out[ATTRIBUTE_TEXT_MAX]);

/* "IGP", "EGP", "incomplete" */
const char *attribute_origin_name(uint8_t origin);

#endif
