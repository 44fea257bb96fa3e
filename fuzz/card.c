/* fuzz/card.c — a record's card: what is read prints as the same octets.
 * Reaches record_read record_print */
#include "target.h"

#include <string.h>

#include "ledger/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct record record;
	static char card[RECORD_CARD_MAX];
	uint32_t len = 0;

	if (size > RECORD_CARD_MAX + 1 ||
	    failed(record_read(octets_of(data, (uint32_t)size), &record)))
		return 0;
	MUST(record.wrong == RECORD_GOOD);
	MUST(!failed(record_print(&record, card, &len)));
	MUST(len == size && memcmp(card, data, size) == 0);
	return 0;
}
