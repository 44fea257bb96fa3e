/* unit/bgp/encode.c — UPDATEs out and in again: whatever is written is read as it was, and with any
 * octet changed it has one of the verdicts. */
#include "bgp/encode.h"

#include "base/mem.h"
#include "bgp/update.h"
#include "kit/random.h"
#include "kit/tap.h"

#define PREFIXES_MAX 64u

struct sample {
	struct bgp_attrs attrs;
	struct prefix prefix[PREFIXES_MAX];
	uint32_t prefix_count;
	uint8_t octets[16384]; /* what attrs borrows from */
};

static uint8_t scratch[BGP_UPDATE_SCRATCH_OCTETS];
static uint8_t out[BGP_EXTENDED_MESSAGE_OCTETS_MAX];
static uint8_t packed[2][BGP_ATTRS_PACKED_MAX];

/* `count` items of `size`, no two alike. */
static struct octets items(struct wr *wr, struct random *random, uint32_t count, uint32_t size)
{
	uint32_t mark = wr_mark(wr);

	for (uint32_t i = 0; i < count; i++) {
		wr_u32(wr, (uint32_t)random_next(random) & 0x3fffffffu);
		wr_repeat(wr, (uint8_t)random_next(random), size - 4u);
		wr->start[wr->pos - 1] = (uint8_t)i;
	}
	return octets_of(wr->start + mark, wr->pos - mark);
}

static struct octets path(struct wr *wr, struct random *random, bool wide)
{
	uint32_t mark = wr_mark(wr);

	for (uint32_t i = 1 + random_below(random, 3); i != 0; i--) {
		uint32_t count = 1 + random_below(random, 8);
		wr_u8(wr, BGP_SEGMENT_SEQUENCE);
		wr_u8(wr, count);
		for (; count != 0; count--)
			wr_u32(wr, 1 + random_below(random, wide ? 400000 : 20000));
	}
	return octets_of(wr->start + mark, wr->pos - mark);
}

static void sample_make(struct sample *sample, struct random *random, enum family family, bool as4,
			uint32_t size)
{
	struct wr wr = wr_of(sample->octets, sizeof sample->octets);
	uint64_t bits = random_next(random);
	struct bgp_attrs *attrs = &sample->attrs;

	*attrs = (struct bgp_attrs){
		.origin = (uint8_t)(bits % 3),
		.next_hop_len_octets = family == FAMILY_IPV4 ? 4 :
				       (bits & 4) != 0       ? 16 :
							       32,
		.has_med = (bits & 8) != 0,
		.med = (bits & 8) != 0 ? (uint32_t)(bits >> 32) : 0,
		.atomic_aggregate = (bits & 16) != 0,
		.has_otc = (bits & 32) != 0,
		.otc = (bits & 32) != 0 ? 1 + (uint32_t)(bits >> 40) : 0,
	};
	for (uint32_t i = 0; i < attrs->next_hop_len_octets; i++)
		attrs->next_hop[i] = (uint8_t)(i + 1);
	attrs->next_hop[16] = attrs->next_hop_len_octets == 32 ? 0xfe : 0;
	attrs->next_hop[17] = attrs->next_hop_len_octets == 32 ? 0x80 : 0;
	attrs->as_path = path(&wr, random, true);
	attrs->communities = items(&wr, random, random_below(random, size), 4);
	attrs->large = items(&wr, random, random_below(random, size), 12);
	attrs->extended = items(&wr, random, random_below(random, size), 8);
	attrs->extended_ipv6 = items(&wr, random, random_below(random, 3), 20);
	if ((bits & 64) != 0) {
		uint32_t mark = wr_mark(&wr);
		wr_u32(&wr, 1 + random_below(random, as4 ? 400000 : 20000));
		wr_u32(&wr, (uint32_t)bits);
		attrs->aggregator = octets_of(wr.start + mark, 8);
	}
	uint32_t mark = wr_mark(&wr);
	for (uint32_t code = 50; code < 250 && (bits & 128) != 0; code += 67) {
		wr_u8(&wr, BGP_FLAG_OPTIONAL | BGP_FLAG_TRANSITIVE | BGP_FLAG_PARTIAL);
		wr_u8(&wr, code);
		wr_u8(&wr, 3);
		wr_repeat(&wr, (uint8_t)bits, 3);
	}
	attrs->unknown = octets_of(wr.start + mark, wr.pos - mark);
	expect_true(wr_ok(&wr));
	expect_true(!failed(bgp_attrs_path_facts(attrs)));
	sample->prefix_count = 1 + random_below(random, PREFIXES_MAX);
	for (uint32_t i = 0; i < sample->prefix_count; i++) {
		struct prefix prefix = { .family = (uint8_t)family };
		prefix.len_bits = (uint8_t)random_below(random, prefix_bits_max(family) + 1);
		for (uint32_t j = 0; j < 16; j++)
			prefix.octet[j] = (uint8_t)random_next(random);
		prefix_mask(&prefix);
		sample->prefix[i] = prefix;
	}
}

