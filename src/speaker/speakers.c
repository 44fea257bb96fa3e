/* speaker/speakers.c — the step, streams, the session's orders carried out.
 *
 * A speaker has at most one stream: it connects, nobody connects to it.
 *
 * States of a speaker
 *   no stream        waits for the state machine's order to connect
 *   connecting       stream, place BGP_CONNECTIONS       connect_out
 *   in a session     stream and place                    connect_ended
 *   no stream again                                      stream_end */
#include "speaker/inside.h"

#include "base/check.h"
#include "base/mem.h"

#define MESSAGES_AHEAD 8u /* whose prefixes are fetched while those before are taken in */

static const struct port_stream no_stream = { -1 };

struct fault speakers_new(struct heap *heap, struct port *port, struct universe *universe,
			  struct sets *sets, uint32_t count, struct speakers **out)
{
	struct speakers *speakers = NULL;

	if (count == 0 || count > SESSIONS_MAX)
		return fault_of(FAULT_LIMIT, 0);
	speakers = heap_zero(heap, sizeof *speakers);
	if (speakers == NULL)
		return fault_of(FAULT_LIMIT, 0);
	speakers->heap = heap;
	speakers->port = port;
	speakers->universe = universe;
	speakers->sets = sets;
	speakers->count = count;
	speakers->now = port->now(port);
	speakers->speaker = heap_array(heap, count, sizeof *speakers->speaker);
	speakers->unread = heap_array(heap, count, sizeof *speakers->unread);
	struct fault fault = deadlines_init(&speakers->deadlines, heap, count);
	if (failed(fault) || speakers->speaker == NULL || speakers->unread == NULL) {
		speakers_free(speakers);
		return fault_of(FAULT_LIMIT, 0);
	}
	for (uint32_t i = 0; i < count; i++)
		speakers->speaker[i].stream = no_stream;
	*out = speakers;
	return fault_none();
}

void speakers_free(struct speakers *speakers)
{
	if (speakers == NULL)
		return;
	struct heap *heap = speakers->heap;
	for (uint32_t i = 0; i < speakers->count && speakers->speaker != NULL; i++) {
		struct speaker *speaker = &speakers->speaker[i];
		if (speaker->stream.number >= 0)
			speakers->port->close(speakers->port, speaker->stream);
		held_fini(speakers, speaker);
		feed_free(heap, &speaker->feed);
		feed_free(heap, &speaker->control);
		heap_free(heap, speaker->partial, speaker->partial_room);
	}
	heap_free(heap, speakers->speaker, speakers->count * sizeof *speakers->speaker);
	heap_free(heap, speakers->unread, speakers->count * sizeof *speakers->unread);
	deadlines_fini(&speakers->deadlines);
	heap_free(heap, speakers, sizeof *speakers);
}

struct fault speaker_configure(struct speakers *speakers, uint32_t number,
			       const struct speaker_config *config)
{
	CHECK(number < speakers->count);
	struct speaker *speaker = &speakers->speaker[number];
	struct bgp_session_config session = {
		.offer = config->offer,
		.peer_asn = config->server_asn,
		.is_active = true,
	};

	CHECK(!speaker->is_configured);
	TRY(held_init(speakers, speaker));
	speaker->config = *config;
	speaker->is_configured = true;
	bgp_session_init(&speaker->fsm, &session);
	return fault_none();
}

static void deadline_follow(struct speakers *speakers, struct speaker *speaker)
{
	deadlines_set(&speakers->deadlines, (uint32_t)(speaker - speakers->speaker),
		      bgp_session_deadline(&speaker->fsm));
}

void speaker_start(struct speakers *speakers, uint32_t number)
{
	CHECK(number < speakers->count);
	struct speaker *speaker = &speakers->speaker[number];

	CHECK(speaker->is_configured);
	bgp_session_start(&speaker->fsm, speakers->now);
	speaker->view.state = speaker->fsm.state;
	deadline_follow(speakers, speaker);
}

