/* fuzz/members.c — a list of members as other programs have it: BIRD's sessions, ARouteServer's
 * clients.yml, CSV.
 * Reaches members_read bird_read members_clients_read members_csv_read */
#include "list.h"

#include "registry/members.h"

/* What holds of every list is all. */
static void look(const struct ixf_list *list)
{
	(void)list;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return list_try(octets_of(data, (uint32_t)size), members_read, look);
}
