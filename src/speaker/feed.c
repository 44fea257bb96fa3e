/* speaker/feed.c — what a speaker says.
 *
 * The feed is a history: messages one behind the other, with a mark up to where they were said in
 * this session.  A new session says them all again, and so does a speaker that is asked for its
 * routes (RFC 2918).  Control messages go out between two messages of the feed: where one begins is
 * looked up only when there is something to put there. */
#include "speaker/inside.h"

#include "base/check.h"
#include "base/mem.h"

bool feed_say(struct heap *heap, struct feed *feed, struct octets octets)
{
	uint32_t end = 0;

	if (__builtin_add_overflow(feed->len_octets, octets.len_octets, &end) ||
	    !heap_grow(heap, (void **)&feed->octets, &feed->room, end, 1))
		return false;
	if (octets.len_octets != 0)
		mem_copy(feed->octets + feed->len_octets, octets.at, octets.len_octets);
	feed->len_octets = end;
	return true;
}

void feed_free(struct heap *heap, struct feed *feed)
{
	heap_free(heap, feed->octets, feed->room);
	*feed = (struct feed){ 0 };
}

/* Up to `end`; true when all of it went out. */
static bool feed_write(struct speakers *speakers, struct speaker *speaker, struct feed *feed,
		       uint32_t end)
{
	while (feed->at < end && speaker->is_writable) {
		uint32_t len = end - feed->at < SPEAKERS_WRITE_OCTETS ? end - feed->at :
									SPEAKERS_WRITE_OCTETS;
		struct octets part = octets_of(feed->octets + feed->at, len);
		uint32_t sent = 0;
		struct fault fault = speakers->port->write(speakers->port, speaker->stream, &part,
							   1, &sent);
		if (failed(fault)) {
			speaker->is_writable = false; /* what is wrong with it, reading will tell */
			break;
		}
		feed->at += sent;
		speaker->view.octets_sent += sent;
	}
	return feed->at == end;
}

/* Where the message of the feed that is on its way ends; `at` when none is. */
static uint32_t feed_boundary(struct feed *feed)
{
	while (feed->boundary < feed->at) {
		struct rd rd = rd_of(feed->octets + feed->boundary,
				     feed->len_octets - feed->boundary);
		rd_skip(&rd, 16);
		uint16_t len = rd_u16(&rd);
		CHECK(rd_ok(&rd) && len >= BGP_HEADER_OCTETS);
		feed->boundary += len;
	}
	return feed->boundary;
}

void speaker_flush(struct speakers *speakers, struct speaker *speaker)
{
	struct feed *feed = &speaker->feed;
	struct feed *control = &speaker->control;

	if (control->len_octets != 0) {
		if (!feed_write(speakers, speaker, feed, feed_boundary(feed)) ||
		    !feed_write(speakers, speaker, control, control->len_octets))
			return;
		control->at = control->boundary = control->len_octets = 0;
	}
	if (speaker->is_asked && feed_write(speakers, speaker, feed, feed_boundary(feed))) {
		speaker->is_asked = false;
		feed->at = feed->boundary = 0;
	}
	if (!speakers->held_back && speaker->view.state == BGP_STATE_ESTABLISHED)
		(void)feed_write(speakers, speaker, feed, feed->len_octets);
}

/* One message is in the writer: it joins the history. */
static struct fault feed_add(struct speakers *speakers, struct speaker *speaker,
			     const struct wr *wr)
{
	if (!wr_ok(wr) || !feed_say(speakers->heap, &speaker->feed, wr_octets_of(wr)))
		return fault_of(FAULT_LIMIT, 0);
	return fault_none();
}

/* attrs NULL: the prefixes are withdrawn. */
static struct fault runs_write(struct speakers *speakers, struct speaker *speaker,
			       const struct bgp_attrs *attrs, const struct prefix *prefixes,
			       uint32_t count)
{
	struct bgp_export export = { .attrs = attrs,
				     .communities = attrs != NULL ? attrs->communities :
								    (struct octets){ 0 },
				     .large = attrs != NULL ? attrs->large : (struct octets){ 0 } };
	struct bgp_encoder encoder;

	for (uint32_t i = 0; i < count;) {
		struct bgp_wire_profile profile = { .family = (enum family)prefixes[i].family,
						    .as4 = speaker->config.offer.as4,
						    .extended_next_hop = true };
		struct wr wr = wr_of(speakers->scratch, sizeof speakers->scratch);
		uint32_t first = i;
		TRY(attrs != NULL ? bgp_encode_announce_begin(&encoder, &wr, &profile, &export) :
				    bgp_encode_withdraw_begin(&encoder, &wr, &profile));
		while (i < count && bgp_encode_prefix(&encoder, 0, &prefixes[i]))
			i++;
		if (i == first)
			return fault_of(FAULT_LIMIT, 0);
		bgp_encode_end(&encoder);
		TRY(feed_add(speakers, speaker, &wr));
	}
	speaker_flush(speakers, speaker);
	return fault_none();
}

struct fault speaker_announce(struct speakers *speakers, uint32_t speaker,
			      const struct bgp_attrs *attrs, const struct prefix *prefixes,
			      uint32_t count)
{
	CHECK(speaker < speakers->count && attrs != NULL);
	return runs_write(speakers, &speakers->speaker[speaker], attrs, prefixes, count);
}

struct fault speaker_withdraw(struct speakers *speakers, uint32_t speaker,
			      const struct prefix *prefixes, uint32_t count)
{
	CHECK(speaker < speakers->count);
	return runs_write(speakers, &speakers->speaker[speaker], NULL, prefixes, count);
}

static struct fault said(struct speakers *speakers, uint32_t speaker, const struct wr *wr)
{
	CHECK(speaker < speakers->count);
	TRY(feed_add(speakers, &speakers->speaker[speaker], wr));
	speaker_flush(speakers, &speakers->speaker[speaker]);
	return fault_none();
}

struct fault speaker_end_of_rib(struct speakers *speakers, uint32_t speaker, enum family family)
{
	struct wr wr = wr_of(speakers->scratch, sizeof speakers->scratch);

	bgp_encode_end_of_rib(&wr, family);
	return said(speakers, speaker, &wr);
}

/* Not part of the history: a session that is new is sent all anyway. */
struct fault speaker_refresh(struct speakers *speakers, uint32_t speaker, enum family family)
{
	struct wr wr = wr_of(speakers->scratch, sizeof speakers->scratch);

	CHECK(speaker < speakers->count);
	struct speaker *asker = &speakers->speaker[speaker];
	if (asker->view.state != BGP_STATE_ESTABLISHED)
		return fault_of(FAULT_AGAIN, 0);
	bgp_refresh_write(&wr, family, BGP_REFRESH_REQUEST);
	if (!feed_say(speakers->heap, &asker->control, wr_octets_of(&wr)))
		return fault_of(FAULT_LIMIT, 0);
	speaker_flush(speakers, asker);
	return fault_none();
}

struct fault speaker_forget(struct speakers *speakers, uint32_t speaker)
{
	CHECK(speaker < speakers->count);
	struct feed *feed = &speakers->speaker[speaker].feed;

	if (feed->at != feed->len_octets)
		return fault_of(FAULT_AGAIN, 0);
	feed_free(speakers->heap, feed);
	return fault_none();
}

void speaker_was_said(struct speakers *speakers, uint32_t speaker)
{
	CHECK(speaker < speakers->count);
	struct feed *feed = &speakers->speaker[speaker].feed;

	feed->at = feed->boundary = feed->len_octets;
}