static void stream_end(struct speakers *speakers, struct speaker *speaker)
{
	if (speaker->stream.number < 0)
		return;
	speakers->speaker_of[speaker->stream.number] = 0;
	speakers->port->close(speakers->port, speaker->stream);
	speaker->stream = no_stream;
	speaker->is_writable = false;
	heap_free(speakers->heap, speaker->partial, speaker->partial_room);
	speaker->partial = NULL;
	speaker->partial_len = speaker->partial_room = 0;
	feed_free(speakers->heap, &speaker->control);
	speaker->feed.at = speaker->feed.boundary = 0;
}

/* --- orders of the state machine -------------------------------------------------------------- */

static struct bgp_outputs outputs_of(struct speakers *speakers, struct wr wr[BGP_CONNECTIONS])
{
	struct bgp_outputs outputs = { 0 };

	for (uint32_t i = 0; i < BGP_CONNECTIONS; i++) {
		wr[i] = wr_of(speakers->wire[i], sizeof speakers->wire[i]);
		outputs.wr[i] = &wr[i];
	}
	return outputs;
}

static uint32_t random_of(struct speakers *speakers)
{
	return (uint32_t)speakers->port->random(speakers->port);
}

static void connect_out(struct speakers *speakers, struct speaker *speaker)
{
	const struct speaker_config *config = &speaker->config;
	struct fault fault = speakers->port->connect(
		speakers->port, &config->local, &config->server, &config->secret, &speaker->stream);

	if (failed(fault)) {
		speaker->stream = no_stream;
		bgp_session_connect_failed(&speaker->fsm, speakers->now, random_of(speakers));
		return;
	}
	CHECK((uint32_t)speaker->stream.number < PORT_STREAMS_MAX);
	speaker->place = BGP_CONNECTIONS;
	speakers->speaker_of[speaker->stream.number] = (uint32_t)(speaker - speakers->speaker) + 1;
}

static void established(struct speakers *speakers, struct speaker *speaker)
{
	const struct bgp_negotiated *agreed = &speaker->fsm.connection[speaker->place].negotiated;

	held_clear(speakers, speaker);
	speaker->tag = agreed->as4 ? SETS_AS4 : 0u;
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		speaker->add_path[f] = speaker->config.offer.add_path_receive[f] &&
				       agreed->peer.add_path_send[f];
		speaker->view.end_of_rib[f] = false;
	}
	speaker->feed.at = speaker->feed.boundary = 0;
	speaker->is_asked = false;
	speaker->view.established_count++;
}

static void obey(struct speakers *speakers, struct speaker *speaker, struct bgp_outcome outcome,
		 const struct wr wr[BGP_CONNECTIONS])
{
	uint32_t place = speaker->place;
	bool has_words = wr != NULL && place < BGP_CONNECTIONS && speaker->stream.number >= 0;

	if (has_words && wr[place].pos != 0 &&
	    !feed_say(speakers->heap, &speaker->control, wr_octets_of(&wr[place])))
		speaker->view.malformed++;
	if ((outcome.orders & BGP_ORDER_ESTABLISHED) != 0)
		established(speakers, speaker);
	speaker->view.state = speaker->fsm.state;
	if ((outcome.orders & BGP_ORDER_REFRESH) != 0 &&
	    outcome.refresh_kind == BGP_REFRESH_REQUEST)
		speaker->is_asked = true;
	if (has_words)
		speaker_flush(speakers, speaker);
	if ((outcome.orders & BGP_ORDER_LOST) != 0)
		held_clear(speakers, speaker);
	if (place < BGP_CONNECTIONS &&
	    (outcome.orders & ((uint32_t)BGP_ORDER_CLOSE_0 << place)) != 0)
		stream_end(speakers, speaker);
	if ((outcome.orders & BGP_ORDER_CONNECT) != 0 && speaker->stream.number < 0)
		connect_out(speakers, speaker);
	speaker->view.state = speaker->fsm.state;
	deadline_follow(speakers, speaker);
}