static struct octets pack(uint32_t which, const struct bgp_attrs *attrs)
{
	struct wr wr = wr_of(packed[which], sizeof packed[which]);

	bgp_attrs_pack(attrs, &wr);
	expect_true(wr_ok(&wr));
	return wr_octets_of(&wr);
}

static void nlri_expect(struct bgp_nlri nlri, const struct sample *sample, uint32_t from,
			uint32_t count)
{
	struct prefix prefix;

	for (uint32_t i = 0; i < count; i++) {
		expect_true(!failed(prefix_read_nlri(&nlri.rd, nlri.family, &prefix)));
		expect_true(prefix_equal(&prefix, &sample->prefix[from + i]));
	}
	expect_true(rd_done(&nlri.rd));
}

/* The frame that any reader may count on: verdict, refusal and text say the same; prefixes walk. */
static void verdict_expect(const struct bgp_update *update)
{
	struct bgp_nlri lists[] = { update->withdrawn, update->reach, update->mp_reach,
				    update->mp_unreach };
	struct prefix prefix;

	expect_true(update->verdict <= BGP_RESET);
	expect_true((update->verdict == BGP_KEEP) == (update->fault_text == NULL));
	if (update->verdict == BGP_RESET) {
		expect_u64(update->refusal.code, BGP_ERROR_UPDATE);
		return;
	}
	for (uint32_t i = 0; i < 4; i++) {
		while (lists[i].present && rd_more(&lists[i].rd))
			expect_true(
				!failed(prefix_read_nlri(&lists[i].rd, lists[i].family, &prefix)));
		expect_true(!lists[i].present || rd_ok(&lists[i].rd));
	}
}

/* RFC 4271 4.3, RFC 4760, RFC 6793 4.2: every message of a run read back, and none too long. */
static void messages_check(struct sample *sample, const struct bgp_wire_profile *profile,
			   struct random *random, bool is_announced)
{
	struct bgp_update_mode mode = { .as4 = profile->as4,
					.families = { true, true },
					.extended_next_hop = true,
					.path_asns_max = 1000,
					.communities_max = UINT16_MAX,
					.scratch = scratch };
	struct bgp_export export = { .attrs = &sample->attrs,
				     .communities = sample->attrs.communities,
				     .large = sample->attrs.large };
	enum family family = profile->family;

	for (uint32_t at = 0; at < sample->prefix_count;) {
		struct wr wr = wr_of(out, sizeof out);
		struct bgp_encoder encoder;
		struct bgp_message message;
		struct bgp_refusal refusal;
		struct bgp_update update;
		struct fault fault = is_announced ?
					     bgp_encode_announce_begin(&encoder, &wr, profile,
								       &export) :
					     bgp_encode_withdraw_begin(&encoder, &wr, profile);
		expect_true(!failed(fault));
		uint32_t from = at;
		while (at < sample->prefix_count && at < from + 16 &&
		       bgp_encode_prefix(&encoder, 0, &sample->prefix[at]))
			at++;
		expect_true(at != from);
		bgp_encode_end(&encoder);
		expect_true(!failed(bgp_message_next(wr_octets_of(&wr), profile->extended_message,
						     &message, &refusal)));
		expect_u64(message.whole.len_octets, wr.pos);
		bgp_update_read(message.body, &mode, &update);
		expect_u64(update.verdict, BGP_KEEP);
		expect_true(!update.is_end_of_rib);
		bool is_mp = family == FAMILY_IPV6;
		nlri_expect(is_announced ? (is_mp ? update.mp_reach : update.reach) :
					   (is_mp ? update.mp_unreach : update.withdrawn),
			    sample, from, at - from);
		if (is_announced) {
			if (is_mp)
				bgp_update_mp_attrs(&update, &update.attrs);
			struct octets is = pack(0, &update.attrs);
			struct octets was = pack(1, &sample->attrs);
			expect_octets(is.at, is.len_octets, was.at, was.len_octets);
		}
		for (uint32_t i = 0; i < 40; i++) {
			uint32_t changed = BGP_HEADER_OCTETS +
					   random_below(random, wr.pos - BGP_HEADER_OCTETS);
			uint8_t before = out[changed];
			out[changed] ^= (uint8_t)(1 + random_below(random, 255));
			bgp_update_read(message.body, &mode, &update);
			verdict_expect(&update);
			out[changed] = before;
		}
	}
}

