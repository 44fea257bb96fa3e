/* bgp/story.h — a session and a neighbour's words to it, on a made-up clock; for session*.c. */
#ifndef BGP_STORY_H
#define BGP_STORY_H

#include "bgp/session.h"
#include "kit/tap.h"

static inline struct bgp_open offer_of(uint32_t asn, uint32_t router_id, uint8_t role)
{
	return (struct bgp_open){ .asn = asn,
				  .router_id = router_id,
				  .hold_s = 90,
				  .role = role,
				  .as4 = true,
				  .refresh = true,
				  .enhanced_refresh = true,
				  .extended_next_hop = true,
				  .families = { true, true },
				  .any_family = true,
				  .add_path_receive = { true, false },
				  .graceful_restart = true,
				  .restart_s = 120,
				  .gr_families = { true, true },
				  .gr_forwarding = { true, false } };
}

struct story {
	struct bgp_session session;
	struct instant now;
	uint8_t octets[2][8192];
	struct wr wr[2];
};

static inline struct bgp_outputs outputs_of(struct story *story)
{
	for (uint32_t i = 0; i < 2; i++)
		story->wr[i] = wr_of(story->octets[i], sizeof story->octets[i]);
	return (struct bgp_outputs){ { &story->wr[0], &story->wr[1] } };
}

static inline void story_begin(struct story *story, bool is_active)
{
	struct bgp_session_config config = { .offer = offer_of(64700, 100, BGP_ROLE_ROUTE_SERVER),
					     .peer_asn = 1000,
					     .is_active = is_active };

	*story = (struct story){ .now = { NS_PER_S } };
	bgp_session_init(&story->session, &config);
	bgp_session_start(&story->session, story->now);
}

static inline struct bgp_outcome tell(struct story *story, uint32_t place, const struct wr *wr)
{
	struct bgp_message message;
	struct bgp_refusal refusal;

	expect_true(!failed(bgp_message_next(wr_octets_of(wr), true, &message, &refusal)));
	return bgp_session_message(&story->session, place, &message, story->now, outputs_of(story));
}

static inline struct bgp_outcome tell_open(struct story *story, uint32_t place,
					   struct bgp_open open)
{
	uint8_t octets[512];
	struct wr wr = wr_of(octets, sizeof octets);

	bgp_open_write(&wr, &open);
	return tell(story, place, &wr);
}

static inline struct bgp_outcome tell_keepalive(struct story *story, uint32_t place)
{
	uint8_t octets[32];
	struct wr wr = wr_of(octets, sizeof octets);

	bgp_keepalive_write(&wr);
	return tell(story, place, &wr);
}

static inline uint32_t connect_in(struct story *story, bool is_ours)
{
	uint32_t place = BGP_CONNECTIONS;

	expect_true(bgp_session_connected(&story->session, is_ours, story->now, outputs_of(story),
					  &place));
	return place;
}

static inline void expect_said(struct story *story, uint32_t place, uint8_t code, uint8_t subcode)
{
	const struct wr *wr = &story->wr[place];

	expect_true(wr->pos >= 21);
	expect_u64(wr->start[18], BGP_NOTIFICATION);
	expect_u64(wr->start[19], code);
	expect_u64(wr->start[20], subcode);
}

static inline struct bgp_open client(void)
{
	return offer_of(1000, 50, BGP_ROLE_ROUTE_SERVER_CLIENT);
}

static inline uint32_t story_established_with(struct story *story, bool n_bit)
{
	struct bgp_open theirs = client();

	theirs.gr_notification = n_bit;
	story_begin(story, false);
	story->session.config.offer.gr_notification = true;
	uint32_t place = connect_in(story, false);
	(void)tell_open(story, place, theirs);
	expect_u64(story->session.state, BGP_STATE_OPEN_CONFIRM);
	expect_true((tell_keepalive(story, place).orders & BGP_ORDER_ESTABLISHED) != 0);
	expect_u64(story->session.state, BGP_STATE_ESTABLISHED);
	return place;
}

static inline uint32_t story_established(struct story *story)
{
	return story_established_with(story, false);
}

#endif