void speaker_stop(struct speakers *speakers, uint32_t number)
{
	struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_CEASE, BGP_CEASE_ADMIN_SHUTDOWN);
	struct wr wr[BGP_CONNECTIONS];

	CHECK(number < speakers->count);
	struct speaker *speaker = &speakers->speaker[number];
	struct bgp_outcome outcome = bgp_session_stop(&speaker->fsm, &refusal, speakers->now,
						      outputs_of(speakers, wr));
	obey(speakers, speaker, outcome, wr);
	stream_end(speakers, speaker);
}

static void stream_lost(struct speakers *speakers, struct speaker *speaker)
{
	uint32_t place = speaker->place;

	stream_end(speakers, speaker);
	if (place < BGP_CONNECTIONS) {
		obey(speakers, speaker,
		     bgp_session_closed(&speaker->fsm, place, speakers->now, random_of(speakers)),
		     NULL);
		return;
	}
	bgp_session_connect_failed(&speaker->fsm, speakers->now, random_of(speakers));
	speaker->view.state = speaker->fsm.state;
	deadline_follow(speakers, speaker);
}

void speaker_cut(struct speakers *speakers, uint32_t number)
{
	CHECK(number < speakers->count);
	if (speakers->speaker[number].stream.number >= 0)
		stream_lost(speakers, &speakers->speaker[number]);
}

/* --- octets in -------------------------------------------------------------------------------- */

/* False: the stream is gone. */
static bool message_take(struct speakers *speakers, struct speaker *speaker,
			 const struct bgp_message *message)
{
	struct wr wr[BGP_CONNECTIONS];
	struct bgp_outcome outcome = bgp_session_message(&speaker->fsm, speaker->place, message,
							 speakers->now, outputs_of(speakers, wr));

	if ((outcome.orders & BGP_ORDER_UPDATE) != 0) {
		speaker_update(speakers, speaker, message->body);
		return true;
	}
	if (outcome.orders != 0 || wr[0].pos + wr[1].pos != 0)
		obey(speakers, speaker, outcome, wr);
	return speaker->stream.number >= 0;
}

static void refuse(struct speakers *speakers, struct speaker *speaker,
		   const struct bgp_refusal *refusal)
{
	struct wr wr[BGP_CONNECTIONS];
	struct bgp_outcome outcome = bgp_session_refuse(&speaker->fsm, speaker->place, refusal,
							speakers->now, outputs_of(speakers, wr));

	speaker->view.malformed++;
	obey(speakers, speaker, outcome, wr);
}

/* Moves *ahead behind its next message, whose prefixes are then on their way to the cache. */
static void message_foresee(const struct speakers *speakers, const struct speaker *speaker,
			    struct octets *ahead)
{
	struct rd rd = rd_of_octets(*ahead);

	rd_skip(&rd, BGP_HEADER_OCTETS - 3);
	uint16_t len = rd_u16(&rd);
	uint8_t type = rd_u8(&rd);
	if (!rd_ok(&rd) || len < BGP_HEADER_OCTETS || len > ahead->len_octets) {
		*ahead = (struct octets){ 0 };
		return;
	}
	if (type == BGP_UPDATE)
		speaker_update_foresee(speakers, speaker,
				       octets_of(ahead->at + BGP_HEADER_OCTETS,
						 (uint32_t)len - BGP_HEADER_OCTETS));
	*ahead = octets_of(ahead->at + len, ahead->len_octets - len);
}

/* All whole messages of the input.  False: the stream is gone. */
static bool messages_take(struct speakers *speakers, struct speaker *speaker, struct octets stream,
			  struct octets *rest)
{
	struct octets ahead = stream;

