/* bgp/update.c — the frame of an UPDATE: withdrawn routes, attributes, NLRI.
 *
 * The three stretches are carved by their lengths before any is looked into.  When they cannot be,
 * or NLRI does not parse, the session ends (RFC 7606 3 b, i, j); everything about single attributes
 * is in update_attrs.c. */
#include "bgp/update.h"

#include "bgp/update_attrs.h"
#include "net/prefix.h"

void bgp_update_blame(struct bgp_update *update, enum bgp_verdict verdict, uint8_t attr,
		      const char *text)
{
	/* An error is more to tell than what was left out by policy before it. */
	bool is_first = !update->is_malformed && verdict == update->verdict;

	update->is_malformed = true;
	bgp_update_judge(update, verdict, attr, text);
	if (!is_first)
		return;
	update->fault_attr = attr;
	update->fault_text = text;
}

void bgp_update_drop(struct bgp_update *update, uint8_t attr)
{
	update->dropped[attr / 64] |= UINT64_C(1) << (attr % 64);
}

void bgp_update_judge(struct bgp_update *update, enum bgp_verdict verdict, uint8_t attr,
		      const char *text)
{
	if (verdict == BGP_DROP_ATTR)
		bgp_update_drop(update, attr);
	if (verdict <= update->verdict)
		return;
	update->verdict = verdict;
	update->fault_attr = attr;
	update->fault_text = text;
}

void bgp_update_reset(struct bgp_update *update, uint8_t subcode, uint8_t attr, struct octets data,
		      const char *text)
{
	if (update->verdict == BGP_RESET)
		return;
	bgp_update_blame(update, BGP_RESET, attr, text);
	update->refusal = bgp_refusal_of(BGP_ERROR_UPDATE, subcode);
	bgp_refusal_data(&update->refusal, data);
}

bool bgp_nlri_check(struct octets octets, enum family family, struct bgp_nlri *out)
{
	struct rd rd = rd_of_octets(octets);
	struct prefix prefix;

	*out = (struct bgp_nlri){ .present = octets.len_octets != 0, .family = family, .rd = rd };
	while (rd_more(&rd)) {
		if (failed(prefix_read_nlri(&rd, family, &prefix)))
			return false;
	}
	return rd_done(&rd);
}

/* RFC 7606 3 d: ORIGIN, AS_PATH and, for classic NLRI, NEXT_HOP must be there. */
static void require_mandatory(struct bgp_update *update, const struct bgp_seen *seen)
{
	if (!update->reach.present && !update->mp_reach.present)
		return;
	if (!bgp_seen_has(seen, BGP_ATTR_ORIGIN))
		bgp_update_blame(update, BGP_WITHDRAW, BGP_ATTR_ORIGIN, "ORIGIN is missing");
	if (!bgp_seen_has(seen, BGP_ATTR_AS_PATH))
		bgp_update_blame(update, BGP_WITHDRAW, BGP_ATTR_AS_PATH, "AS_PATH is missing");
	if (update->reach.present && !bgp_seen_has(seen, BGP_ATTR_NEXT_HOP))
		bgp_update_blame(update, BGP_WITHDRAW, BGP_ATTR_NEXT_HOP, "NEXT_HOP is missing");
}

/* RFC 4724 2: no NLRI and no attribute is IPv4's marker; a lone empty MP_UNREACH another family's.
 * */
static void find_end_of_rib(struct bgp_update *update, const struct bgp_seen *seen,
			    struct octets withdrawn, struct octets attrs, struct octets nlri)
{
	if (withdrawn.len_octets != 0 || nlri.len_octets != 0)
		return;
	if (attrs.len_octets == 0) {
		update->is_end_of_rib = true;
		update->end_of_rib_family = FAMILY_IPV4;
	} else if (seen->count == 1 && seen->mp_unreach_is_empty && update->verdict == BGP_KEEP) {
		update->is_end_of_rib = true;
		update->end_of_rib_family = update->mp_unreach.family;
	}
}

void bgp_update_read(struct octets body, const struct bgp_update_mode *mode, struct bgp_update *out)
{
	struct rd rd = rd_of_octets(body);
	struct bgp_seen seen;

	bgp_seen_init(&seen);
	*out = (struct bgp_update){ 0 };
	struct octets withdrawn = rd_take(&rd, rd_u16(&rd));
	struct octets attrs = rd_take(&rd, rd_u16(&rd));
	struct octets nlri = rd_rest(&rd);
	if (!rd_ok(&rd)) {
		bgp_update_reset(
			out, BGP_UPDATE_MALFORMED_LIST, 0, (struct octets){ 0 },
			"the lengths of withdrawn routes and attributes exceed the message");
		return;
	}
	if (!bgp_nlri_check(withdrawn, FAMILY_IPV4, &out->withdrawn))
		bgp_update_reset(out, BGP_UPDATE_INVALID_NETWORK, 0, withdrawn,
				 "a withdrawn prefix does not parse");
	if (!bgp_nlri_check(nlri, FAMILY_IPV4, &out->reach))
		bgp_update_reset(out, BGP_UPDATE_INVALID_NETWORK, 0, nlri,
				 "an announced prefix does not parse");
	out->has_attrs = attrs.len_octets != 0;
	bgp_update_attrs_read(attrs, mode, &seen, out);
	require_mandatory(out, &seen);
	find_end_of_rib(out, &seen, withdrawn, attrs, nlri);
	/* RFC 7606 5.2: attributes in error and no reachable prefix they could belong to: it may be
	 * the prefixes that were lost. */
	if (out->verdict == BGP_WITHDRAW && out->is_malformed && !out->reach.present &&
	    !out->mp_reach.present && !seen.mp_reach_is_ignored)
		bgp_update_reset(out, BGP_UPDATE_MALFORMED_LIST, out->fault_attr,
				 (struct octets){ 0 },
				 "attributes are in error and there is no prefix to withdraw");
	if (!mode->families[FAMILY_IPV4]) {
		out->reach.present = false;
		out->withdrawn.present = false;
	}
}

void bgp_update_fault_attrs(const struct bgp_update *update, struct bgp_attrs *out)
{
	*out = (struct bgp_attrs){ .next_hop_len_octets = 4,
				   .is_malformed = true,
				   .fault_attr = update->fault_attr };
}

void bgp_update_mp_attrs(const struct bgp_update *update, struct bgp_attrs *out)
{
	const uint8_t *second = update->mp_next_hop + 16;
	bool is_link_local = second[0] == 0xfe && (second[1] & 0xc0) == 0x80;

	*out = update->attrs;
	out->next_hop_len_octets = update->mp_next_hop_len_octets;
	/* RFC 2545 3: the second address is a link-local one; anything else there is nobody's. */
	if (out->next_hop_len_octets == 32 && !is_link_local)
		out->next_hop_len_octets = 16;
	for (uint32_t i = 0; i < sizeof out->next_hop; i++)
		out->next_hop[i] = i < out->next_hop_len_octets ? update->mp_next_hop[i] : 0;
}
