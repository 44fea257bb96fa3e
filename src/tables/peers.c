/* tables/peers.c — the peers of a file, each once, numbered as they appear.
 *
 * A hash table of indices with open addressing; it is twice as large as the most peers there can
 * be, so that a search always ends. */
#include <string.h>

#include "base/wr.h"
#include "tables/reader.h"

#define PEER_KEY_OCTETS 64u

static bool peer_equal(const struct table_peers *peers, const struct table_peer *a,
		       const struct table_peer *b)
{
	return (peers->by_address || a->asn == b->asn) && a->router_id == b->router_id &&
	       a->has_address == b->has_address && address_compare(&a->address, &b->address) == 0 &&
	       strcmp(a->collector, b->collector) == 0;
}

static uint64_t peer_hash(const struct table_reader *reader, const struct table_peer *peer)
{
	uint8_t octet[PEER_KEY_OCTETS];
	struct wr wr = wr_of(octet, sizeof octet);

	wr_u32(&wr, reader->peers.by_address ? 0 : peer->asn);
	wr_u32(&wr, peer->router_id);
	wr_u8(&wr, peer->address.family);
	wr_octets(&wr, octets_of(peer->address.octet, sizeof peer->address.octet));
	wr_octets(&wr, octets_of_text(peer->collector));
	return hash_octets(reader->request->key, wr_octets_of(&wr));
}

static struct fault peer_add(struct table_reader *reader, struct table_peer *peer, uint32_t slot)
{
	struct table_peers *peers = &reader->peers;
	void *list = peers->list;

	if (peers->count == TABLE_PEERS_MAX)
		return table_refuse_octet(reader, FAULT_LIMIT, reader->input.start_octet,
					  "there are more than %u different peers",
					  TABLE_PEERS_MAX);
	if (!heap_grow(reader->request->heap, &list, &peers->room, peers->count + 1,
		       sizeof *peers->list))
		return table_out_of_memory(reader);
	peers->list = list;
	peer->index = peers->count;
	peers->list[peers->count++] = *peer;
	peers->slots[slot] = peers->count;
	peers->last = peer->index;
	reader->counts->peers = peers->count;
	return fault_none();
}

struct fault table_peer_find(struct table_reader *reader, struct table_peer *peer)
{
	struct table_peers *peers = &reader->peers;

	if (peers->count != 0 && peer_equal(peers, &peers->list[peers->last], peer)) {
		peer->index = peers->last;
		return fault_none();
	}
	if (peers->slots == NULL) {
		peers->slots = heap_array(reader->request->heap, TABLE_PEER_SLOTS,
					  sizeof *peers->slots);
		if (peers->slots == NULL)
			return table_out_of_memory(reader);
	}
	uint32_t slot = (uint32_t)(peer_hash(reader, peer) % TABLE_PEER_SLOTS);
	for (; peers->slots[slot] != 0; slot = (slot + 1) % TABLE_PEER_SLOTS) {
		uint32_t index = peers->slots[slot] - 1;
		if (peer_equal(peers, &peers->list[index], peer)) {
			peer->index = index;
			peers->last = index;
			return fault_none();
		}
	}
	return peer_add(reader, peer, slot);
}
