/* model/counts.c — how many routes there are, and examples of them. */
#include "model/inside.h"

uint32_t model_count(const struct model *model, struct session_id session, enum family family,
		     uint32_t *refused)
{
	uint32_t count = 0;

	*refused = 0;
	for (uint32_t i = 0; i < model->prefix_count; i++) {
		struct model_prefix *prefix = &model->prefix[i];
		const struct model_route *route = model_route_of(prefix, session);
		if (route == NULL || prefix->prefix.family != family)
			continue;
		count++;
		*refused += route->reason != 0 ? 1 : 0;
	}
	return count;
}

void model_totals(const struct model *model, enum family family, uint64_t *prefixes,
		  uint64_t *routes, uint64_t *refused)
{
	*prefixes = *routes = *refused = 0;
	for (uint32_t i = 0; i < model->prefix_count; i++) {
		const struct model_prefix *prefix = &model->prefix[i];
		if (prefix->prefix.family != family || prefix->count == 0)
			continue;
		(*prefixes)++;
		*routes += prefix->count;
		for (uint32_t j = 0; j < prefix->count; j++)
			*refused += prefix->route[j].reason != 0 ? 1 : 0;
	}
}

void model_reasons(const struct model *model, enum family family, uint64_t *count,
		   uint32_t count_room)
{
	for (uint32_t i = 0; i < model->prefix_count; i++) {
		const struct model_prefix *prefix = &model->prefix[i];
		for (uint32_t j = 0; j < prefix->count && prefix->prefix.family == family; j++) {
			if (prefix->route[j].reason != 0 && prefix->route[j].reason < count_room)
				count[prefix->route[j].reason]++;
		}
	}
}

bool model_example(const struct model *model, uint8_t reason, struct prefix *prefix,
		   struct session_id *session)
{
	uint32_t most = reason == 0 ? 1 : 0;
	bool any = false;

	for (uint32_t i = 0; i < model->prefix_count; i++) {
		const struct model_prefix *held = &model->prefix[i];
		uint32_t count = 0;
		for (uint32_t j = 0; j < held->count; j++)
			count += held->route[j].reason == reason ? 1 : 0;
		for (uint32_t j = 0; j < held->count; j++) {
			if (held->route[j].reason != reason || count <= most)
				continue;
			most = count;
			any = true;
			*prefix = held->prefix;
			*session = held->route[j].session;
		}
	}
	return any;
}