static void case_there_and_back(void)
{
	static struct sample sample;
	struct random random = { tap_seed() };

	for (uint32_t i = 0; i < 4000; i++) {
		struct bgp_wire_profile profile = { .family = (enum family)(i % 2),
						    .as4 = i % 4 < 2,
						    .extended_message = i % 8 < 4 };
		sample_make(&sample, &random, profile.family, profile.as4,
			    profile.extended_message ? 250 : 60);
		messages_check(&sample, &profile, &random, i % 3 != 0);
	}
}

/* Every cut of the body has some verdict; the readers see nothing behind the end. */
static void case_cuts(void)
{
	static struct sample sample;
	struct random random = { tap_seed() };
	struct bgp_update_mode mode = { .as4 = true,
					.families = { true, true },
					.path_asns_max = 1000,
					.communities_max = UINT16_MAX,
					.scratch = scratch };

	for (uint32_t i = 0; i < 200; i++) {
		struct bgp_wire_profile profile = { .family = (enum family)(i % 2), .as4 = true };
		struct bgp_export export = { .attrs = &sample.attrs };
		struct wr wr = wr_of(out, sizeof out);
		struct bgp_encoder encoder;
		struct bgp_update update;
		sample_make(&sample, &random, profile.family, true, 20);
		expect_true(!failed(bgp_encode_announce_begin(&encoder, &wr, &profile, &export)));
		for (uint32_t j = 0; j < sample.prefix_count; j++)
			(void)bgp_encode_prefix(&encoder, 0, &sample.prefix[j]);
		bgp_encode_end(&encoder);
		uint32_t body = wr.pos - BGP_HEADER_OCTETS;
		uint32_t attrs_end = 4u + (uint32_t)(out[21] << 8 | out[22]);
		for (uint32_t len = 0; len < body; len++) {
			bgp_update_read(octets_of(out + BGP_HEADER_OCTETS, len), &mode, &update);
			verdict_expect(&update);
			expect_true(len >= attrs_end || update.verdict == BGP_RESET);
		}
	}
}

/* RFC 8654 4: what does not fit a receiver's messages is refused before anything is written. */
static void case_too_large(void)
{
	static struct sample sample;
	struct random random = { tap_seed() };
	struct bgp_wire_profile profile = { .family = FAMILY_IPV4, .as4 = true };
	struct bgp_export export = { .attrs = &sample.attrs };
	bool fitted = false;
	bool refused = false;

	sample_make(&sample, &random, FAMILY_IPV4, true, 1);
	for (uint32_t count = 900; count < 1100; count++) {
		struct wr space = wr_of(sample.octets + 2048, sizeof sample.octets - 2048);
		struct wr wr = wr_of(out, sizeof out);
		struct bgp_encoder encoder;
		export.communities = items(&space, &random, count, 4);
		expect_true(wr_ok(&space));
		if (failed(bgp_encode_announce_begin(&encoder, &wr, &profile, &export))) {
			expect_u64(wr.pos, 0);
			refused = true;
			continue;
		}
		expect_true(!refused);
		struct prefix wide = { .family = FAMILY_IPV4, .len_bits = 32, .octet = { 50 } };
		if (bgp_encode_prefix(&encoder, 0, &wide)) {
			bgp_encode_end(&encoder);
			fitted = true;
			expect_true(wr.pos <= BGP_MESSAGE_OCTETS_MAX);
		} else {
			bgp_encode_cancel(&encoder);
			expect_u64(wr.pos, 0);
		}
		profile.extended_message = true;
		expect_true(!failed(bgp_encode_announce_begin(&encoder, &wr, &profile, &export)));
		bgp_encode_cancel(&encoder);
		profile.extended_message = false;
	}
	expect_true(fitted && refused);
}

static const struct tap_case cases[] = {
	{ "what is written reads back, and bears any change", case_there_and_back, 0 },
	{ "every cut has a verdict", case_cuts, 0 },
	{ "what fits no message", case_too_large, 0 },
};
TAP_MAIN(cases)
