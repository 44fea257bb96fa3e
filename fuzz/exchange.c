/* fuzz/exchange.c — exchange.yaml: refused with its places, or printed as a document that reads
 * back as the same.
 * Reaches exchange_read exchange_print yaml_read exchange_take_lan exchange_take_listen */
#include "target.h"

#include <string.h>

#include "registry/exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct complaints complaints;
	static struct exchange_config config;
	static struct exchange_config back;
	static char text[EXCHANGE_TEXT_MAX];
	static char again[EXCHANGE_TEXT_MAX];

	if (size > 8192)
		return 0;
	complaints = (struct complaints){ 0 };
	if (!exchange_read("file", octets_of(data, (uint32_t)size), &config, &complaints)) {
		MUST(complaints.error_count != 0);
		return 0;
	}
	MUST(complaints.error_count == 0);
	if (!exchange_print(&config, text))
		return 0;
	complaints = (struct complaints){ 0 };
	MUST(exchange_read("file", octets_of_text(text), &back, &complaints));
	MUST(exchange_print(&back, again));
	MUST(strcmp(text, again) == 0);
	return 0;
}