	for (uint32_t i = 0; i < MESSAGES_AHEAD; i++)
		message_foresee(speakers, speaker, &ahead);
	while (stream.len_octets != 0) {
		struct bgp_refusal refusal;
		struct bgp_message message;
		bool extended = speaker->config.offer.extended_message;
		struct fault fault = bgp_message_next(stream, extended, &message, &refusal);
		if (fault.kind == FAULT_AGAIN)
			break;
		if (failed(fault)) {
			refuse(speakers, speaker, &refusal);
			return false;
		}
		message_foresee(speakers, speaker, &ahead);
		if (!message_take(speakers, speaker, &message))
			return false;
		stream = octets_of(stream.at + message.whole.len_octets,
				   stream.len_octets - message.whole.len_octets);
	}
	*rest = stream;
	return true;
}

static bool partial_keep(struct speakers *speakers, struct speaker *speaker, struct octets rest)
{
	speaker->partial_len = 0;
	if (rest.len_octets == 0)
		return true;
	if (!heap_grow(speakers->heap, (void **)&speaker->partial, &speaker->partial_room,
		       rest.len_octets, 1))
		return false;
	mem_copy(speaker->partial, rest.at, rest.len_octets);
	speaker->partial_len = rest.len_octets;
	return true;
}

static void unread_note(struct speakers *speakers, struct speaker *speaker)
{
	if (!speaker->is_unread)
		speakers->unread[speakers->unread_count++] = (uint32_t)(speaker -
									speakers->speaker);
	speaker->is_unread = true;
}

/* One read of at most so many octets, and all that it brought.  False: nothing is left to read, or
 * the stream is gone. */
static bool read_once(struct speakers *speakers, struct speaker *speaker, uint32_t octets_max)
{
	uint32_t kept = speaker->partial_len;
	uint32_t room = SPEAKERS_INPUT_OCTETS - kept;
	uint32_t got = 0;
	struct octets rest;

	mem_copy(speakers->input, speaker->partial, kept);
	struct fault fault = speakers->port->read(speakers->port, speaker->stream,
						  speakers->input + kept,
						  octets_max < room ? octets_max : room, &got);
	if (fault.kind == FAULT_AGAIN) {
		deadline_follow(speakers, speaker);
		return false;
	}
	if (failed(fault)) {
		stream_lost(speakers, speaker);
		return false;
	}
	speaker->view.octets_received += got;
	if (!messages_take(speakers, speaker, octets_of(speakers->input, kept + got), &rest))
		return false;
	if (!partial_keep(speakers, speaker, rest)) {
		stream_lost(speakers, speaker);
		return false;
	}
	return true;
}

static void read_from(struct speakers *speakers, struct speaker *speaker)
{
	if (speaker->is_paused && speaker->view.state == BGP_STATE_ESTABLISHED)
		return;
	for (uint32_t i = 0; i < SPEAKERS_READS_MAX; i++) {
		if (!read_once(speakers, speaker, SPEAKERS_INPUT_OCTETS))
			return;
	}
	unread_note(speakers, speaker);
	deadline_follow(speakers, speaker);
}

static bool is_in_session(const struct speaker *speaker)
{
	return speaker->stream.number >= 0 && speaker->place < BGP_CONNECTIONS;
}

void speaker_read(struct speakers *speakers, uint32_t number, uint32_t octets_max)
{
	CHECK(number < speakers->count && octets_max != 0);
	struct speaker *speaker = &speakers->speaker[number];

	if (is_in_session(speaker) && read_once(speakers, speaker, octets_max))
		deadline_follow(speakers, speaker);
}

void speaker_pause(struct speakers *speakers, uint32_t number, bool is_paused)
{
	CHECK(number < speakers->count);
	struct speaker *speaker = &speakers->speaker[number];

	speaker->is_paused = is_paused;
	if (!is_paused && is_in_session(speaker))
		read_from(speakers, speaker);
}

void speakers_watch(struct speakers *speakers, const struct speakers_watch *watch)
{
	speakers->watch = watch != NULL ? *watch : (struct speakers_watch){ 0 };
}

/* --- the step --------------------------------------------------------------------------------- */

