/* fuzz/encode.c — what was read, written and read again is the same, and written once more the same
 * octets.  The first octet chooses family and form.
 * Reaches bgp_encode_announce_begin bgp_encode_withdraw_begin bgp_encode_prefix bgp_encode_end
 *         bgp_attrs_pack bgp_attrs_unpack bgp_update_read */
#include "target.h"

#include <string.h>

#include "bgp/encode.h"
#include "bgp/update.h"

#define PREFIXES_MAX 64u

struct route {
	uint32_t len_octets; /* packed */
	uint8_t packed[BGP_ATTRS_PACKED_MAX];
	enum family family;
	uint32_t count;
	struct prefix prefix[PREFIXES_MAX];
};

static uint8_t scratch[BGP_UPDATE_SCRATCH_OCTETS];
static uint8_t first[BGP_EXTENDED_MESSAGE_OCTETS_MAX];
static uint8_t second[BGP_EXTENDED_MESSAGE_OCTETS_MAX];

/* False: it announces nothing. */
static bool read(struct octets body, bool is_first, struct route *route)
{
	struct bgp_update_mode mode = { .as4 = true,
					.families = { true, true },
					.extended_next_hop = true,
					.path_asns_max = UINT16_MAX,
					.communities_max = UINT16_MAX,
					.scratch = scratch };
	struct wr wr = wr_of(route->packed, sizeof route->packed);
	struct bgp_update update;
	struct bgp_attrs attrs;

	bgp_update_read(body, &mode, &update);
	if (is_first &&
	    (update.verdict > BGP_DROP_ATTR || (!update.reach.present && !update.mp_reach.present)))
		return false;
	MUST(update.verdict == BGP_KEEP || is_first);
	struct bgp_nlri nlri = update.reach.present ? update.reach : update.mp_reach;
	attrs = update.attrs;
	if (!update.reach.present)
		bgp_update_mp_attrs(&update, &attrs);
	bgp_attrs_pack(&attrs, &wr);
	MUST(wr_ok(&wr));
	route->len_octets = wr.pos;
	route->family = nlri.family;
	for (route->count = 0; route->count < PREFIXES_MAX && rd_more(&nlri.rd); route->count++)
		MUST(!failed(
			prefix_read_nlri(&nlri.rd, nlri.family, &route->prefix[route->count])));
	return route->count != 0;
}

/* False: it does not fit, or the form cannot say it. */
static bool write(const struct route *route, uint8_t *out, struct bgp_message *message)
{
	struct bgp_wire_profile profile = { .family = route->family,
					    .as4 = true,
					    .extended_next_hop = true,
					    .extended_message = true };
	struct wr wr = wr_of(out, BGP_EXTENDED_MESSAGE_OCTETS_MAX);
	struct bgp_encoder encoder;
	struct bgp_refusal refusal;
	struct bgp_attrs attrs;

	MUST(!failed(bgp_attrs_unpack(octets_of(route->packed, route->len_octets), &attrs)));
	struct bgp_export export = { .attrs = &attrs,
				     .communities = attrs.communities,
				     .large = attrs.large };
	if (failed(bgp_encode_announce_begin(&encoder, &wr, &profile, &export)))
		return false;
	for (uint32_t i = 0; i < route->count; i++) {
		if (!bgp_encode_prefix(&encoder, 0, &route->prefix[i])) {
			bgp_encode_cancel(&encoder);
			return false;
		}
	}
	bgp_encode_end(&encoder);
	MUST(!failed(bgp_message_next(wr_octets_of(&wr), true, message, &refusal)));
	return true;
}

static void withdraw(const struct route *route)
{
	struct bgp_wire_profile profile = { .family = route->family };
	struct wr wr = wr_of(first, BGP_MESSAGE_OCTETS_MAX);
	struct bgp_update_mode mode = { .families = { true, true }, .scratch = scratch };
	struct bgp_encoder encoder;
	struct bgp_message message;
	struct bgp_refusal refusal;
	struct bgp_update update;
	struct prefix prefix;

	MUST(!failed(bgp_encode_withdraw_begin(&encoder, &wr, &profile)));
	for (uint32_t i = 0; i < route->count; i++)
		MUST(bgp_encode_prefix(&encoder, 0, &route->prefix[i]));
	bgp_encode_end(&encoder);
	MUST(!failed(bgp_message_next(wr_octets_of(&wr), false, &message, &refusal)));
	bgp_update_read(message.body, &mode, &update);
	MUST(update.verdict == BGP_KEEP);
	struct bgp_nlri nlri = update.withdrawn.present ? update.withdrawn : update.mp_unreach;
	for (uint32_t i = 0; i < route->count; i++) {
		MUST(!failed(prefix_read_nlri(&nlri.rd, nlri.family, &prefix)));
		MUST(prefix_equal(&prefix, &route->prefix[i]));
	}
	MUST(rd_done(&nlri.rd));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct route once;
	static struct route twice;
	struct bgp_message message;
	struct bgp_message again;

	if (size > BGP_MESSAGE_OCTETS_MAX || !read(octets_of(data, (uint32_t)size), true, &once))
		return 0;
	withdraw(&once);
	if (!write(&once, first, &message))
		return 0;
	MUST(read(message.body, false, &twice));
	MUST(once.family == twice.family && once.count == twice.count);
	MUST(once.len_octets == twice.len_octets);
	MUST(memcmp(once.packed, twice.packed, once.len_octets) == 0);
	MUST(memcmp(once.prefix, twice.prefix, once.count * sizeof *once.prefix) == 0);
	MUST(write(&twice, second, &again));
	MUST(octets_equal(message.whole, again.whole));
	return 0;
}
