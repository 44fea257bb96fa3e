/* thread/load_edit.c — changes of the registry: over the control socket, and by its functions. */
#include <stdio.h>

#include "base/check.h"
#include "registry/edit.h"
#include "thread/load.h"

#define VISITOR_ASN 30900u
#define VISITOR_ADDRESS 0x7f01c801u /* 127.1.200.1 and on */

/* --- over the control socket ------------------------------------------------------------------ */

/* A visitor comes, is changed and goes; between that, a member that is there is changed. */
static void change_make(struct hand *hand, char out[160])
{
	char address[ADDRESS_TEXT_MAX];
	uint32_t step = atomic_load(&hand->rounds) % 6;
	uint32_t asn = VISITOR_ASN + hand->number;
	struct address visitor = address_ipv4(VISITOR_ADDRESS + 8 * hand->number);
	struct address second = address_ipv4(VISITOR_ADDRESS + 8 * hand->number + 1);

	address_print(step == 2 || step == 4 ? &second : &visitor, address);
	const char *yes = random_below(&hand->random, 2) == 0 ? "yes" : "no";
	switch (step) {
	case 0:
		(void)snprintf(out, 160, "member add AS%u Visitor --ip %s --blackhole %s", asn,
			       address, yes);
		break;
	case 1:
		(void)snprintf(out, 160, "member edit AS%u --blackhole %s", hand_member(hand)->asn,
			       yes);
		break;
	case 2:
		(void)snprintf(out, 160, "member edit AS%u --add-ip %s --name Guest", asn, address);
		break;
	case 3:
		(void)snprintf(out, 160, "member edit AS%u --max-prefix4 %u",
			       hand_member(hand)->asn, 100000 + random_below(&hand->random, 1000));
		break;
	case 4:
		(void)snprintf(out, 160, "member edit AS%u --remove-ip %s", asn, address);
		break;
	default:
		(void)snprintf(out, 160, "member remove AS%u", asn);
		break;
	}
}

bool hand_edits(struct hand *hand)
{
	struct heap heap = heap_libc();
	struct text_buffer answer CLEAN(text_buffer_fini);
	char change[160];

	text_buffer_init(&answer, &heap, 0);
	change_make(hand, change);
	int code = hand_ask(hand, change, &answer);
	return code == EXIT_DONE || hand_may_fail(hand) ||
	       hand_wrong(hand, "%s: code %d, %.300s", change, code, text_buffer_of(&answer));
}

/* --- by the registry's functions -------------------------------------------------------------- */

static bool replan(struct hand *hand, struct complaints *complaints)
{
	if (!failed(serving_replan(served_direct(hand->load->served), complaints)))
		return true;
	return hand_wrong(hand, "no change of plan: %s", complaints->list[0].text);
}

/* The member's session ends; then it is a member again, in what slot there is. */
static bool leave_and_return(struct hand *hand, struct complaints *complaints)
{
	struct store *store = hand->load->served->house.store;
	struct registry_exchange *exchange = &hand->load->served->house.config.exchange;
	struct heap heap = heap_libc();
	struct registry_list list CLEAN(registry_list_fini);
	uint32_t asn = hand_member(hand)->asn;

	registry_list_init(&list, &heap);
	if (failed(registry_member_get(store, asn, &list)) ||
	    failed(registry_member_remove(store, asn, complaints)))
		return hand_wrong(hand, "AS%u cannot leave", asn);
	bool done = replan(hand, complaints);
	for (uint32_t i = 0; i < list.count; i++) {
		if (failed(registry_member_add(store, exchange, &list.item[i], complaints)))
			return hand_wrong(hand, "AS%u cannot return: %s", asn,
					  complaints->list[0].text);
	}
	return replan(hand, complaints) && done;
}

static bool settings_change(struct hand *hand, struct complaints *complaints)
{
	struct store *store = hand->load->served->house.store;
	struct registry_exchange *exchange = &hand->load->served->house.config.exchange;
	struct registry_edit edit = { .asn = hand_member(hand)->asn };

	edit.takes_blackhole = random_below(&hand->random, 2) == 0 ? CHOICE_YES : CHOICE_NO;
	if (failed(registry_member_edit(store, exchange, &edit, complaints)))
		return hand_wrong(hand, "AS%u cannot be edited: %s", edit.asn,
				  complaints->list[0].text);
	return replan(hand, complaints);
}

bool hand_edits_itself(struct hand *hand)
{
	struct serving *serving = served_direct(hand->load->served);
	struct complaints *complaints;
	struct heap heap = heap_libc();

	complaints = heap_zero(&heap, sizeof *complaints);
	CHECK(complaints != NULL);
	serving_record_take(serving);
	bool done = random_below(&hand->random, 4) == 0 ? leave_and_return(hand, complaints) :
							  settings_change(hand, complaints);
	serving_record_give(serving);
	heap_free(&heap, complaints, sizeof *complaints);
	/* Others who wait for the record have their turn meanwhile. */
	return done && hand_asks(hand);
}