static void connect_ended(struct speakers *speakers, struct speaker *speaker)
{
	struct fault fault = speakers->port->connected(speakers->port, speaker->stream);
	struct wr wr[BGP_CONNECTIONS];
	uint32_t place = 0;

	if (fault.kind == FAULT_AGAIN)
		return;
	if (failed(fault) || !bgp_session_connected(&speaker->fsm, true, speakers->now,
						    outputs_of(speakers, wr), &place)) {
		stream_lost(speakers, speaker);
		return;
	}
	speaker->place = place;
	speaker->is_writable = true;
	obey(speakers, speaker, (struct bgp_outcome){ 0 }, wr);
}

static void event_take(struct speakers *speakers, const struct port_event *event)
{
	uint32_t number = speakers->speaker_of[event->stream.number];

	if (number == 0)
		return;
	struct speaker *speaker = &speakers->speaker[number - 1];
	if (speaker->place >= BGP_CONNECTIONS) {
		connect_ended(speakers, speaker);
	} else if (event->writable) {
		speaker->is_writable = true;
		speaker_flush(speakers, speaker);
	}
	if (event->readable && speaker->stream.number == event->stream.number &&
	    speaker->place < BGP_CONNECTIONS)
		read_from(speakers, speaker);
}

static void unread_take(struct speakers *speakers)
{
	uint32_t count = speakers->unread_count;

	for (uint32_t i = 0; i < count; i++) {
		struct speaker *speaker = &speakers->speaker[speakers->unread[i]];
		speaker->is_unread = false;
	}
	/* Those that are left again go to the front of the same list, never past the place that is
	 * read. */
	speakers->unread_count = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct speaker *speaker = &speakers->speaker[speakers->unread[i]];
		if (is_in_session(speaker))
			read_from(speakers, speaker);
	}
}

static void due_take(struct speakers *speakers)
{
	uint32_t number;

	for (uint32_t i = 0; i < speakers->count; i++) {
		struct wr wr[BGP_CONNECTIONS];
		if (!deadlines_take_due(&speakers->deadlines, speakers->now, &number))
			break;
		struct speaker *speaker = &speakers->speaker[number];
		struct bgp_outcome outcome = bgp_session_tick(&speaker->fsm, speakers->now,
							      random_of(speakers),
							      outputs_of(speakers, wr));
		obey(speakers, speaker, outcome, wr);
	}
}

void speakers_step(struct speakers *speakers, struct instant until)
{
	struct port_event events[PORT_EVENTS_MAX];
	struct instant at = instant_sooner(until, deadlines_soonest(&speakers->deadlines));

	if (speakers->unread_count != 0)
		at = speakers->now;
	uint32_t count = speakers->port->wait(speakers->port, events, PORT_EVENTS_MAX, at);
	speakers->now = speakers->port->now(speakers->port);
	unread_take(speakers);
	for (uint32_t i = 0; i < count; i++)
		event_take(speakers, &events[i]);
	due_take(speakers);
}

void speakers_hold_back(struct speakers *speakers, bool held_back)
{
	speakers->held_back = held_back;
	for (uint32_t i = 0; i < speakers->count && !held_back; i++) {
		if (speakers->speaker[i].stream.number >= 0)
			speaker_flush(speakers, &speakers->speaker[i]);
	}
}

void speaker_view_of(const struct speakers *speakers, uint32_t number, struct speaker_view *out)
{
	CHECK(number < speakers->count);
	const struct speaker *speaker = &speakers->speaker[number];

	*out = speaker->view;
	out->unsaid = speaker->feed.len_octets - speaker->feed.at;
	out->last_sent = speaker->fsm.last_sent;
	out->last_received = speaker->fsm.last_received;
}

bool speaker_holds(const struct speakers *speakers, uint32_t number, uint32_t count,
		   uint64_t digest)
{
	CHECK(number < speakers->count);
	const struct speaker_view *view = &speakers->speaker[number].view;

	return view->held_count == count && view->digest == digest && view->strangers == 0 &&
	       view->malformed == 0;
}
