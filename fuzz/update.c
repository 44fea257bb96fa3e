/* fuzz/update.c — one UPDATE in any session mode: read, packed, written again for receivers, and
 * read once more.  The first octet chooses the mode.
 * Reaches bgp_update_read bgp_attrs_path_facts bgp_attrs_pack bgp_attrs_unpack bgp_encode_prefix
 *         bgp_update_mp_attrs prefix_read_nlri */
#include "target.h"

#include "base/mem.h"
#include "bgp/encode.h"
#include "bgp/update.h"

static uint8_t scratch[BGP_UPDATE_SCRATCH_OCTETS];
static uint8_t scratch_again[BGP_UPDATE_SCRATCH_OCTETS];
static uint8_t packed[BGP_ATTRS_PACKED_MAX];
static uint8_t out[BGP_EXTENDED_MESSAGE_OCTETS_MAX];

static void walk(struct bgp_nlri nlri)
{
	struct prefix prefix;

	while (nlri.present && rd_more(&nlri.rd))
		MUST(!failed(prefix_read_nlri(&nlri.rd, nlri.family, &prefix)));
}

static void write_again(const struct bgp_attrs *attrs, struct bgp_nlri nlri, uint8_t mode)
{
	struct bgp_wire_profile profile = { .family = nlri.family,
					    .as4 = (mode & 16) != 0,
					    .addpath = (mode & 32) != 0,
					    .extended_next_hop = true,
					    .extended_message = (mode & 64) != 0 };
	struct bgp_export export = { .attrs = attrs,
				     .communities = attrs->communities,
				     .large = attrs->large,
				     .prepend_count = mode & 3u,
				     .prepend_asn = attrs->first_asn != 0 ? attrs->first_asn : 1000,
				     .add_otc = true,
				     .otc = 64700 };
	struct bgp_update_mode again = { .as4 = profile.as4,
					 .families = { true, true },
					 .extended_next_hop = true,
					 .path_asns_max = UINT16_MAX,
					 .communities_max = UINT16_MAX,
					 .scratch = scratch_again };
	struct wr wr = wr_of(out, sizeof out);
	struct bgp_encoder encoder;
	struct bgp_message message;
	struct bgp_refusal refusal;
	struct bgp_update update;
	struct prefix prefix;

	if (failed(bgp_encode_announce_begin(&encoder, &wr, &profile, &export)))
		return;
	uint32_t count = 0;
	while (rd_more(&nlri.rd) && !failed(prefix_read_nlri(&nlri.rd, nlri.family, &prefix)) &&
	       bgp_encode_prefix(&encoder, 7, &prefix))
		count++;
	if (count == 0) {
		bgp_encode_cancel(&encoder);
		return;
	}
	bgp_encode_end(&encoder);
	MUST(!failed(
		bgp_message_next(wr_octets_of(&wr), profile.extended_message, &message, &refusal)));
	bgp_update_read(message.body, &again, &update);
	MUST(profile.addpath || update.verdict <= BGP_DROP_ATTR);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > BGP_EXTENDED_MESSAGE_OCTETS_MAX)
		return 0;
	uint8_t bits = data[0];
	struct bgp_update_mode mode = { .as4 = (bits & 1) != 0,
					.families = { (bits & 2) != 0, (bits & 4) != 0 },
					.extended_next_hop = (bits & 8) != 0,
					.path_asns_max = BGP_PATH_ASNS_MAX,
					.communities_max = UINT16_MAX,
					.scratch = scratch };
	struct bgp_update update;
	struct bgp_attrs attrs;
	struct bgp_attrs back;
	struct wr wr = wr_of(packed, sizeof packed);

	bgp_update_read(octets_of(data + 1, (uint32_t)size - 1), &mode, &update);
	MUST(update.verdict <= BGP_RESET);
	MUST((update.verdict == BGP_KEEP) == (update.fault_text == NULL));
	if (update.verdict == BGP_RESET) {
		MUST(update.refusal.code == BGP_ERROR_UPDATE);
		return 0;
	}
	walk(update.withdrawn);
	walk(update.reach);
	walk(update.mp_reach);
	walk(update.mp_unreach);
	if (update.verdict == BGP_WITHDRAW || (!update.reach.present && !update.mp_reach.present))
		return 0;
	attrs = update.attrs;
	struct bgp_nlri nlri = update.reach;
	if (!nlri.present) {
		bgp_update_mp_attrs(&update, &attrs);
		nlri = update.mp_reach;
	}
	bgp_attrs_pack(&attrs, &wr);
	MUST(wr_ok(&wr));
	MUST(!failed(bgp_attrs_unpack(wr_octets_of(&wr), &back)));
	MUST(back.path_len == attrs.path_len && back.first_asn == attrs.first_asn);
	write_again(&back, nlri, bits);
	return 0;
}
